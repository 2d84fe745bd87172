#include "../cmocka_all.h"
#include "wire/str.h"

static void a_null_text_is_the_empty_view(void **state)
{
    (void)state;
    assert_int_equal(hf_str(NULL).len, 0);
    assert_true(hf_str_equal(hf_str(NULL), hf_str("")));
}

static void views_are_equal_by_bytes_and_length(void **state)
{
    (void)state;
    struct hf_str cut = {"taskqueue", 4};
    assert_true(hf_str_equal(cut, hf_str("task")));
    assert_false(hf_str_equal(cut, hf_str("tasks")));
    assert_false(hf_str_equal(cut, hf_str("tusk")));
}

static void a_copy_is_terminated_and_may_fill_its_room(void **state)
{
    (void)state;
    char to[5] = "zzzz";
    assert_true(hf_str_copy(to, sizeof to, hf_str("task")));
    assert_string_equal(to, "task");
}

static void a_copy_that_does_not_fit_leaves_nothing(void **state)
{
    (void)state;
    char to[4] = "zzz";
    assert_false(hf_str_copy(to, sizeof to, hf_str("task")));
    assert_string_equal(to, "");
}

static void a_copy_with_a_zero_byte_leaves_nothing(void **state)
{
    (void)state;
    char to[8] = "zzz";
    struct hf_str from = {"a\0b", 3};
    assert_false(hf_str_copy(to, sizeof to, from));
    assert_string_equal(to, "");
}

static void a_copy_into_no_room_fails_untouched(void **state)
{
    (void)state;
    char to[1] = {'z'};
    assert_false(hf_str_copy(to, 0, hf_str("")));
    assert_int_equal(to[0], 'z');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_null_text_is_the_empty_view),
        cmocka_unit_test(views_are_equal_by_bytes_and_length),
        cmocka_unit_test(a_copy_is_terminated_and_may_fill_its_room),
        cmocka_unit_test(a_copy_that_does_not_fit_leaves_nothing),
        cmocka_unit_test(a_copy_with_a_zero_byte_leaves_nothing),
        cmocka_unit_test(a_copy_into_no_room_fails_untouched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
