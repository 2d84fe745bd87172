#include "../cmocka_all.h"
#include "call.h"
#include "handlers/builtins.h"
#include "link/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct call call;

static void it_takes_as_long_as_the_payload_says(void **state)
{
    (void)state;
    int64_t start_ms = hf_clock_mono_ms();
    call_text(&call, hf_handler_sleep, "0.25\n");
    int64_t took_ms = hf_clock_mono_ms() - start_ms;
    assert_int_equal(call.code, 0);
    assert_in_range((uint64_t)took_ms, 249, 2000);
    assert_int_equal(call.out_len, 0);
    assert_string_equal(call.progress, "40 100 of 250 ms\n80 200 of 250 ms\n100 250 of 250 ms\n");
}

static void zero_is_at_once(void **state)
{
    (void)state;
    call_text(&call, hf_handler_sleep, "0");
    assert_int_equal(call.code, 0);
    call_text(&call, hf_handler_sleep, " .0 ");
    assert_int_equal(call.code, 0);
}

static void anything_but_seconds_is_a_data_error_that_quotes_it(void **state)
{
    (void)state;
    static const char *const BAD[] = {"",     "soon",   "-1",
                                      "1s",   "1.2.3",  ".",
                                      "1e3",  "604801", "99999999999999999999",
                                      "0x10", "1 2",    "0000000000000000000000000000000000001"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        call_text(&call, hf_handler_sleep, BAD[i]);
        assert_int_equal(call.code, 65);
        char quoted[40];
        (void)snprintf(quoted, sizeof quoted, "\"%.31s\"", BAD[i]);
        assert_non_null(strstr(call.log, quoted));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_takes_as_long_as_the_payload_says),
        cmocka_unit_test(zero_is_at_once),
        cmocka_unit_test(anything_but_seconds_is_a_data_error_that_quotes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
