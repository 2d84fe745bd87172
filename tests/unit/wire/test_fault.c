#include "../cmocka_all.h"
#include "wire/fault.h"

#include <string.h>

static void a_fault_holds_code_number_and_words(void **state)
{
    (void)state;
    struct hf_fault fault = {0};
    assert_int_equal(hf_fault_set(&fault, HF_ERR_IO, 5, "%s: cannot read", "spool"), HF_ERR_IO);
    assert_int_equal(fault.err, HF_ERR_IO);
    assert_int_equal(fault.raw, 5);
    assert_string_equal(fault.text, "spool: cannot read");
}

static void without_a_fault_only_the_code_comes_back(void **state)
{
    (void)state;
    assert_int_equal(hf_fault_set(NULL, HF_ERR_INVALID, 0, "%s", "x"), HF_ERR_INVALID);
}

static void a_long_text_is_cut_at_a_character(void **state)
{
    (void)state;
    char text[HF_FAULT_TEXT_MAX + 50];
    memset(text, 'a', sizeof text);
    memcpy(text + HF_FAULT_TEXT_MAX - 1, "\xC3\xA4", 2);
    text[sizeof text - 1] = '\0';
    struct hf_fault fault = {0};
    hf_fault_set(&fault, HF_ERR_INVALID, 0, "%s", text);
    assert_int_equal(strlen(fault.text), HF_FAULT_TEXT_MAX - 1);
    assert_null(strchr(fault.text, '?'));
}

static void a_text_of_exactly_the_limit_is_kept_whole(void **state)
{
    (void)state;
    char text[HF_FAULT_TEXT_MAX + 1];
    memset(text, 'a', sizeof text);
    text[HF_FAULT_TEXT_MAX] = '\0';
    struct hf_fault fault = {0};
    hf_fault_set(&fault, HF_ERR_INVALID, 0, "%s", text);
    assert_string_equal(fault.text, text);
}

static void foreign_bytes_cannot_reach_the_terminal(void **state)
{
    (void)state;
    struct hf_fault fault = {0};
    hf_fault_set(&fault, HF_ERR_INVALID, 0, "type is %s", "\x1B]0;gotcha\x07\n\xFF");
    assert_string_equal(fault.text, "type is ?]0;gotcha???");
}

static void an_argument_may_point_into_the_fault_itself(void **state)
{
    (void)state;
    struct hf_fault fault = {0};
    hf_fault_set(&fault, HF_ERR_IO, 2, "no such file");
    hf_fault_set(&fault, fault.err, fault.raw, "the config: %s", fault.text);
    assert_string_equal(fault.text, "the config: no such file");
}

static void a_cleared_fault_says_ok(void **state)
{
    (void)state;
    struct hf_fault fault = {0};
    hf_fault_set(&fault, HF_ERR_IO, 2, "no such file");
    hf_fault_clear(&fault);
    assert_int_equal(fault.err, HF_ERR_OK);
    assert_int_equal(fault.raw, 0);
    assert_string_equal(fault.text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_holds_code_number_and_words),
        cmocka_unit_test(without_a_fault_only_the_code_comes_back),
        cmocka_unit_test(a_long_text_is_cut_at_a_character),
        cmocka_unit_test(a_text_of_exactly_the_limit_is_kept_whole),
        cmocka_unit_test(foreign_bytes_cannot_reach_the_terminal),
        cmocka_unit_test(an_argument_may_point_into_the_fault_itself),
        cmocka_unit_test(a_cleared_fault_says_ok),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
