#include "../cmocka_all.h"
#include "libc/print.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The same through hf_print; the caller frees `*out`. */
__attribute__((format(printf, 2, 3))) static int print(char **out, const char *format, ...)
{
    va_list args;
    size_t size = 0;
    FILE *stream = open_memstream(out, &size);
    assert_non_null(stream);
    va_start(args, format);
    const int len = hf_print(stream, format, args);
    va_end(args);
    assert_int_equal(fclose(stream), 0);
    assert_true(len < 0 || (size_t)len == size);
    return len;
}

#define LIKE_THE_C_LIBRARY(...)                                                                    \
    do {                                                                                           \
        char wanted[512];                                                                          \
        char *got = NULL;                                                                          \
        const int len = snprintf(wanted, sizeof wanted, __VA_ARGS__);                              \
        assert_int_equal(print(&got, __VA_ARGS__), len);                                           \
        assert_string_equal(got, wanted);                                                          \
        free(got);                                                                                 \
    } while (0)

static void texts_are_padded_and_cut(void **state)
{
    (void)state;
    static const char unterminated[] = {'a', 'b', 'c'};
    LIKE_THE_C_LIBRARY("plain, 100%%");
    LIKE_THE_C_LIBRARY("[%s] [%8s] [%-8s] [%.2s] [%8.2s]", "text", "text", "text", "text", "text");
    LIKE_THE_C_LIBRARY("[%.*s] [%.*s] [%*s] [%*s]", 3, unterminated, -1, "all", 6, "right", -6,
                       "left");
    LIKE_THE_C_LIBRARY("[%.0s] [%s] [%c] [%3c] [%-3c]", "nothing", "", 'c', 'c', 'c');
}

static void numbers_of_every_length_are_printed_to_both_ends(void **state)
{
    (void)state;
    LIKE_THE_C_LIBRARY("%d %d %i %u", INT_MIN, INT_MAX, 0, UINT_MAX);
    LIKE_THE_C_LIBRARY("%hhd %hd %hhu %hu", (signed char)-128, (short)-32768, (unsigned char)255,
                       (unsigned short)65535);
    LIKE_THE_C_LIBRARY("%ld %lu %lld %llu", LONG_MIN, ULONG_MAX, LLONG_MIN, ULLONG_MAX);
    LIKE_THE_C_LIBRARY("%zu %jd %ju %td", SIZE_MAX, INTMAX_MIN, UINTMAX_MAX, PTRDIFF_MIN);
    LIKE_THE_C_LIBRARY("%x %X %llx %p", 0xbeefU, 0xBEEFU, ULLONG_MAX, (void *)&state);
    LIKE_THE_C_LIBRARY("%" PRId64 " %" PRIu32, INT64_MIN, UINT32_MAX);
}

static void numbers_are_filled_up(void **state)
{
    (void)state;
    LIKE_THE_C_LIBRARY("[%5d] [%-5d] [%05d] [%05d] [%.3d] [%6.3d]", 42, 42, 42, -42, 7, -7);
    LIKE_THE_C_LIBRARY("[%02d] [%04x] [%08X] [%1d] [%.0d] [%.1d]", 5, 0xabU, 0xabU, 12345, 0, 0);
    LIKE_THE_C_LIBRARY("[%*d] [%-*d] [%0*d] [%.*d]", 6, 1, 6, 1, 6, 1, 4, 1);
    LIKE_THE_C_LIBRARY("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", 2026, 1, 2, 3, 4, 5, 6);
}

static void unknown_conversion_is_an_error_and_reads_no_argument(void **state)
{
    (void)state;
    static const char *const UNKNOWN[] = {"a%gb", "a%fb", "a%nb", "a%", "a%5"};
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof *UNKNOWN; i++) {
        char *got = NULL;
        errno = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-security"
        assert_int_equal(print(&got, UNKNOWN[i]), -1);
#pragma GCC diagnostic pop
        assert_int_equal(errno, EINVAL);
        assert_string_equal(got, "a");
        free(got);
    }
}

static void stream_that_takes_no_more_is_an_error(void **state)
{
    (void)state;
    va_list none;
    memset(&none, 0, sizeof none);
    FILE *full = fopen("/dev/full", "we");
    assert_non_null(full);
    assert_int_equal(setvbuf(full, NULL, _IONBF, 0), 0);
    assert_int_equal(hf_print(full, "more", none), -1);
    (void)fclose(full);
}

static void pieces_short_and_long_keep_their_order(void **state)
{
    (void)state;
    static char text[300];
    for (int size = 100; size < 299; size++) {
        memset(text, 'x', (size_t)size);
        text[size] = '\0';
        LIKE_THE_C_LIBRARY("%d%s%d%.100s%c", 1234, text, size, text, '!');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_padded_and_cut),
        cmocka_unit_test(numbers_of_every_length_are_printed_to_both_ends),
        cmocka_unit_test(numbers_are_filled_up),
        cmocka_unit_test(unknown_conversion_is_an_error_and_reads_no_argument),
        cmocka_unit_test(stream_that_takes_no_more_is_an_error),
        cmocka_unit_test(pieces_short_and_long_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
