#include "../cmocka_all.h"
#include "worker/bytes.h"

#include <string.h>

static void numbers_are_little_endian_whatever_the_processor(void **state)
{
    (void)state;
    static const uint8_t WANTED[] = {0x02, 0x01, 0x06, 0x05, 0x04, 0x03, 0x0E,
                                     0x0D, 0x0C, 0x0B, 0x0A, 0x09, 0x08, 0xF7};
    uint8_t bytes[14];
    struct hf_bytes_out out = {.data = bytes, .size = sizeof bytes};
    hf_bytes_put_u16(&out, 0x0102);
    hf_bytes_put_u32(&out, 0x03040506);
    hf_bytes_put_u64(&out, 0xF708090A0B0C0D0E);
    assert_false(out.bad);
    assert_int_equal(out.len, sizeof bytes);
    assert_memory_equal(bytes, WANTED, sizeof bytes);

    struct hf_bytes_in in = {.data = bytes, .left = sizeof bytes};
    assert_int_equal(hf_bytes_get_u16(&in), 0x0102);
    assert_int_equal(hf_bytes_get_u32(&in), 0x03040506);
    assert_true(hf_bytes_get_u64(&in) == 0xF708090A0B0C0D0E);
    assert_false(in.bad);
    assert_int_equal(in.left, 0);
}

static void a_text_has_its_length_before_it(void **state)
{
    (void)state;
    uint8_t bytes[16];
    char text[5];
    struct hf_bytes_out out = {.data = bytes, .size = sizeof bytes};
    hf_bytes_put_text(&out, hf_str("abcd"));
    hf_bytes_put_text(&out, hf_str(""));
    assert_int_equal(out.len, 8);
    assert_memory_equal(bytes, "\4\0abcd\0\0", 8);

    struct hf_bytes_in in = {.data = bytes, .left = out.len};
    hf_bytes_get_text(&in, text, sizeof text);
    assert_string_equal(text, "abcd");
    hf_bytes_get_text(&in, text, sizeof text);
    assert_string_equal(text, "");
    assert_false(in.bad);
}

static void what_does_not_fit_is_not_written_and_neither_is_what_follows(void **state)
{
    (void)state;
    uint8_t bytes[6] = {9, 9, 9, 9, 9, 9};
    struct hf_bytes_out out = {.data = bytes, .size = 5};
    hf_bytes_put_u16(&out, 1);
    hf_bytes_put_u32(&out, 2);
    assert_true(out.bad);
    hf_bytes_put_u16(&out, 3);
    assert_int_equal(out.len, 2);
    assert_int_equal(bytes[2], 9);
    assert_int_equal(bytes[5], 9);

    static const char LONG[65536];
    static uint8_t room[70000];
    struct hf_bytes_out text = {.data = room, .size = sizeof room};
    hf_bytes_put_text(&text, (struct hf_str){LONG, sizeof LONG});
    assert_true(text.bad);
    assert_int_equal(text.len, 0);
}

static void reading_past_the_end_gives_zeros_from_then_on(void **state)
{
    (void)state;
    static const uint8_t BYTES[] = {1, 2, 3};
    struct hf_bytes_in in = {.data = BYTES, .left = sizeof BYTES};
    assert_int_equal(hf_bytes_get_u32(&in), 0);
    assert_true(in.bad);
    assert_int_equal(hf_bytes_get_u16(&in), 0);
    assert_int_equal(hf_bytes_get_raw(&in, 1).len, 0);
    assert_int_equal(in.left, 3);
}

static void a_text_too_long_for_its_place_or_with_a_zero_is_bad(void **state)
{
    (void)state;
    char text[5] = "old";
    struct hf_bytes_in in = {.data = (const uint8_t *)"\5\0abcde", .left = 7};
    hf_bytes_get_text(&in, text, sizeof text);
    assert_true(in.bad);
    assert_string_equal(text, "");
    in = (struct hf_bytes_in){.data = (const uint8_t *)"\3\0a\0c", .left = 5};
    hf_bytes_get_text(&in, text, sizeof text);
    assert_true(in.bad);
    in = (struct hf_bytes_in){.data = (const uint8_t *)"\3\0ab", .left = 4};
    hf_bytes_get_text(&in, text, sizeof text);
    assert_true(in.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_little_endian_whatever_the_processor),
        cmocka_unit_test(a_text_has_its_length_before_it),
        cmocka_unit_test(what_does_not_fit_is_not_written_and_neither_is_what_follows),
        cmocka_unit_test(reading_past_the_end_gives_zeros_from_then_on),
        cmocka_unit_test(a_text_too_long_for_its_place_or_with_a_zero_is_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
