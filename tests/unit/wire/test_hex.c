#include "../cmocka_all.h"
#include "wire/hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void bytes_become_lower_case_digits(void **state)
{
    (void)state;
    char text[9];
    hf_hex(text, (const unsigned char[]){0x00, 0x7f, 0xab, 0xff}, 4);
    assert_string_equal(text, "007fabff");
}

static void digits_of_either_case_have_a_value_and_nothing_else_has(void **state)
{
    (void)state;
    const char *digits = "0123456789abcdefABCDEF";
    for (int c = -128; c < 256; c++) {
        const char *at = c > 0 && c < 128 ? strchr(digits, c) : NULL;
        int place = at ? (int)(at - digits) : -1;
        assert_int_equal(hf_hex_digit((char)c), place > 15 ? place - 6 : place);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_become_lower_case_digits),
        cmocka_unit_test(digits_of_either_case_have_a_value_and_nothing_else_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
