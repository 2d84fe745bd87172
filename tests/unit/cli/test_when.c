#include "../cmocka_all.h"
#include "cli/when.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOW INT64_C(1795521600000) /* 2026-11-24 12:00:00 UTC, a Tuesday */

static void times_are_read_as_people_type_them(void **state)
{
    (void)state;
    assert_int_equal(setenv("TZ", "UTC", 1), 0);
    tzset();
    static const struct {
        const char *text;
        int64_t after_s; /* now */
    } good[] = {
        {"+90m", 5400},
        {"+1d", 86400},
        {"18:30", 6 * 3600 + 1800},
        {"12:00", 86400},
        {"11:59:59", 86399},
        {"2026-11-25", 12 * 3600},
        {"2026-11-24 13:00", 3600},
        {"2026-11-24T13:00:05", 3605},
        {"2026-11-24T13:00:00Z", 3600},
        {"2026-11-24T13:00:00+01:00", 0},
        {"2026-11-24T13:00:00-0130", 3600 + 5400},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t out = 0;
        struct hf_fault fault = {0};
        if (hf_when_parse("at", good[i].text, NOW, &out, &fault) != HF_ERR_OK)
            fail_msg("%s", fault.text);
        if (out != NOW + good[i].after_s * 1000)
            fail_msg("%s: off by %lld ms", good[i].text,
                     (long long)(out - NOW - good[i].after_s * 1000));
    }
}

static void what_is_no_time_is_refused_and_named(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "noon",
                                      "24:00",
                                      "12:60",
                                      "2026-02-30",
                                      "2026-13-01",
                                      "+5",
                                      "+-5m",
                                      "2026-11-24x",
                                      "18:30 ",
                                      "2026-11-24T13:00:00+25:00"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t out = 0;
        struct hf_fault fault = {0};
        if (hf_when_parse("not-after", bad[i], NOW, &out, &fault) != HF_ERR_INVALID)
            fail_msg("%s was taken", bad[i]);
        assert_non_null(strstr(fault.text, "--not-after"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_as_people_type_them),
        cmocka_unit_test(what_is_no_time_is_refused_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
