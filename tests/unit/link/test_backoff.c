#include "../cmocka_all.h"
#include "link/backoff.h"

#define MOST UINT32_MAX

static struct hf_backoff ladder(void)
{
    return (struct hf_backoff){.floor_ms = 500, .ceiling_ms = 60000, .stable_ms = 30000};
}

static void the_longest_wait_doubles_from_the_floor_to_the_ceiling(void **state)
{
    (void)state;
    static const uint32_t longest[] = {500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
    struct hf_backoff backoff = ladder();
    for (size_t i = 0; i < sizeof longest / sizeof *longest; i++)
        assert_int_equal(hf_backoff_next(&backoff, MOST), longest[i]);
}

static void any_wait_down_to_none_may_come(void **state)
{
    (void)state;
    struct hf_backoff backoff = ladder();
    assert_int_equal(hf_backoff_next(&backoff, 0), 0);
    assert_int_equal(hf_backoff_next(&backoff, MOST / 2 + 1), 500); /* half of 0 to 1000 */
}

static void a_stable_connection_starts_the_count_anew(void **state)
{
    (void)state;
    struct hf_backoff backoff = ladder();
    for (int i = 0; i < 5; i++)
        (void)hf_backoff_next(&backoff, MOST);
    hf_backoff_lost(&backoff, 30000);
    assert_int_equal(hf_backoff_next(&backoff, MOST), 500);
}

static void a_connection_that_fell_soon_counts_as_a_failure_like_any_other(void **state)
{
    (void)state;
    struct hf_backoff backoff = ladder();
    (void)hf_backoff_next(&backoff, MOST);
    hf_backoff_lost(&backoff, 29999);
    assert_int_equal(hf_backoff_next(&backoff, MOST), 1000);
}

static void the_largest_numbers_neither_overflow_nor_pass_the_ceiling(void **state)
{
    (void)state;
    struct hf_backoff backoff = {
        .floor_ms = 1, .ceiling_ms = UINT32_MAX, .stable_ms = 1, .failures = UINT32_MAX};
    assert_int_equal(hf_backoff_next(&backoff, MOST), UINT32_MAX);
    assert_int_equal(backoff.failures, UINT32_MAX);
    backoff.ceiling_ms = 1;
    assert_int_equal(hf_backoff_next(&backoff, MOST), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_wait_doubles_from_the_floor_to_the_ceiling),
        cmocka_unit_test(any_wait_down_to_none_may_come),
        cmocka_unit_test(a_stable_connection_starts_the_count_anew),
        cmocka_unit_test(a_connection_that_fell_soon_counts_as_a_failure_like_any_other),
        cmocka_unit_test(the_largest_numbers_neither_overflow_nor_pass_the_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
