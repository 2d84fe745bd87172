#include "../cmocka_all.h"
#include "wire/number.h"

static enum hf_err parse(const char *text, int64_t *out)
{
    return hf_number_parse(hf_str(text), INT64_MIN, INT64_MAX, out);
}

static void decimal_text_is_read_to_both_ends_of_the_range(void **state)
{
    (void)state;
    int64_t value = 0;
    assert_int_equal(parse("9223372036854775807", &value), HF_ERR_OK);
    assert_true(value == INT64_MAX);
    assert_int_equal(parse("-9223372036854775808", &value), HF_ERR_OK);
    assert_true(value == INT64_MIN);
    assert_int_equal(parse("0042", &value), HF_ERR_OK);
    assert_int_equal(value, 42);
}

static void text_beyond_64_bits_is_refused_untouched(void **state)
{
    (void)state;
    int64_t value = 7;
    assert_int_equal(parse("9223372036854775808", &value), HF_ERR_INVALID);
    assert_int_equal(parse("-9223372036854775809", &value), HF_ERR_INVALID);
    assert_int_equal(parse("99999999999999999999999999", &value), HF_ERR_INVALID);
    assert_int_equal(value, 7);
}

static void anything_but_digits_is_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {"", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "--1", "1-"};
    int64_t value = 7;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_int_equal(parse(BAD[i], &value), HF_ERR_INVALID);
    assert_int_equal(value, 7);
}

static void the_limits_are_part_of_the_range(void **state)
{
    (void)state;
    int64_t value = 0;
    assert_int_equal(hf_number_parse(hf_str("1"), 1, 5, &value), HF_ERR_OK);
    assert_int_equal(hf_number_parse(hf_str("5"), 1, 5, &value), HF_ERR_OK);
    assert_int_equal(hf_number_parse(hf_str("0"), 1, 5, &value), HF_ERR_INVALID);
    assert_int_equal(hf_number_parse(hf_str("6"), 1, 5, &value), HF_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_text_is_read_to_both_ends_of_the_range),
        cmocka_unit_test(text_beyond_64_bits_is_refused_untouched),
        cmocka_unit_test(anything_but_digits_is_refused),
        cmocka_unit_test(the_limits_are_part_of_the_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
