#include "../cmocka_all.h"
#include "wire/ident.h"

#include <string.h>

static const char X33[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

static struct hf_str repeat_x(char *room, size_t len)
{
    memset(room, 'x', len);
    struct hf_str view = {room, len};
    return view;
}

static void board_and_pool_names_are_small_letters_digits_and_hyphens(void **state)
{
    (void)state;
    assert_true(hf_name_valid(hf_str("board-01")));
    assert_true(hf_name_valid(hf_str("0")));
    assert_true(hf_name_valid(hf_str(X33 + 1)));
}

static void other_board_names_are_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {"",   "-a",  "Board", "a_b",       "a.b", "a/b",
                                      "..", "a b", "a\n",   "b\xC3\xA4", "a*",  "a#"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_false(hf_name_valid(hf_str(BAD[i])));
    assert_false(hf_name_valid(hf_str(X33)));
    struct hf_str with_zero = {"a\0b", 3};
    assert_false(hf_name_valid(with_zero));
}

static void handler_names_may_have_dots_but_are_never_a_path(void **state)
{
    (void)state;
    assert_true(hf_handler_name_valid(hf_str("nonce-search")));
    assert_true(hf_handler_name_valid(hf_str("Resize_2.py")));
    static const char *const BAD[] = {"", ".", "..", ".hidden", "-x", "_x", "a/b", "../x", "a b"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_false(hf_handler_name_valid(hf_str(BAD[i])));
    assert_false(hf_handler_name_valid(hf_str(X33)));
}

static void ids_may_be_uuids_numbers_and_keys_with_colons(void **state)
{
    (void)state;
    assert_true(hf_id_valid(hf_str("0190a5c2-7b3e-7c11-8f00-0123456789ab")));
    assert_true(hf_id_valid(hf_str("1")));
    assert_true(hf_id_valid(hf_str("_")));
    assert_true(hf_id_valid(hf_str("order:2024.05:7")));
    static const char *const BAD[] = {"", ".x", "-x", "a/b", "a b", "a%s", "a\n"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_false(hf_id_valid(hf_str(BAD[i])));
}

static void an_id_is_as_long_as_the_limit_and_no_longer(void **state)
{
    (void)state;
    char room[HF_ID_MAX + 1];
    assert_true(hf_id_valid(repeat_x(room, HF_ID_MAX)));
    assert_false(hf_id_valid(repeat_x(room, HF_ID_MAX + 1)));
}

static void a_uuid_has_version_seven_its_variant_and_the_time(void **state)
{
    (void)state;
    /* The example of RFC 9562, appendix A.6. */
    static const uint8_t RANDOM[10] = {0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F};
    char text[HF_UUID_TEXT + 1];
    hf_uuid7(text, UINT64_C(0x017F22E279B0), RANDOM);
    assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    assert_true(hf_id_valid(hf_str(text)));
}

static void the_version_and_variant_do_not_come_from_the_random_bytes(void **state)
{
    (void)state;
    uint8_t random[10];
    char text[HF_UUID_TEXT + 1];
    memset(random, 0xFF, sizeof random);
    hf_uuid7(text, 0, random);
    assert_string_equal(text, "00000000-0000-7fff-bfff-ffffffffffff");
    memset(random, 0, sizeof random);
    hf_uuid7(text, UINT64_C(0xFFFFFFFFFFFF), random);
    assert_string_equal(text, "ffffffff-ffff-7000-8000-000000000000");
}

static void an_id_of_a_later_millisecond_sorts_after(void **state)
{
    (void)state;
    static const uint8_t HIGH[10] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    static const uint8_t LOW[10] = {0};
    char earlier[HF_UUID_TEXT + 1];
    char later[HF_UUID_TEXT + 1];
    hf_uuid7(earlier, UINT64_C(1700000000255), HIGH);
    hf_uuid7(later, UINT64_C(1700000000256), LOW);
    assert_true(strcmp(earlier, later) < 0);
}

static void labels_may_have_an_equals_sign_and_a_colon(void **state)
{
    (void)state;
    assert_true(hf_label_valid(hf_str("camera")));
    assert_true(hf_label_valid(hf_str("site=north:2")));
    assert_true(hf_label_valid(hf_str(X33 + 1)));
    static const char *const BAD[] = {"", "=x", ":x", ".x", "a b", "a/b", "a,b", "a\n"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_false(hf_label_valid(hf_str(BAD[i])));
    assert_false(hf_label_valid(hf_str(X33)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(board_and_pool_names_are_small_letters_digits_and_hyphens),
        cmocka_unit_test(other_board_names_are_refused),
        cmocka_unit_test(handler_names_may_have_dots_but_are_never_a_path),
        cmocka_unit_test(ids_may_be_uuids_numbers_and_keys_with_colons),
        cmocka_unit_test(an_id_is_as_long_as_the_limit_and_no_longer),
        cmocka_unit_test(a_uuid_has_version_seven_its_variant_and_the_time),
        cmocka_unit_test(the_version_and_variant_do_not_come_from_the_random_bytes),
        cmocka_unit_test(an_id_of_a_later_millisecond_sorts_after),
        cmocka_unit_test(labels_may_have_an_equals_sign_and_a_colon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
