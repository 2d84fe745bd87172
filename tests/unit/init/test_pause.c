#include "../cmocka_all.h"
#include "init/pause.h"

static struct hf_pause pause;

static int begin(void **state)
{
    (void)state;
    pause = (struct hf_pause){.max_s = 30};
    return 0;
}

static void it_grows_from_a_second_to_the_longest(void **state)
{
    static const unsigned wanted[] = {1, 2, 4, 8, 16, 30, 30, 30};
    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_int_equal(hf_pause_next(&pause, 0), wanted[i]);
}

static void what_was_good_for_a_moment_does_not_shorten_it(void **state)
{
    (void)state;
    assert_int_equal(hf_pause_next(&pause, HF_PAUSE_GOOD_S - 1), 1);
    assert_int_equal(hf_pause_next(&pause, 1), 2);
    assert_int_equal(hf_pause_next(&pause, HF_PAUSE_GOOD_S - 1), 4);
}

static void what_was_good_for_a_minute_begins_it_anew(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        (void)hf_pause_next(&pause, 0);
    assert_int_equal(hf_pause_next(&pause, HF_PAUSE_GOOD_S), 1);
    assert_int_equal(hf_pause_next(&pause, 0), 2);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_grows_from_a_second_to_the_longest),
        TEST(what_was_good_for_a_moment_does_not_shorten_it),
        TEST(what_was_good_for_a_minute_begins_it_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
