#include "../cmocka_all.h"
#include "wire/envelope.h"

static void the_first_of_several_headers_wins(void **state)
{
    (void)state;
    struct hf_envelope envelope = {0};
    assert_true(hf_envelope_add_number(&envelope, "hf-attempt", 1));
    assert_true(hf_envelope_add_number(&envelope, "hf-attempt", 2));
    assert_int_equal(hf_envelope_find(&envelope, "hf-attempt")->number, 1);
}

static void a_header_that_is_not_there_is_not_found_and_touches_nothing(void **state)
{
    (void)state;
    struct hf_envelope envelope = {0};
    int64_t value = 7;
    assert_null(hf_envelope_find(&envelope, "hf-attempt"));
    assert_int_equal(hf_envelope_number(&envelope, "hf-attempt", 0, 9, &value), HF_ERR_NOT_FOUND);
    assert_int_equal(value, 7);
}

static void a_number_may_be_an_integer_or_decimal_text(void **state)
{
    (void)state;
    struct hf_envelope envelope = {0};
    int64_t value = 0;
    hf_envelope_add_number(&envelope, "a", 3);
    hf_envelope_add_text(&envelope, "b", hf_str("4"));
    assert_int_equal(hf_envelope_number(&envelope, "a", 0, 9, &value), HF_ERR_OK);
    assert_int_equal(value, 3);
    assert_int_equal(hf_envelope_number(&envelope, "b", 0, 9, &value), HF_ERR_OK);
    assert_int_equal(value, 4);
}

static void a_number_out_of_range_or_no_number_is_invalid_and_touches_nothing(void **state)
{
    (void)state;
    struct hf_envelope envelope = {0};
    int64_t value = 7;
    hf_envelope_add_number(&envelope, "a", 10);
    hf_envelope_add_number(&envelope, "b", -1);
    hf_envelope_add_text(&envelope, "c", hf_str("ten"));
    assert_int_equal(hf_envelope_number(&envelope, "a", 0, 9, &value), HF_ERR_INVALID);
    assert_int_equal(hf_envelope_number(&envelope, "b", 0, 9, &value), HF_ERR_INVALID);
    assert_int_equal(hf_envelope_number(&envelope, "c", 0, 9, &value), HF_ERR_INVALID);
    assert_int_equal(value, 7);
}

static void a_header_of_another_kind_is_no_number(void **state)
{
    (void)state;
    struct hf_envelope envelope = {0};
    int64_t value = 7;
    hf_envelope_add_number(&envelope, "a", 3);
    envelope.headers[0].kind = HF_HEADER_OTHER;
    assert_int_equal(hf_envelope_number(&envelope, "a", 0, 9, &value), HF_ERR_INVALID);
    assert_int_equal(value, 7);
}

static void a_full_list_takes_no_more(void **state)
{
    (void)state;
    struct hf_envelope envelope = {0};
    for (int i = 0; i < HF_ENVELOPE_HEADERS_MAX; i++)
        assert_true(hf_envelope_add_number(&envelope, "n", i));
    assert_false(hf_envelope_add_number(&envelope, "one-more", 1));
    assert_false(hf_envelope_add_text(&envelope, "one-more", hf_str("x")));
    assert_null(hf_envelope_find(&envelope, "one-more"));
    assert_int_equal(envelope.header_count, HF_ENVELOPE_HEADERS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_of_several_headers_wins),
        cmocka_unit_test(a_header_that_is_not_there_is_not_found_and_touches_nothing),
        cmocka_unit_test(a_number_may_be_an_integer_or_decimal_text),
        cmocka_unit_test(a_number_out_of_range_or_no_number_is_invalid_and_touches_nothing),
        cmocka_unit_test(a_header_of_another_kind_is_no_number),
        cmocka_unit_test(a_full_list_takes_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
