#include "libc/scan.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define MANTISSA_MAX ((UINT64_MAX - 9) / 10)
#define EXPONENT_MAX 9999 /* what is beyond is infinite or 0 as well */
#define EXACT_POWER  22   /* 10^22 is the last power of ten that a double holds exactly */
#define RANGE_POWER  700  /* takes any mantissa to infinity or 0 */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* --- whole numbers --- */

struct whole {
    uint64_t magnitude;
    bool negative, over; /* over: 64 bits do not hold it */
};

static unsigned digit_of(char c)
{
    const unsigned letter = ((unsigned char)c | ' ') - 'a'; /* the small one of both */
    if (is_digit(c))
        return (unsigned)(c - '0');
    return letter <= 'z' - 'a' ? letter + 10 : UINT_MAX;
}

static struct whole scan_whole(const char *text, char **end, int given)
{
    struct whole whole = {0};
    unsigned base = (unsigned)given;
    const char *at = text + strspn(text, " \t\n\v\f\r");
    whole.negative = *at == '-';
    at += *at == '-' || *at == '+';
    if ((base == 0 || base == 16) && *at == '0' && (at[1] | ' ') == 'x' && digit_of(at[2]) < 16) {
        base = 16;
        at += 2;
    }
    if (base == 0)
        base = *at == '0' ? 8 : 10;
    const char *digits = at;
    for (unsigned digit; (digit = digit_of(*at)) < base; at++) {
        const uint64_t next = whole.magnitude * base + digit;
        whole.over = whole.over || next / base != whole.magnitude;
        whole.magnitude = next;
    }
    if (end)
        *end = (char *)(at > digits ? at : text);
    return whole;
}

int64_t hf_scan_signed(const char *text, char **end, int base, int64_t most)
{
    struct whole whole = scan_whole(text, end, base);
    const uint64_t limit = (uint64_t)most + whole.negative;
    if (whole.over || whole.magnitude > limit) {
        errno = ERANGE;
        whole.magnitude = limit;
    }
    return (int64_t)(whole.negative ? 0 - whole.magnitude : whole.magnitude);
}

uint64_t hf_scan_unsigned(const char *text, char **end, int base, uint64_t most)
{
    const struct whole whole = scan_whole(text, end, base);
    if (whole.over || whole.magnitude > most) {
        errno = ERANGE;
        return most;
    }
    return whole.negative ? 0 - whole.magnitude : whole.magnitude;
}

/* --- numbers with a point or an exponent --- */

/* The digits as one whole number; `*exponent` becomes the power of ten it is to be taken by. What
 * does not fit into 64 bits counts as zeros. */
static const char *scan_mantissa(const char *text, uint64_t *mantissa, int *exponent)
{
    const char *at = text;
    bool point = false;
    bool digits = false;
    for (; is_digit(*at) || (*at == '.' && !point); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        digits = true;
        if (*mantissa <= MANTISSA_MAX)
            *mantissa = *mantissa * 10 + (uint64_t)(*at - '0');
        else if (*exponent < EXPONENT_MAX)
            ++*exponent;
        if (point && *exponent > -EXPONENT_MAX)
            --*exponent;
    }
    return digits ? at : NULL;
}

static const char *scan_exponent(const char *text, int *exponent)
{
    if (*text != 'e' && *text != 'E')
        return text;
    const char *at = text + 1;
    const bool negative = *at == '-';
    int value = 0;
    at += *at == '-' || *at == '+';
    if (!is_digit(*at))
        return text;
    for (; is_digit(*at); at++)
        value = value < EXPONENT_MAX ? value * 10 + (*at - '0') : value;
    *exponent += negative ? -value : value;
    return at;
}

static double power_of_ten(int exponent)
{
    double power = 1;
    for (; exponent > 0; exponent--)
        power *= 10;
    return power;
}

/* One rounding when both are exact, which whole numbers up to 2^53 are: trailing zeros first go
 * from the mantissa to the exponent. */
static double scale(uint64_t mantissa, int exponent)
{
    for (; exponent < 0 && mantissa > 0 && mantissa % 10 == 0; exponent++)
        mantissa /= 10;
    double value = (double)mantissa;
    const bool up = exponent > 0;
    int left = up ? exponent : -exponent;
    if (left > RANGE_POWER)
        left = RANGE_POWER;
    for (; mantissa > 0 && left > 0; left -= EXACT_POWER) {
        const double power = power_of_ten(left < EXACT_POWER ? left : EXACT_POWER);
        value = up ? value * power : value / power;
    }
    return value;
}

double hf_scan_double(const char *text, char **end)
{
    const bool negative = *text == '-';
    uint64_t mantissa = 0;
    int exponent = 0;
    const char *at = scan_mantissa(text + (negative || *text == '+'), &mantissa, &exponent);
    if (at)
        at = scan_exponent(at, &exponent);
    if (end)
        *end = (char *)(at ? at : text);
    const double value = at ? scale(mantissa, exponent) : 0;
    return negative ? -value : value;
}
