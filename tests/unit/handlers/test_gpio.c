#include "../cmocka_all.h"
#include "call.h"
#include "handlers/builtins.h"

/* What needs no chip: tests/boards/virtual/gpio.py drives one. */

static struct call call;

static void a_board_without_the_chip_says_which_device_is_missing(void **state)
{
    (void)state;
    call_text(&call, hf_handler_gpio, "{\"chip\":255,\"line\":4,\"do\":\"get\"}");
    assert_int_equal(call.code, 69);
    assert_string_equal(call.log, "cannot use GPIO chip 255: /dev/gpiochip255: No such file or "
                                  "directory (this board has none of this number)\n");
}

static void a_request_that_makes_no_sense_is_a_data_error(void **state)
{
    (void)state;
    static const struct {
        const char *payload, *words;
    } CASES[] = {
        {"4", "expected {\"chip\":0, \"line\":4, \"do\":\"get\"}"},
        {"{\"do\":\"get\"}", "\"line\" is missing"},
        {"{\"line\":4}", "\"do\" is missing; expected \"get\" or \"set\" or \"wait\""},
        {"{\"line\":4,\"do\":\"put\"}", "\"do\" is \"put\""},
        {"{\"line\":4,\"do\":\"set\"}",
         "\"value\" is missing; expected a whole number from 0 to 1"},
        {"{\"line\":4,\"do\":\"set\",\"value\":2}", "\"value\" is 2"},
        {"{\"line\":-1,\"do\":\"get\"}", "\"line\" is -1"},
        {"{\"line\":4,\"do\":\"wait\",\"edge\":\"up\"}", "\"edge\" is \"up\""},
        {"{\"line\":4,\"do\":\"wait\",\"timeout_s\":604801}", "\"timeout_s\" is 604801"},
        {"{\"line\":4,\"do\":\"get\",\"pull\":\"x\"}", "\"pull\" is \"x\""},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        call_text(&call, hf_handler_gpio, CASES[i].payload);
        assert_int_equal(call.code, 65);
        if (!strstr(call.log, CASES[i].words))
            fail_msg("%s: said %s", CASES[i].payload, call.log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_board_without_the_chip_says_which_device_is_missing),
        cmocka_unit_test(a_request_that_makes_no_sense_is_a_data_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
