#include "../cmocka_all.h"
#include "libc/text.h"

#include <string.h>

static void text_is_found_where_it_first_stands(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"",   "a",   "ab", "aab", "abab", "0::/system.slice",
                                        "::", "\xe9"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        for (size_t k = 0; k < sizeof TEXTS / sizeof *TEXTS; k++)
            assert_ptr_equal(hf_text_find(TEXTS[i], TEXTS[k]), strstr(TEXTS[i], TEXTS[k]));
    }
}

static void each_byte_is_a_character_and_is_counted_without_the_end(void **state)
{
    (void)state;
    wchar_t wide[4] = {7, 7, 7, 7};
    assert_int_equal(hf_text_widen(NULL, "b\xc3\xa9", 0), 3);
    assert_int_equal(hf_text_widen(wide, "b\xe9", 4), 2);
    assert_int_equal(wide[0], 'b');
    assert_int_equal(wide[1], 0xe9);
    assert_int_equal(wide[2], 0);
    assert_int_equal(wide[3], 7);
}

static void what_has_no_room_is_left_out_and_so_is_the_end(void **state)
{
    (void)state;
    wchar_t wide[3] = {7, 7, 7};
    assert_int_equal(hf_text_widen(wide, "board", 2), 2);
    assert_int_equal(wide[1], 'o');
    assert_int_equal(wide[2], 7);
    assert_int_equal(hf_text_widen(wide, "board", 0), 0);
    assert_int_equal(wide[0], 'b');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_found_where_it_first_stands),
        cmocka_unit_test(each_byte_is_a_character_and_is_counted_without_the_end),
        cmocka_unit_test(what_has_no_room_is_left_out_and_so_is_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
