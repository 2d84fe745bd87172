#include "handlers/ask.h"

#include "handlers/io.h"
#include "wire/hex.h"
#include "wire/number.h"
#include "wire/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define SHOWN_MAX 60 /* bytes of a bad value in a message */
#define WORDS_MAX 120
#define HEX_MAX   7 /* digits */

int hf_ask_read(const struct hf_handler_io *io, char body[HF_ASK_MAX + 1],
                struct hf_json_field *fields, size_t count, const char *example)
{
    const ssize_t len = hf_io_read_all(io, body, HF_ASK_MAX + 1);
    if (len < 0)
        return hf_io_fail(io, EX_IOERR, "cannot read the payload: %s", strerror(errno));
    if (len > HF_ASK_MAX)
        return hf_io_fail(io, EX_DATAERR, "the payload is over the limit of %d bytes", HF_ASK_MAX);
    struct hf_fault fault = {0};
    if (hf_json_read((struct hf_str){body, (size_t)len}, fields, count, &fault) != HF_ERR_OK)
        return hf_io_fail(io, EX_DATAERR, "the payload is no JSON object (%s); expected %s",
                          fault.text, example);
    return EX_OK;
}

static int bad(const struct hf_handler_io *io, const struct hf_json_field *field,
               const char *expected)
{
    const struct hf_str value = field->value.len > 0 ? field->value : hf_str("missing");
    return hf_io_fail(io, EX_DATAERR, "\"%s\" is %.*s; expected %s", field->name,
                      (int)hf_utf8_head(value, SHOWN_MAX).len, value.data, expected);
}

/* "0x48" with its quotes -> 72; -1: nothing of the kind. */
static int64_t hexadecimal(struct hf_str text)
{
    static const char BEGIN[] = "\"0x";
    const size_t before = sizeof BEGIN - 1;
    int64_t number = 0;
    if (text.len < before + 2 || text.len > before + HEX_MAX + 1 ||
        memcmp(text.data, BEGIN, before) != 0 || text.data[text.len - 1] != '"')
        return -1;
    for (size_t i = before; i + 1 < text.len; i++) {
        const int digit = hf_hex_digit(text.data[i]);
        if (digit < 0)
            return -1;
        number = number * 16 + digit;
    }
    return number;
}

int hf_ask_number(const struct hf_handler_io *io, const struct hf_json_field *field, int64_t min,
                  int64_t max, int64_t *out)
{
    char expected[80];
    const int64_t hex = hexadecimal(field->value);
    if (field->value.len == 0 && *out >= min && *out <= max)
        return EX_OK;
    if (hex >= min && hex <= max && hex >= 0) {
        *out = hex;
        return EX_OK;
    }
    if (hf_number_parse(field->value, min, max, out) == HF_ERR_OK)
        return EX_OK;
    (void)snprintf(expected, sizeof expected, "a whole number from %" PRId64 " to %" PRId64, min,
                   max);
    return bad(io, field, expected);
}

int hf_ask_word(const struct hf_handler_io *io, const struct hf_json_field *field,
                const char *const *words, int *out)
{
    char text[WORDS_MAX] = "", expected[WORDS_MAX];
    size_t used = 0;
    if (field->value.len == 0 && *out >= 0)
        return EX_OK;
    (void)hf_json_text_into(field->value, text, sizeof text);
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], text) == 0) {
            *out = i;
            return EX_OK;
        }
        const int len = snprintf(expected + used, sizeof expected - used, "%s\"%s\"",
                                 i == 0 ? "" : " or ", words[i]);
        if (len > 0 && (size_t)len < sizeof expected - used)
            used += (size_t)len;
    }
    return bad(io, field, expected);
}
