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

/* An envelope whose texts are 2 + 1 + 4 + 2 bytes. */
static struct hf_envelope small(char *id)
{
    struct hf_envelope envelope = {0};
    envelope.message_id.data = id;
    envelope.message_id.len = 2;
    envelope.user_id = hf_str("u");
    envelope.priority = 3;
    hf_envelope_add_text(&envelope, "name", hf_str("hi"));
    return envelope;
}

static void a_copy_outlives_the_texts_it_was_made_from(void **state)
{
    (void)state;
    char id[2] = {'4', '2'};
    char texts[9];
    struct hf_envelope from = small(id);
    struct hf_envelope to;
    assert_true(hf_envelope_copy(&from, texts, sizeof texts, &to));
    id[0] = 'x';
    assert_true(hf_str_equal(to.message_id, hf_str("42")));
    assert_true(hf_str_equal(to.user_id, hf_str("u")));
    assert_int_equal(to.priority, 3);
    assert_true(hf_str_equal(hf_envelope_find(&to, "name")->text, hf_str("hi")));
    assert_ptr_not_equal(hf_envelope_find(&to, "name")->name.data, from.headers[0].name.data);
}

static void a_copy_without_room_is_empty(void **state)
{
    (void)state;
    char id[2] = {'4', '2'};
    char texts[8];
    struct hf_envelope from = small(id);
    struct hf_envelope to;
    assert_false(hf_envelope_copy(&from, texts, sizeof texts, &to));
    assert_int_equal(to.message_id.len, 0);
    assert_int_equal(to.header_count, 0);
    assert_int_equal(to.priority, 0);
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
        cmocka_unit_test(a_copy_outlives_the_texts_it_was_made_from),
        cmocka_unit_test(a_copy_without_room_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
