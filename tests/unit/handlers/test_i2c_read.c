#include "../cmocka_all.h"
#include "call.h"
#include "handlers/builtins.h"

static struct call call;

static void a_board_without_the_bus_says_which_device_is_missing(void **state)
{
    (void)state;
    call_text(&call, hf_handler_i2c_read, "{\"bus\":254,\"address\":\"0x48\"}");
    assert_int_equal(call.code, 69);
    assert_string_equal(call.log, "cannot use I2C bus 254: /dev/i2c-254: No such file or directory "
                                  "(this board has none, or it is switched off)\n");
}

static void a_request_that_makes_no_sense_is_a_data_error(void **state)
{
    (void)state;
    static const struct {
        const char *payload, *words;
    } CASES[] = {
        {"", "expected {\"bus\":1, \"address\":\"0x48\""},
        {"{\"address\":72}", "\"bus\" is missing"},
        {"{\"bus\":1}", "\"address\" is missing"},
        {"{\"bus\":1,\"address\":\"0x78\"}",
         "\"address\" is \"0x78\"; expected a whole number from "
         "3 to 119"},
        {"{\"bus\":1,\"address\":72,\"register\":256}", "\"register\" is 256"},
        {"{\"bus\":1,\"address\":72,\"register\":0,\"register_bytes\":3}",
         "\"register_bytes\" is 3"},
        {"{\"bus\":1,\"address\":72,\"bytes\":0}", "\"bytes\" is 0"},
        {"{\"bus\":1,\"address\":72,\"bytes\":257}", "\"bytes\" is 257"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        call_text(&call, hf_handler_i2c_read, CASES[i].payload);
        assert_int_equal(call.code, 65);
        if (!strstr(call.log, CASES[i].words))
            fail_msg("%s: said %s", CASES[i].payload, call.log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_board_without_the_bus_says_which_device_is_missing),
        cmocka_unit_test(a_request_that_makes_no_sense_is_a_data_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
