#include "../cmocka_all.h"
#include "broker/address.h"

#include <string.h>

static struct hf_broker_settings got;
static struct hf_fault fault;

static void hosts_ports_and_vhost_are_read(void **state)
{
    (void)state;
    assert_int_equal(hf_address_parse("amqps://rabbit.example.org", &got, &fault), HF_ERR_OK);
    assert_string_equal(got.host, "rabbit.example.org");
    assert_int_equal(got.port, 5671);
    assert_string_equal(got.vhost, "holdfast");
    assert_int_equal(hf_address_parse("amqps://a:5600,[::1]:7,c/lab%2Fone", &got, &fault), 0);
    assert_string_equal(got.host, "a:5600,[::1]:7,c");
    assert_string_equal(got.vhost, "lab/one");
    assert_int_equal(hf_address_parse("amqps://a/", &got, &fault), HF_ERR_OK);
    assert_string_equal(got.vhost, "holdfast");
}

static void what_is_no_address_is_refused_with_what_was_expected(void **state)
{
    static const char *const bad[][2] = {{"rabbit.example.org", "amqps://HOST"},
                                         {"amqp://a", "not encrypted"},
                                         {"amqps://", "expected a name"},
                                         {"amqps://me:secret@a", "certificate"},
                                         {"amqps://a:x", "'a:x'"},
                                         {"amqps://a/b/c", "%2F"},
                                         {"amqps://a/%0", "vhost"},
                                         {"amqps://a/%00", "vhost"},
                                         {"amqps://a/v?heartbeat=3", "leave out ?"}};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(hf_address_parse(bad[i][0], &got, &fault), HF_ERR_INVALID);
        if (!strstr(fault.text, bad[i][1]))
            fail_msg("%s: %s", bad[i][0], fault.text);
        assert_null(strstr(fault.text, "secret"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_ports_and_vhost_are_read),
        cmocka_unit_test(what_is_no_address_is_refused_with_what_was_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
