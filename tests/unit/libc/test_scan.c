#include "../cmocka_all.h"
#include "libc/scan.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void whole_numbers_are_exact_however_they_are_written(void **state)
{
    (void)state;
    static const char *const SAME[] = {"1200",  "1200.0",      "1.2e3",  "12E+2", "120000e-2",
                                       "+1200", "0.0000012e9", "001200", "1200."};
    for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++)
        assert_true(hf_scan_double(SAME[i], NULL) == 1200.0);
    assert_true(hf_scan_double("9007199254740991", NULL) == 9007199254740991.0);
    assert_true(hf_scan_double("-9007199254740991.000", NULL) == -9007199254740991.0);
    assert_true(hf_scan_double("900719925474099100000e-5", NULL) == 9007199254740991.0);
    assert_true(hf_scan_double("0", NULL) == 0.0 && hf_scan_double("0e5", NULL) == 0.0);
}

static void other_numbers_are_near_to_what_the_c_library_reads(void **state)
{
    (void)state;
    static const char *const OTHERS[] = {"0.1",
                                         "3.14159265358979",
                                         "1e-5",
                                         "123456.789e3",
                                         "1e300",
                                         "2.5e-300",
                                         "184467440737095516159999",
                                         "0.000000000000000000000000123",
                                         "1.7976931348623157e308"};
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        const double wanted = strtod(OTHERS[i], NULL);
        assert_true(fabs(hf_scan_double(OTHERS[i], NULL) - wanted) <= wanted * 1e-14);
    }
}

static void what_is_out_of_range_is_infinite_or_nothing(void **state)
{
    (void)state;
    assert_true(isinf(hf_scan_double("1e999999999999999999", NULL)));
    assert_true(isinf(hf_scan_double("-1e400", NULL)) && hf_scan_double("-1e400", NULL) < 0);
    assert_true(hf_scan_double("1e-999999999999999999", NULL) == 0.0);
    assert_true(hf_scan_double("0e99999", NULL) == 0.0);
}

static void end_is_the_first_character_that_is_not_the_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
    } CASES[] = {{"12]", 2}, {"12e", 2}, {"12e+", 2}, {"1.5.5", 3}, {"-7,", 2},
                 {"", 0},    {"-", 0},   {"abc", 0},  {"e5", 0},    {".", 0},
                 {".5x", 2}, {"inf", 0}, {" 1", 0},   {"0x10", 1},  {"1e5e5", 3}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char *end = NULL;
        (void)hf_scan_double(CASES[i].text, &end);
        assert_int_equal(end - CASES[i].text, CASES[i].len);
    }
}

static void thousands_of_digits_are_read_in_one_go(void **state)
{
    (void)state;
    char text[4096];
    (void)memset(text, '9', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_true(isinf(hf_scan_double(text, NULL)));
    text[1] = '.';
    assert_true(fabs(hf_scan_double(text, NULL) - 10.0) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_are_exact_however_they_are_written),
        cmocka_unit_test(other_numbers_are_near_to_what_the_c_library_reads),
        cmocka_unit_test(what_is_out_of_range_is_infinite_or_nothing),
        cmocka_unit_test(end_is_the_first_character_that_is_not_the_numbers),
        cmocka_unit_test(thousands_of_digits_are_read_in_one_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
