#include "../cmocka_all.h"
#include "link/clock.h"

#include <time.h>
#include <unistd.h>

static void the_monotonic_clock_counts_milliseconds_and_never_back(void **state)
{
    (void)state;
    const int64_t before_ms = hf_clock_mono_ms();
    (void)usleep(20000);
    const int64_t after_ms = hf_clock_mono_ms();
    assert_in_range(after_ms - before_ms, 19, 5000);
}

static void the_wall_clock_is_the_systems_in_milliseconds(void **state)
{
    (void)state;
    const int64_t before_ms = (int64_t)time(NULL) * 1000;
    const int64_t now_ms = hf_clock_unix_ms();
    assert_true(now_ms >= before_ms);
    assert_true(now_ms <= ((int64_t)time(NULL) + 1) * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_monotonic_clock_counts_milliseconds_and_never_back),
        cmocka_unit_test(the_wall_clock_is_the_systems_in_milliseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
