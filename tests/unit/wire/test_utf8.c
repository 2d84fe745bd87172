#include "../cmocka_all.h"
#include "wire/utf8.h"

#include <stdbool.h>

static struct hf_str bytes(const char *data, size_t len)
{
    struct hf_str view = {data, len};
    return view;
}

static void characters_of_one_to_four_bytes_are_valid(void **state)
{
    (void)state;
    assert_int_equal(hf_utf8_char(hf_str("a")), 1);
    assert_int_equal(hf_utf8_char(hf_str("\xC3\xA4")), 2);
    assert_int_equal(hf_utf8_char(hf_str("\xE2\x82\xAC")), 3);
    assert_int_equal(hf_utf8_char(hf_str("\xF0\x9F\x90\x87")), 4);
    assert_int_equal(hf_utf8_char(bytes("\0", 1)), 1);
}

static void overlong_forms_surrogates_and_too_large_ones_are_not(void **state)
{
    (void)state;
    assert_false(hf_utf8_valid(hf_str("\xC0\x80")));
    assert_false(hf_utf8_valid(hf_str("\xE0\x80\x80")));
    assert_false(hf_utf8_valid(hf_str("\xED\xA0\x80")));
    assert_false(hf_utf8_valid(hf_str("\xF0\x80\x80\x80")));
    assert_false(hf_utf8_valid(hf_str("\xF4\x90\x80\x80")));
    assert_false(hf_utf8_valid(hf_str("\xFF")));
}

static void a_character_that_is_cut_off_is_not(void **state)
{
    (void)state;
    assert_int_equal(hf_utf8_char(bytes("\xE2\x82\xAC", 2)), 0);
    assert_int_equal(hf_utf8_char(bytes("", 0)), 0);
}

static void the_encoding_of_every_code_point_is_valid_and_no_other_of_three_bytes(void **state)
{
    (void)state;
    for (unsigned code = 0x800; code <= 0xFFFF; code++) {
        char text[3] = {(char)(0xE0 | (code >> 12)), (char)(0x80 | ((code >> 6) & 0x3F)),
                        (char)(0x80 | (code & 0x3F))};
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        assert_int_equal(hf_utf8_char(bytes(text, 3)), surrogate ? 0 : 3);
    }
}

static void a_head_never_ends_inside_a_character(void **state)
{
    (void)state;
    struct hf_str text = hf_str("ab\xE2\x82\xAC");
    assert_int_equal(hf_utf8_head(text, 5).len, 5);
    assert_int_equal(hf_utf8_head(text, 4).len, 2);
    assert_int_equal(hf_utf8_head(text, 3).len, 2);
    assert_int_equal(hf_utf8_head(text, 2).len, 2);
    assert_int_equal(hf_utf8_head(text, 0).len, 0);
}

static void a_tail_never_begins_inside_a_character(void **state)
{
    (void)state;
    struct hf_str text = hf_str("\xE2\x82\xAC"
                                "ab");
    assert_int_equal(hf_utf8_tail(text, 5).len, 5);
    assert_int_equal(hf_utf8_tail(text, 4).len, 2);
    assert_int_equal(hf_utf8_tail(text, 3).len, 2);
    assert_int_equal(hf_utf8_tail(text, 1).len, 1);
    assert_int_equal(hf_utf8_tail(text, 0).len, 0);
}

static void heads_and_tails_of_bytes_that_are_no_text_are_still_bounded(void **state)
{
    (void)state;
    struct hf_str text = hf_str("\x80\x80\x80\x80\x80\x80\x80\x80");
    assert_int_equal(hf_utf8_head(text, 6).len, 6);
    assert_true(hf_utf8_tail(text, 6).len <= 6);
}

static void cleaning_replaces_controls_and_broken_bytes_and_nothing_else(void **state)
{
    (void)state;
    char text[] = "a\x1B[2J\xC3\xA4\xFF\xC2\x9B\x7F\tz\n";
    hf_utf8_clean(text, false);
    assert_string_equal(text, "a?[2J\xC3\xA4?"
                              "??"
                              "??z?");
}

static void cleaning_can_keep_tabs_and_lines(void **state)
{
    (void)state;
    char text[] = "a\tb\nc\rd";
    hf_utf8_clean(text, true);
    assert_string_equal(text, "a\tb\nc?d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_of_one_to_four_bytes_are_valid),
        cmocka_unit_test(overlong_forms_surrogates_and_too_large_ones_are_not),
        cmocka_unit_test(a_character_that_is_cut_off_is_not),
        cmocka_unit_test(the_encoding_of_every_code_point_is_valid_and_no_other_of_three_bytes),
        cmocka_unit_test(a_head_never_ends_inside_a_character),
        cmocka_unit_test(a_tail_never_begins_inside_a_character),
        cmocka_unit_test(heads_and_tails_of_bytes_that_are_no_text_are_still_bounded),
        cmocka_unit_test(cleaning_replaces_controls_and_broken_bytes_and_nothing_else),
        cmocka_unit_test(cleaning_can_keep_tabs_and_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
