#include "../cmocka_all.h"
#include "manager/cron.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void set_zone(const char *zone)
{
    assert_int_equal(setenv("TZ", zone, 1), 0);
    tzset();
}

static int64_t at(const char *text)
{
    struct tm wall = {.tm_isdst = -1};
    assert_non_null(strptime(text, "%Y-%m-%d %H:%M:%S", &wall));
    return (int64_t)mktime(&wall) * 1000;
}

static void assert_next(const char *rule, const char *after, const char *expected)
{
    struct hf_cron cron;
    struct hf_fault fault = {0};
    char text[32];
    if (hf_cron_parse(rule, &cron, &fault) != HF_ERR_OK)
        fail_msg("%s: %s", rule, fault.text);
    time_t next = (time_t)(hf_cron_next(&cron, at(after)) / 1000);
    struct tm wall;
    localtime_r(&next, &wall);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &wall);
    if (strcmp(text, expected) != 0)
        fail_msg("%s after %s: %s, not %s", rule, after, text, expected);
}

static void the_next_time_is_the_first_that_fits(void **state)
{
    (void)state;
    set_zone("UTC");
    assert_next("* * * * *", "2026-01-31 23:59:30", "2026-02-01 00:00:00");
    assert_next("*/15 * * * *", "2026-01-01 10:15:00", "2026-01-01 10:30:00");
    assert_next("5,50-52 8-10 * * *", "2026-01-01 10:51:59", "2026-01-01 10:52:00");
    assert_next("5,50-52 8-10 * * *", "2026-01-01 10:52:00", "2026-01-02 08:05:00");
    assert_next("0 3 * * *", "2026-12-31 03:00:00", "2027-01-01 03:00:00");
    assert_next("0 0 29 2 *", "2026-01-01 00:00:00", "2028-02-29 00:00:00");
    assert_next("30 4 1 jan-mar/2 *", "2026-01-02 00:00:00", "2026-03-01 04:30:00");
    assert_next("0 9 * * mon-fri", "2026-11-27 09:00:00", "2026-11-30 09:00:00"); /* a Friday */
    assert_next("0 0 * * 7", "2026-11-24 00:00:00", "2026-11-29 00:00:00");
    assert_next("0 0 13 * 5", "2026-11-24 00:00:00", "2026-11-27 00:00:00"); /* one of both */
    assert_next("10/20 0 * * *", "2026-01-01 00:11:00", "2026-01-01 00:30:00");
    assert_next("@daily", "2026-01-01 00:00:00", "2026-01-02 00:00:00");
    assert_next("@weekly", "2026-11-24 12:00:00", "2026-11-29 00:00:00");
}

static void a_day_that_never_comes_is_never(void **state)
{
    (void)state;
    struct hf_cron cron;
    assert_int_equal(hf_cron_parse("0 0 31 2 *", &cron, NULL), HF_ERR_OK);
    assert_true(hf_cron_next(&cron, at("2026-01-01 00:00:00")) == INT64_MAX);
}

static void a_change_of_the_clock_neither_drops_nor_repeats_a_daily_run(void **state)
{
    (void)state;
    set_zone("Europe/Berlin"); /* summer from 2026-03-29 02:00, winter from 2026-10-25 03:00 */
    struct hf_cron cron;
    assert_int_equal(hf_cron_parse("30 2 * * *", &cron, NULL), HF_ERR_OK);
    const char *const before[] = {"2026-03-28 12:00:00", "2026-10-24 12:00:00"};
    for (size_t i = 0; i < 2; i++) {
        int64_t ms = at(before[i]);
        for (int day = 0; day < 4; day++) {
            int64_t next = hf_cron_next(&cron, ms);
            assert_in_range((uint64_t)(next - ms) / 1000, day ? 22 * 3600 : 12 * 3600, 26 * 3600);
            ms = next;
        }
    }
    set_zone("UTC");
}

static void what_is_no_rule_is_refused_and_the_field_is_named(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"60 * * * *", "minute"},  {"* 24 * * *", "hour"},
        {"* * 0 * *", "day"},      {"* * * 13 *", "month"},
        {"* * * * 8", "weekday"},  {"* * * * mo", "weekday"},
        {"5- * * * *", "minute"},  {"9-5 * * * *", "minute"},
        {"*/0 * * * *", "minute"}, {"1,,2 * * * *", "minute"},
        {"* * * *", "no rule"},    {"* * * * * *", "no rule"},
        {"", "no rule"},           {"@never", "minute"},
        {"-1 * * * *", "minute"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hf_cron cron;
        struct hf_fault fault = {0};
        assert_int_equal(hf_cron_parse(bad[i][0], &cron, &fault), HF_ERR_INVALID);
        if (!strstr(fault.text, bad[i][1]))
            fail_msg("%s: %s", bad[i][0], fault.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_time_is_the_first_that_fits),
        cmocka_unit_test(a_day_that_never_comes_is_never),
        cmocka_unit_test(a_change_of_the_clock_neither_drops_nor_repeats_a_daily_run),
        cmocka_unit_test(what_is_no_rule_is_refused_and_the_field_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
