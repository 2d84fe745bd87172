#include "../cmocka_all.h"
#include "link/random.h"

#include <stdbool.h>
#include <string.h>

static void every_byte_asked_for_is_filled_and_none_beyond(void **state)
{
    (void)state;
    uint8_t bytes[66];
    bool seen[64] = {false};
    memset(bytes, 0, sizeof bytes);
    for (int round = 0; round < 64; round++) {
        hf_random(bytes + 1, 64);
        for (int i = 0; i < 64; i++)
            seen[i] = seen[i] || bytes[i + 1] != 0;
    }
    for (int i = 0; i < 64; i++)
        assert_true(seen[i]); /* always 0 by chance: once in 2^512 */
    assert_int_equal(bytes[0], 0);
    assert_int_equal(bytes[65], 0);
}

static void two_draws_differ(void **state)
{
    (void)state;
    uint8_t one[16], other[16];
    hf_random(one, sizeof one);
    hf_random(other, sizeof other);
    assert_memory_not_equal(one, other, sizeof one);
}

static void a_number_below_a_bound_takes_every_value_and_no_other(void **state)
{
    (void)state;
    int counts[7] = {0};
    for (int i = 0; i < 7000; i++) {
        const uint32_t value = hf_random_below(7);
        assert_in_range(value, 0, 6);
        counts[value]++;
    }
    for (int i = 0; i < 7; i++)
        assert_in_range(counts[i], 700, 1300); /* 10 standard deviations to either side */
}

static void below_one_and_below_none_are_zero(void **state)
{
    (void)state;
    assert_int_equal(hf_random_below(1), 0);
    assert_int_equal(hf_random_below(0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_asked_for_is_filled_and_none_beyond),
        cmocka_unit_test(two_draws_differ),
        cmocka_unit_test(a_number_below_a_bound_takes_every_value_and_no_other),
        cmocka_unit_test(below_one_and_below_none_are_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
