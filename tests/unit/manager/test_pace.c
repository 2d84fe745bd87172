#include "../cmocka_all.h"
#include "manager/pace.h"

static struct hf_pace pace;

static int setup(void **state)
{
    (void)state;
    pace = (struct hf_pace){0};
    return 0;
}

static void run(int64_t from_ms, int64_t to_ms, int64_t from, double per_s)
{
    for (int64_t t = from_ms; t <= to_ms; t += 50)
        hf_pace_note(&pace, t, from + (int64_t)((double)(t - from_ms) * per_s / 1000));
}

static void nothing_is_known_before_something_ended(void **state)
{
    (void)state;
    assert_true(hf_pace_per_s(&pace) == 0);
    assert_int_equal(hf_pace_left_ms(&pace, 10), -1);
    hf_pace_note(&pace, 1000, 5); /* had ended before we came */
    assert_true(hf_pace_per_s(&pace) == 0);
    hf_pace_note(&pace, 3000, 5);
    assert_int_equal(hf_pace_left_ms(&pace, 10), -1);
}

static void a_steady_pace_is_found(void **state)
{
    (void)state;
    run(1000, 11000, 500, 40);
    assert_in_range((int)(hf_pace_per_s(&pace) * 10), 395, 405);
    assert_in_range(hf_pace_left_ms(&pace, 400), 9900, 10100);
}

static void only_the_last_seconds_count(void **state)
{
    (void)state;
    run(1000, 61000, 0, 1000);
    run(61050, 61050 + 2 * HF_PACE_WINDOW_MS, 60000, 10);
    assert_in_range((int)hf_pace_per_s(&pace), 8, 12);
}

static void a_job_that_stands_still_has_no_time_left_to_tell(void **state)
{
    (void)state;
    run(1000, 6000, 0, 10);
    run(6050, 6050 + 2 * HF_PACE_WINDOW_MS, 50, 0);
    assert_true(hf_pace_per_s(&pace) == 0);
    assert_int_equal(hf_pace_left_ms(&pace, 10), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_known_before_something_ended),
        TEST(a_steady_pace_is_found),
        TEST(only_the_last_seconds_count),
        TEST(a_job_that_stands_still_has_no_time_left_to_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
