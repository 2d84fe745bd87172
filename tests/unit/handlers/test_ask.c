#include "../cmocka_all.h"
#include "call.h"
#include "handlers/ask.h"

#include <stdio.h>

static struct call call;
static int64_t number;
static int word;

static int asked(const struct hf_handler_io *io)
{
    static const char *const WORDS[] = {"on", "off", NULL};
    char body[HF_ASK_MAX + 1];
    struct hf_json_field fields[] = {{.name = "n"}, {.name = "w"}};
    int code = hf_ask_read(io, body, fields, 2, "{\"n\":1}");
    if (code == 0)
        code = hf_ask_number(io, &fields[0], 3, 300, &number);
    if (code == 0)
        code = hf_ask_word(io, &fields[1], WORDS, &word);
    return code;
}

static void ask(const char *payload, int64_t number_before, int word_before)
{
    number = number_before;
    word = word_before;
    call_text(&call, asked, payload);
}

static void numbers_are_decimal_or_texts_in_hex(void **state)
{
    (void)state;
    ask("{\"n\":42,\"w\":\"off\"}", -1, -1);
    assert_int_equal(call.code, 0);
    assert_int_equal(number, 42);
    assert_int_equal(word, 1);
    ask("{\"n\":\"0x48\",\"w\":\"on\"}", -1, -1);
    assert_int_equal(call.code, 0);
    assert_int_equal(number, 0x48);
    assert_int_equal(word, 0);
}

static void what_is_absent_keeps_its_default_when_it_has_one(void **state)
{
    (void)state;
    ask("{}", 7, 1);
    assert_int_equal(call.code, 0);
    assert_int_equal(number, 7);
    assert_int_equal(word, 1);
    ask("{}", -1, 1);
    assert_int_equal(call.code, 65);
    assert_string_equal(call.log, "\"n\" is missing; expected a whole number from 3 to 300\n");
    ask("{}", 7, -1);
    assert_string_equal(call.log, "\"w\" is missing; expected \"on\" or \"off\"\n");
}

static void a_bad_value_is_quoted_with_what_was_expected(void **state)
{
    (void)state;
    static const char *const BAD[] = {"2",         "301",       "-4",     "1.5",  "\"0x1\"",
                                      "\"0x48z\"", "\"0x1ff\"", "\"48\"", "null", "[3]"};
    char payload[64];
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        (void)snprintf(payload, sizeof payload, "{\"n\":%s}", BAD[i]);
        ask(payload, -1, 0);
        assert_int_equal(call.code, 65);
        assert_non_null(strstr(call.log, BAD[i]));
    }
    ask("{\"n\":3,\"w\":\"of\"}", -1, -1);
    assert_string_equal(call.log, "\"w\" is \"of\"; expected \"on\" or \"off\"\n");
}

static void what_is_no_object_is_shown_an_example(void **state)
{
    (void)state;
    static char large[HF_ASK_MAX + 2];
    ask("GPIO4", -1, -1);
    assert_int_equal(call.code, 65);
    assert_non_null(strstr(call.log, "expected {\"n\":1}"));
    memset(large, ' ', sizeof large);
    call_handler(&call, asked, large, sizeof large);
    assert_int_equal(call.code, 65);
    assert_non_null(strstr(call.log, "over the limit of 2048 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_decimal_or_texts_in_hex),
        cmocka_unit_test(what_is_absent_keeps_its_default_when_it_has_one),
        cmocka_unit_test(a_bad_value_is_quoted_with_what_was_expected),
        cmocka_unit_test(what_is_no_object_is_shown_an_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
