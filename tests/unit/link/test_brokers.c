#include "../cmocka_all.h"
#include "link/brokers.h"

#include <string.h>

static struct hf_brokers brokers;
static struct hf_fault fault;

static enum hf_err parse(const char *text)
{
    return hf_brokers_parse(&brokers, "broker.host", text, 5671, &fault);
}

static void assert_broker(size_t at, const char *host, uint16_t port)
{
    assert_string_equal(brokers.list[at].host, host);
    assert_int_equal(brokers.list[at].port, port);
}

static void one_name_gets_the_common_port(void **state)
{
    (void)state;
    assert_int_equal(parse("broker.lab"), HF_ERR_OK);
    assert_int_equal(brokers.count, 1);
    assert_broker(0, "broker.lab", 5671);
}

static void several_are_read_with_blanks_and_ports_of_their_own(void **state)
{
    (void)state;
    assert_int_equal(parse(" a.lab:5672 ,b.lab,  192.0.2.7:1"), HF_ERR_OK);
    assert_int_equal(brokers.count, 3);
    assert_broker(0, "a.lab", 5672);
    assert_broker(1, "b.lab", 5671);
    assert_broker(2, "192.0.2.7", 1);
}

static void v6_addresses_keep_their_colons(void **state)
{
    (void)state;
    assert_int_equal(parse("2001:db8::1, [2001:db8::2], [::1]:5700"), HF_ERR_OK);
    assert_broker(0, "2001:db8::1", 5671);
    assert_broker(1, "2001:db8::2", 5671);
    assert_broker(2, "::1", 5700);
}

static void what_is_no_broker_is_quoted(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "a,,b",     "a:",    "a:0",   "a:65536",
                                      "a:12x", "[::1",     ":5671", "[]",    "[::1]x",
                                      "a, ",   "a:123456", ",a",    "[::1]:"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(parse(bad[i]), HF_ERR_INVALID);
        assert_non_null(strstr(fault.text, "broker.host"));
    }
    assert_int_equal(parse("good, b@d:port"), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "'b@d:port'"));
}

static void more_than_can_be_kept_are_refused(void **state)
{
    (void)state;
    assert_int_equal(parse("a,b,c,d,e,f,g,h"), HF_ERR_OK);
    assert_int_equal(parse("a,b,c,d,e,f,g,h,i"), HF_ERR_INVALID);
}

static void each_has_its_turn_and_then_the_first_again(void **state)
{
    (void)state;
    assert_int_equal(parse("a,b"), HF_ERR_OK);
    assert_string_equal(hf_brokers_turn(&brokers)->host, "a");
    assert_string_equal(hf_brokers_turn(&brokers)->host, "b");
    assert_string_equal(hf_brokers_turn(&brokers)->host, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_name_gets_the_common_port),
        cmocka_unit_test(several_are_read_with_blanks_and_ports_of_their_own),
        cmocka_unit_test(v6_addresses_keep_their_colons),
        cmocka_unit_test(what_is_no_broker_is_quoted),
        cmocka_unit_test(more_than_can_be_kept_are_refused),
        cmocka_unit_test(each_has_its_turn_and_then_the_first_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
