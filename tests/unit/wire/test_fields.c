#include "../cmocka_all.h"
#include "wire/fields.h"
#include "wire/gauge.h"
#include "wire/ident.h"

#include <string.h>

struct sample {
    char text[8];
    char lines[8];
    char words[16];
    uint32_t u32;
    int32_t i32;
    int64_t i64;
    struct hf_gauge gauge;
    bool flag;
};

static const struct hf_field FIELDS[] = {
    {"text", HF_FIELD_TEXT, HF_FIELD_AT(sample, text), 0, 0, true, hf_name_valid, "a name"},
    {"lines", HF_FIELD_LINES, HF_FIELD_AT(sample, lines), 0, 0, false, NULL, NULL},
    {"words", HF_FIELD_WORDS, HF_FIELD_AT(sample, words), 0, 3, false, hf_name_valid, "a name"},
    {"u32", HF_FIELD_U32, HF_FIELD_AT(sample, u32), 1, UINT32_MAX, false, NULL, NULL},
    {"i32", HF_FIELD_I32, HF_FIELD_AT(sample, i32), -5, 5, false, NULL, NULL},
    {"i64", HF_FIELD_I64, HF_FIELD_AT(sample, i64), 0, 5000000000, false, NULL, NULL},
    {"gauge", HF_FIELD_GAUGE, HF_FIELD_AT(sample, gauge), -9, 9, false, NULL, NULL},
    {"flag", HF_FIELD_BOOL, HF_FIELD_AT(sample, flag), 0, 0, false, NULL, NULL},
};
static const struct hf_form FORM = {"sample", FIELDS, sizeof FIELDS / sizeof *FIELDS};

static const char FULL[] = "{\"kind\":\"sample\",\"text\":\"a-b\",\"lines\":\"c\\nd\","
                           "\"words\":[\"e\",\"f\"],\"u32\":4294967295,\"i32\":-5,"
                           "\"i64\":5000000000,\"gauge\":-9,\"flag\":true}";

static void a_table_serves_both_directions(void **state)
{
    (void)state;
    char body[sizeof FULL];
    size_t len = 0;
    struct sample sample = {0};
    assert_int_equal(hf_fields_decode("it", &FORM, hf_str(FULL), &sample, NULL), HF_ERR_OK);
    assert_string_equal(sample.lines, "c\nd");
    assert_string_equal(sample.words, "e f");
    assert_true(sample.u32 == UINT32_MAX && sample.i32 == -5 && sample.i64 == 5000000000);
    assert_true(sample.gauge.known && sample.gauge.value == -9 && sample.flag);
    assert_int_equal(hf_fields_encode("kind", &FORM, &sample, body, sizeof body, &len), HF_ERR_OK);
    assert_string_equal(body, FULL);
    assert_int_equal(len, strlen(FULL));
}

static void what_is_absent_leaves_the_struct_as_it_was(void **state)
{
    (void)state;
    struct sample sample = {.u32 = 7, .flag = true, .words = "x"};
    assert_int_equal(hf_fields_decode("it", &FORM, hf_str("{\"text\":\"a\"}"), &sample, NULL),
                     HF_ERR_OK);
    assert_true(sample.u32 == 7 && sample.flag);
    assert_string_equal(sample.words, "x");
}

static void assert_fault(const char *body, enum hf_err err, const char *text)
{
    struct sample sample = {0};
    struct hf_fault fault = {0};
    assert_int_equal(hf_fields_decode("it", &FORM, hf_str(body), &sample, &fault), err);
    assert_string_equal(fault.text, text);
}

static void a_fault_names_field_value_and_what_was_wanted(void **state)
{
    (void)state;
    assert_fault("{}", HF_ERR_MISSING, "it has no \"text\": wanted a name");
    assert_fault("{\"text\":\"A\"}", HF_ERR_INVALID, "\"text\" of it is \"A\": wanted a name");
    assert_fault("{\"text\":\"a\",\"lines\":\"12345678\"}", HF_ERR_INVALID,
                 "\"lines\" of it is \"12345678\": wanted text of at most 7 bytes");
    assert_fault("{\"text\":\"a\",\"i32\":6}", HF_ERR_INVALID,
                 "\"i32\" of it is 6: wanted a whole number from -5 to 5");
    assert_fault("{\"text\":\"a\",\"gauge\":null}", HF_ERR_INVALID,
                 "\"gauge\" of it is null: wanted a whole number from -9 to 9");
    assert_fault("{\"text\":\"a\",\"flag\":1}", HF_ERR_INVALID,
                 "\"flag\" of it is 1: wanted true or false");
    assert_fault("{\"text\":\"a\",\"words\":{}}", HF_ERR_INVALID,
                 "\"words\" of it is {}: wanted a list of at most 3 texts, each a name");
}

static void numbers_out_of_range_are_not_sent(void **state)
{
    (void)state;
    char body[200];
    size_t len = 99;
    struct sample sample = {.text = "a", .u32 = 1, .i32 = 6};
    assert_int_equal(hf_fields_encode("kind", &FORM, &sample, body, sizeof body, &len),
                     HF_ERR_INVALID);
    sample.i32 = 0;
    sample.gauge = (struct hf_gauge){true, 10};
    assert_int_equal(hf_fields_encode("kind", &FORM, &sample, body, sizeof body, &len),
                     HF_ERR_INVALID);
    assert_int_equal(len, 99);
}

static void text_that_needs_one_byte_more_than_there_is_does_not_fit(void **state)
{
    (void)state;
    char body[sizeof FULL];
    size_t len = 99;
    struct sample sample = {0};
    assert_int_equal(hf_fields_decode("it", &FORM, hf_str(FULL), &sample, NULL), HF_ERR_OK);
    for (size_t size = 0; size < sizeof FULL; size++)
        assert_int_equal(hf_fields_encode("kind", &FORM, &sample, body, size, &len),
                         HF_ERR_TOO_LARGE);
    assert_int_equal(len, 99);
}

static void a_word_that_does_not_fit_the_room_is_refused(void **state)
{
    (void)state;
    assert_fault("{\"text\":\"a\",\"words\":[\"1234567\",\"12345678\"]}", HF_ERR_INVALID,
                 "\"words\" of it is [\"1234567\",\"12345678\"]: wanted a list of at most 3 texts, "
                 "each a name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_serves_both_directions),
        cmocka_unit_test(what_is_absent_leaves_the_struct_as_it_was),
        cmocka_unit_test(a_fault_names_field_value_and_what_was_wanted),
        cmocka_unit_test(numbers_out_of_range_are_not_sent),
        cmocka_unit_test(text_that_needs_one_byte_more_than_there_is_does_not_fit),
        cmocka_unit_test(a_word_that_does_not_fit_the_room_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
