#include "../cmocka_all.h"
#include "wire/json_write.h"

#include <string.h>

static char text[600];

static const char *written(struct hf_str value)
{
    struct hf_json_writer writer = {.to = text, .size = sizeof text};
    hf_json_write_text(&writer, value);
    assert_true(hf_json_write_end(&writer));
    assert_int_equal(writer.len, strlen(text) + 1);
    return text;
}

static void what_json_asks_to_be_escaped_is_and_nothing_else(void **state)
{
    (void)state;
    assert_string_equal(written(hf_str("")), "\"\"");
    assert_string_equal(written(hf_str("a\"b\\c/d")), "\"a\\\"b\\\\c/d\"");
    assert_string_equal(written(hf_str("\b\f\n\r\t")), "\"\\b\\f\\n\\r\\t\"");
    assert_string_equal(written(hf_str("\x01\x1f \x7f")), "\"\\u0001\\u001f \x7f\"");
    assert_string_equal(written((struct hf_str){"a\0b", 3}), "\"a\\u0000b\"");
    assert_string_equal(written(hf_str("\xc3\xa9\xf0\x9f\x8d\x93")),
                        "\"\xc3\xa9\xf0\x9f\x8d\x93\"");
}

static void pieces_stand_one_after_the_other(void **state)
{
    (void)state;
    struct hf_json_writer writer = {.to = text, .size = sizeof text};
    hf_json_write(&writer, "{");
    hf_json_write_text(&writer, hf_str("a"));
    hf_json_write(&writer, ":1}");
    assert_true(hf_json_write_end(&writer));
    assert_string_equal(text, "{\"a\":1}");
}

static void text_that_does_not_fit_is_counted_and_not_written_behind_the_buffer(void **state)
{
    (void)state;
    struct hf_json_writer writer = {.to = text, .size = 4};
    memset(text, '#', sizeof text);
    hf_json_write_text(&writer, hf_str("a\nbcdefg"));
    assert_false(hf_json_write_end(&writer));
    assert_int_equal(writer.len, strlen("\"a\\nbcdefg\"") + 1);
    assert_memory_equal(text + 4, "####", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_json_asks_to_be_escaped_is_and_nothing_else),
        cmocka_unit_test(pieces_stand_one_after_the_other),
        cmocka_unit_test(text_that_does_not_fit_is_counted_and_not_written_behind_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
