#include "../cmocka_all.h"
#include "libc/scan.h"

#include <errno.h>
#include <limits.h>
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

/* Result, end and errno. */
static void assert_whole_as_the_c_library(const char *text, int base)
{
    char *end, *wanted_end;
    errno = 0;
    const int64_t wanted = strtoll(text, &wanted_end, base);
    const int wanted_errno = errno;
    errno = 0;
    assert_int_equal(hf_scan_signed(text, &end, base, LLONG_MAX), wanted);
    assert_int_equal(errno == ERANGE, wanted_errno == ERANGE);
    assert_ptr_equal(end, wanted_end);
    errno = 0;
    const uint64_t wanted_unsigned = strtoull(text, NULL, base);
    const int wanted_unsigned_errno = errno;
    errno = 0;
    assert_int_equal(hf_scan_unsigned(text, &end, base, ULLONG_MAX), wanted_unsigned);
    assert_int_equal(errno == ERANGE, wanted_unsigned_errno == ERANGE);
    assert_ptr_equal(end, wanted_end);
}

static void whole_numbers_in_any_base_are_what_the_c_library_reads(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"0",
                                        "7",
                                        "-1",
                                        "+42,",
                                        " \t\n\v\f\r12",
                                        "007",
                                        "08",
                                        "0x1F",
                                        "-0X7f",
                                        "0x",
                                        "0xg",
                                        "x",
                                        "",
                                        "-",
                                        "+-1",
                                        "- 1",
                                        "zZ9",
                                        "1e3",
                                        "192.168.0.1",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "-9223372036854775808",
                                        "-9223372036854775809",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "-18446744073709551615",
                                        "99999999999999999999999999999999x",
                                        "-99999999999999999999999999999999",
                                        "0xffffffffffffffff",
                                        "0x10000000000000000",
                                        "\xe9",
                                        "1\xe9",
                                        "@",
                                        "[",
                                        "`",
                                        "{"};
    static const int BASES[] = {0, 2, 8, 10, 16, 36};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        for (size_t k = 0; k < sizeof BASES / sizeof *BASES; k++)
            assert_whole_as_the_c_library(TEXTS[i], BASES[k]);
    }
}

static void what_a_narrow_type_does_not_hold_is_its_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
        uint64_t without_sign;
        int error, error_without_sign;
    } CASES[] = {{"2147483647", INT32_MAX, INT32_MAX, 0, 0},
                 {"2147483648", INT32_MAX, 2147483648, ERANGE, 0},
                 {"-2147483648", INT32_MIN, UINT64_MAX - INT32_MAX, 0, 0},
                 {"-2147483649", INT32_MIN, UINT64_MAX - 2147483648, ERANGE, 0},
                 {"4294967296", INT32_MAX, UINT32_MAX, ERANGE, ERANGE}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        errno = 0;
        assert_int_equal(hf_scan_signed(CASES[i].text, NULL, 10, INT32_MAX), CASES[i].value);
        assert_int_equal(errno, CASES[i].error);
        errno = 0;
        assert_int_equal(hf_scan_unsigned(CASES[i].text, NULL, 10, UINT32_MAX),
                         CASES[i].without_sign);
        assert_int_equal(errno, CASES[i].error_without_sign);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_in_any_base_are_what_the_c_library_reads),
        cmocka_unit_test(what_a_narrow_type_does_not_hold_is_its_nearest),
        cmocka_unit_test(whole_numbers_are_exact_however_they_are_written),
        cmocka_unit_test(other_numbers_are_near_to_what_the_c_library_reads),
        cmocka_unit_test(what_is_out_of_range_is_infinite_or_nothing),
        cmocka_unit_test(end_is_the_first_character_that_is_not_the_numbers),
        cmocka_unit_test(thousands_of_digits_are_read_in_one_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
