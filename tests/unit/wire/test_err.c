#include "../cmocka_all.h"
#include "wire/err.h"

static void every_code_has_a_name_and_a_text(void **state)
{
    (void)state;
    static const enum hf_err CODES[] = {
#define X(name, value, text) HF_ERR_##name,
        HF_ERR_LIST(X)
#undef X
    };
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        assert_string_not_equal(hf_err_name(CODES[i]), "?");
        assert_string_not_equal(hf_err_text(CODES[i]), "unknown error");
    }
}

static void no_two_errors_share_a_number(void **state)
{
    (void)state;
    static const int VALUES[] = {
#define X(name, value, text) (value),
        HF_ERR_LIST(X)
#undef X
    };
    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) {
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(VALUES[i], VALUES[j]);
    }
}

static void success_is_zero_and_every_error_is_negative(void **state)
{
    (void)state;
#define X(name, value, text) assert_true((value) < 0 || HF_ERR_##name == HF_ERR_OK);
    HF_ERR_LIST(X)
#undef X
    assert_int_equal(HF_ERR_OK, 0);
}

static void a_number_outside_the_list_is_an_unknown_error(void **state)
{
    (void)state;
    assert_string_equal(hf_err_text((enum hf_err) - 12345), "unknown error");
    assert_string_equal(hf_err_name((enum hf_err) - 12345), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_name_and_a_text),
        cmocka_unit_test(no_two_errors_share_a_number),
        cmocka_unit_test(success_is_zero_and_every_error_is_negative),
        cmocka_unit_test(a_number_outside_the_list_is_an_unknown_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
