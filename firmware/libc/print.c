#include "libc/print.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DIGITS_MAX 24  /* of 64 bits */
#define HELD_MAX   128 /* bytes that are written together: most pieces are very short */

_Static_assert(sizeof(size_t) == sizeof(long) && sizeof(ptrdiff_t) == sizeof(long) &&
                   sizeof(intmax_t) == sizeof(long long),
               "z and t are taken as l, j as ll");

/* One conversion, as the format has it. */
struct spec {
    bool left, zero;
    int width;
    int precision; /* -1: none is given */
    int longs;     /* hh: -2, h: -1, l and what is as wide: 1, ll: 2 */
    char conversion;
};

struct printing {
    FILE *out;
    va_list args;
    int64_t printed;
    bool failed;
    size_t held_len;
    char held[HELD_MAX];
};

/* --- out --- */

static void write_out(struct printing *to, const char *text, size_t len)
{
    to->failed = to->failed || fwrite(text, 1, len, to->out) != len;
}

static void put(struct printing *to, const char *text, size_t len)
{
    to->printed += (int64_t)len;
    if (len > HELD_MAX - to->held_len) {
        write_out(to, to->held, to->held_len);
        to->held_len = 0;
    }
    if (len > HELD_MAX) {
        write_out(to, text, len);
        return;
    }
    memcpy(to->held + to->held_len, text, len);
    to->held_len += len;
}

static void fill(struct printing *to, bool zeros, int64_t count)
{
    for (; count > 0; count--)
        put(to, zeros ? "0" : " ", 1);
}

/* `prefix` stands before the zeros that a number is filled up with. */
static void put_padded(struct printing *to, const struct spec *spec, const char *prefix, int zeros,
                       const char *text, size_t len)
{
    const size_t prefix_len = strlen(prefix);
    const int64_t blanks = spec->width - (int64_t)len - zeros - (int64_t)prefix_len;
    if (!spec->left)
        fill(to, false, blanks);
    put(to, prefix, prefix_len);
    fill(to, true, zeros);
    put(to, text, len);
    if (spec->left)
        fill(to, false, blanks);
}

static void put_text(struct printing *to, const struct spec *spec, const char *text)
{
    const char *shown = text ? text : "(null)";
    const size_t most = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;
    put_padded(to, spec, "", 0, shown, most == SIZE_MAX ? strlen(shown) : strnlen(shown, most));
}

static void put_number(struct printing *to, const struct spec *spec, const char *prefix,
                       uint64_t value)
{
    const char *digits = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    const unsigned base = strchr("xXp", spec->conversion) ? 16 : 10;
    char text[DIGITS_MAX];
    int len = 0;
    for (; value > 0; value /= base)
        text[DIGITS_MAX - ++len] = digits[value % base];
    int least = spec->precision < 0 ? 1 : spec->precision;
    if (spec->zero && !spec->left && spec->precision < 0)
        least = spec->width - (int)strlen(prefix);
    least = least < 1 && spec->precision < 0 ? 1 : least;
    put_padded(to, spec, prefix, least > len ? least - len : 0, text + DIGITS_MAX - len,
               (size_t)len);
}

/* --- arguments --- */

static int64_t take_signed(struct printing *to, const struct spec *spec)
{
    switch (spec->longs) {
    case 2: return va_arg(to->args, long long);
    case 1: return va_arg(to->args, long);
    case -1: return (short)va_arg(to->args, int);
    case -2: return (signed char)va_arg(to->args, int);
    default: return va_arg(to->args, int);
    }
}

static uint64_t take_unsigned(struct printing *to, const struct spec *spec)
{
    switch (spec->longs) {
    case 2: return va_arg(to->args, unsigned long long);
    case 1: return va_arg(to->args, unsigned long);
    case -1: return (unsigned short)va_arg(to->args, unsigned);
    case -2: return (unsigned char)va_arg(to->args, unsigned);
    default: return va_arg(to->args, unsigned);
    }
}

static bool convert(struct printing *to, const struct spec *spec)
{
    switch (spec->conversion) {
    case 'd':
    case 'i': {
        const int64_t value = take_signed(to, spec);
        put_number(to, spec, value < 0 ? "-" : "",
                   value < 0 ? UINT64_C(0) - (uint64_t)value : (uint64_t)value);
        return true;
    }
    case 'u':
    case 'x':
    case 'X': put_number(to, spec, "", take_unsigned(to, spec)); return true;
    case 'p': put_number(to, spec, "0x", (uintptr_t)va_arg(to->args, void *)); return true;
    case 's': put_text(to, spec, va_arg(to->args, const char *)); return true;
    case 'c': {
        const char letter = (char)va_arg(to->args, int);
        put_padded(to, spec, "", 0, &letter, 1);
        return true;
    }
    case '%': put(to, "%", 1); return true;
    default: return false;
    }
}

/* --- the format --- */

static int read_count(struct printing *to, const char **at)
{
    int count = 0;
    if (**at == '*') {
        (*at)++;
        return va_arg(to->args, int);
    }
    for (; **at >= '0' && **at <= '9'; (*at)++)
        count = count < INT_MAX / 16 ? count * 10 + (**at - '0') : count;
    return count;
}

static const char *read_spec(struct printing *to, const char *at, struct spec *spec)
{
    *spec = (struct spec){.precision = -1};
    for (; *at == '-' || *at == '0'; at++)
        *(*at == '-' ? &spec->left : &spec->zero) = true;
    spec->width = read_count(to, &at);
    if (spec->width < 0) {
        spec->left = true;
        spec->width = spec->width == INT_MIN ? INT_MAX : -spec->width;
    }
    if (*at == '.') {
        at++;
        spec->precision = read_count(to, &at);
    }
    for (; *at == 'l' || *at == 'h'; at++)
        spec->longs += *at == 'l' ? 1 : -1;
    if (*at == 'z' || *at == 'j' || *at == 't')
        spec->longs = *at++ == 'j' ? 2 : 1;
    spec->conversion = *at;
    return *at == '\0' ? at : at + 1;
}

int hf_print(FILE *out, const char *format, va_list args)
{
    struct printing to;
    struct spec spec;
    bool known = true;
    to.out = out;
    to.printed = 0;
    to.failed = false;
    to.held_len = 0;
    va_copy(to.args, args);
    while (known && *format != '\0') {
        const size_t plain = strcspn(format, "%");
        put(&to, format, plain);
        format += plain;
        if (*format == '%') {
            format = read_spec(&to, format + 1, &spec);
            known = convert(&to, &spec);
        }
    }
    va_end(to.args);
    write_out(&to, to.held, to.held_len);
    if (!known)
        errno = EINVAL;
    return known && !to.failed && to.printed <= INT_MAX ? (int)to.printed : -1;
}
