#include "../cmocka_all.h"
#include "wire/json.h"

#include <stdlib.h>
#include <string.h>

static enum hf_err read_field(const char *body, const char *name, struct hf_str *value,
                              struct hf_fault *fault)
{
    struct hf_json_field field = {.name = name};
    enum hf_err err = hf_json_read(hf_str(body), &field, 1, fault);
    *value = field.value;
    return err;
}

static void assert_value(const char *body, const char *name, const char *value)
{
    struct hf_str got;
    assert_int_equal(read_field(body, name, &got, NULL), HF_ERR_OK);
    assert_true(hf_str_equal(got, hf_str(value)));
}

static void assert_malformed(const char *body, const char *why)
{
    struct hf_str got;
    struct hf_fault fault = {0};
    assert_int_equal(read_field(body, "a", &got, &fault), HF_ERR_MALFORMED);
    if (!strstr(fault.text, why))
        fail_msg("%s: got \"%s\", wanted \"%s\"", body, fault.text, why);
}

static void values_are_handed_out_as_they_are_written(void **state)
{
    (void)state;
    assert_value("{\"a\":1}", "a", "1");
    assert_value(" { \"b\" : 2 , \"a\" : -1.50e+3 } \n", "a", "-1.50e+3");
    assert_value("{\"a\":[1, {\"x\":null}]}", "a", "[1, {\"x\":null}]");
    assert_value("{\"a\":\"\\u20ac \\\" \\\\\"}", "a", "\"\\u20ac \\\" \\\\\"");
    assert_value("{\"a\":true,\"b\":false}", "a", "true");
    assert_value("{\"a\":12345678901234567890123}", "a", "12345678901234567890123");
}

static void a_field_that_is_not_there_is_empty(void **state)
{
    (void)state;
    assert_value("{}", "a", "");
    assert_value("{\"b\":1}", "a", "");
}

static void fields_of_inner_objects_are_not_taken_for_outer_ones(void **state)
{
    (void)state;
    assert_value("{\"b\":{\"a\":1},\"c\":[{\"a\":2}]}", "a", "");
    assert_value("{\"b\":{\"a\":1},\"a\":3}", "a", "3");
}

static void a_wanted_field_that_is_there_twice_is_malformed(void **state)
{
    (void)state;
    assert_malformed("{\"a\":1,\"a\":1}", "there twice");
    assert_value("{\"b\":1,\"b\":2,\"a\":3}", "a", "3");
}

static void what_is_not_one_object_is_malformed(void **state)
{
    (void)state;
    assert_malformed("", "empty");
    assert_malformed("  ", "object was expected");
    assert_malformed("[1]", "object was expected");
    assert_malformed("12", "object was expected");
    assert_malformed("\xEF\xBB\xBF{}", "at byte 0: a JSON object was expected");
    assert_malformed("{}{}", "at byte 2: something follows");
    assert_malformed("{", "string was expected");
    assert_malformed("{\"a\"", "':' was expected");
    assert_malformed("{\"a\":", "value was expected");
    assert_malformed("{\"a\":1", "',' or '}'");
    assert_malformed("{\"a\":1,}", "string was expected");
    assert_malformed("{a:1}", "string was expected");
    assert_malformed("{\"a\":[1,]}", "value was expected");
    assert_malformed("{\"a\":[1}", "',' or ']'");
    assert_malformed("{\"a\":nul}", "value was expected");
    assert_malformed("{'a':1}", "string was expected");
    assert_malformed("{\"a\":NaN}", "value was expected");
    assert_malformed("{} // x", "something follows");
}

static void numbers_follow_the_grammar(void **state)
{
    (void)state;
    assert_malformed("{\"a\":01}", "begin with 0");
    assert_malformed("{\"a\":+1}", "value was expected");
    assert_malformed("{\"a\":.5}", "value was expected");
    assert_malformed("{\"a\":1.}", "digit was expected");
    assert_malformed("{\"a\":1e}", "digit was expected");
    assert_malformed("{\"a\":-}", "digit was expected");
    assert_malformed("{\"a\":0x1}", "',' or '}'");
}

static void strings_follow_the_grammar(void **state)
{
    (void)state;
    assert_malformed("{\"a\":\"x", "does not end");
    assert_malformed("{\"a\":\"x\\", "no such escape");
    assert_malformed("{\"a\":\"\\x41\"}", "no such escape");
    assert_malformed("{\"a\":\"\\u12g4\"}", "four hex digits");
    assert_malformed("{\"a\":\"\\u12", "four hex digits");
    assert_malformed("{\"a\":\"\\ud800\"}", "surrogate");
    assert_malformed("{\"a\":\"\\ud800\\u0041\"}", "surrogate");
    assert_malformed("{\"a\":\"\\udc00\"}", "surrogate");
    assert_malformed("{\"a\":\"line\nbreak\"}", "must be escaped");
    assert_malformed("{\"a\":\"\xFF\"}", "not UTF-8");
    assert_malformed("{\"a\":\"\xC3", "not UTF-8");
}

static void a_zero_byte_in_the_body_is_malformed_wherever_it_stands(void **state)
{
    (void)state;
    static const char BODY[] = "{\"a\":\"x\"}";
    for (size_t i = 0; i < sizeof BODY; i++) {
        char body[sizeof BODY];
        memcpy(body, BODY, sizeof BODY);
        body[i] = '\0';
        struct hf_json_field field = {.name = "a"};
        struct hf_str view = {body, sizeof BODY};
        assert_int_equal(hf_json_read(view, &field, 1, NULL), HF_ERR_MALFORMED);
    }
}

static void nesting_is_allowed_to_the_limit_and_no_further(void **state)
{
    (void)state;
    for (size_t depth = HF_JSON_DEPTH_MAX; depth <= HF_JSON_DEPTH_MAX + 1; depth++) {
        char body[5 + 2 * HF_JSON_DEPTH_MAX + 2] = "{\"a\":";
        memset(body + 5, '[', depth - 1);
        memset(body + 5 + depth - 1, ']', depth - 1);
        body[5 + 2 * (depth - 1)] = '}';
        if (depth > HF_JSON_DEPTH_MAX)
            assert_malformed(body, "nested too deeply");
        else
            assert_value(body, "b", "");
    }
}

static void a_body_of_nothing_but_brackets_is_refused_without_deep_recursion(void **state)
{
    (void)state;
    size_t len = 1000000;
    char *body = malloc(len + 1);
    assert_non_null(body);
    memcpy(body, "{\"a\":", 5);
    memset(body + 5, '[', len - 5);
    body[len] = '\0';
    assert_malformed(body, "nested too deeply");
    free(body);
}

static void a_string_gives_the_text_it_means(void **state)
{
    (void)state;
    char *text = NULL;
    assert_int_equal(hf_json_text(hf_str("\"a\\n\\u00e4\\ud83d\\udc07\\/\""), &text), HF_ERR_OK);
    assert_string_equal(text, "a\n\xC3\xA4\xF0\x9F\x90\x87/");
    free(text);
    assert_int_equal(hf_json_text(hf_str("\"\""), &text), HF_ERR_OK);
    assert_string_equal(text, "");
    free(text);
}

static void what_is_no_string_has_no_text(void **state)
{
    (void)state;
    char *text = NULL;
    assert_int_equal(hf_json_text(hf_str("12"), &text), HF_ERR_INVALID);
    assert_int_equal(hf_json_text(hf_str("null"), &text), HF_ERR_INVALID);
    assert_int_equal(hf_json_text(hf_str(""), &text), HF_ERR_INVALID);
    assert_null(text);
}

static void an_escaped_zero_is_refused_rather_than_cut_off_there(void **state)
{
    (void)state;
    char *text = NULL;
    assert_int_equal(hf_json_text(hf_str("\"ab\\u0000cd\""), &text), HF_ERR_INVALID);
    assert_null(text);
    assert_int_equal(hf_json_text(hf_str("\"ab\\\\u0000cd\""), &text), HF_ERR_OK);
    assert_string_equal(text, "ab\\u0000cd");
    free(text);
}

static void text_goes_into_room_that_fits_it_exactly(void **state)
{
    (void)state;
    char room[4] = "";
    assert_int_equal(hf_json_text_into(hf_str("\"abc\""), room, sizeof room), HF_ERR_OK);
    assert_string_equal(room, "abc");
    assert_int_equal(hf_json_text_into(hf_str("\"\\u0061\\u0062\\u0063\""), room, sizeof room),
                     HF_ERR_OK);
    assert_string_equal(room, "abc");
    assert_int_equal(hf_json_text_into(hf_str("\"abcd\""), room, sizeof room), HF_ERR_TOO_LARGE);
}

static void the_elements_of_an_array_come_one_by_one(void **state)
{
    (void)state;
    static const char *const WANTED[] = {"1", "\"a,]\"", "[2,[3]]", "{\"b\":[4]}", "null"};
    struct hf_str rest = hf_str("[ 1 ,\"a,]\", [2,[3]],{\"b\":[4]}\n,null ]");
    struct hf_str item = {NULL, 0};
    for (size_t i = 0; i < sizeof WANTED / sizeof *WANTED; i++) {
        assert_true(hf_json_item(&rest, &item));
        assert_true(hf_str_equal(item, hf_str(WANTED[i])));
    }
    assert_false(hf_json_item(&rest, &item));
    assert_true(hf_str_equal(item, hf_str("null")));
}

static void what_is_no_array_or_an_empty_one_has_no_elements(void **state)
{
    (void)state;
    static const char *const NONE[] = {"", "[]", "[ ]", "1", "\"[1]\"", "{\"a\":1}", "["};
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) {
        struct hf_str rest = hf_str(NONE[i]);
        struct hf_str item = {NULL, 0};
        assert_false(hf_json_item(&rest, &item));
        assert_null(item.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_handed_out_as_they_are_written),
        cmocka_unit_test(a_field_that_is_not_there_is_empty),
        cmocka_unit_test(fields_of_inner_objects_are_not_taken_for_outer_ones),
        cmocka_unit_test(a_wanted_field_that_is_there_twice_is_malformed),
        cmocka_unit_test(what_is_not_one_object_is_malformed),
        cmocka_unit_test(numbers_follow_the_grammar),
        cmocka_unit_test(strings_follow_the_grammar),
        cmocka_unit_test(a_zero_byte_in_the_body_is_malformed_wherever_it_stands),
        cmocka_unit_test(nesting_is_allowed_to_the_limit_and_no_further),
        cmocka_unit_test(a_body_of_nothing_but_brackets_is_refused_without_deep_recursion),
        cmocka_unit_test(a_string_gives_the_text_it_means),
        cmocka_unit_test(what_is_no_string_has_no_text),
        cmocka_unit_test(an_escaped_zero_is_refused_rather_than_cut_off_there),
        cmocka_unit_test(text_goes_into_room_that_fits_it_exactly),
        cmocka_unit_test(the_elements_of_an_array_come_one_by_one),
        cmocka_unit_test(what_is_no_array_or_an_empty_one_has_no_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
