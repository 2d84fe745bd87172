#include "../cmocka_all.h"
#include "cli/guess.h"

static const char *guess(const char *typed, const char *const *known)
{
    struct hf_guess guess = {.typed = typed};
    for (; *known; known++)
        hf_guess_offer(&guess, *known);
    return guess.best;
}

static void swapped_missing_wrong_and_surplus_letters_count_one_each(void **state)
{
    (void)state;
    assert_int_equal(hf_guess_distance("tasks", "tasks"), 0);
    assert_int_equal(hf_guess_distance("taks", "tasks"), 1);
    assert_int_equal(hf_guess_distance("tsaks", "tasks"), 1);
    assert_int_equal(hf_guess_distance("tanks", "tasks"), 1);
    assert_int_equal(hf_guess_distance("taskss", "tasks"), 1);
    assert_int_equal(hf_guess_distance("", "up"), 2);
}

static void nearest_word_is_meant_and_none_when_all_are_far(void **state)
{
    static const char *const known[] = {"submit", "status", "results", "up", NULL};
    (void)state;
    assert_string_equal(guess("sumbit", known), "submit");
    assert_string_equal(guess("stats", known), "status");
    assert_string_equal(guess("uo", known), "up");
    assert_null(guess("frobnicate", known));
    assert_null(guess("0123456789012345678901234567890123456789", known));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(swapped_missing_wrong_and_surplus_letters_count_one_each),
        cmocka_unit_test(nearest_word_is_meant_and_none_when_all_are_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
