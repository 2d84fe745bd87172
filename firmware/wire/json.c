#include "wire/json.h"

#include "cJSON.h"
#include "wire/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct scan {
    const char *at;
    const char *end;
    const char *what; /* the first thing found wrong; `at` is where */
    unsigned depth;
    struct hf_json_field *fields;
    size_t count;
};

static bool scan_value(struct scan *scan);

static bool wrong(struct scan *scan, const char *what)
{
    scan->what = what;
    return false;
}

static size_t left(const struct scan *scan)
{
    return (size_t)(scan->end - scan->at);
}

/* The byte ahead; 0 at the end, which no rule of JSON accepts either. */
static char ahead(const struct scan *scan)
{
    return scan->at < scan->end ? *scan->at : '\0';
}

static bool take(struct scan *scan, char c)
{
    if (scan->at >= scan->end || *scan->at != c)
        return false;
    scan->at++;
    return true;
}

static void skip_space(struct scan *scan)
{
    while (ahead(scan) == ' ' || ahead(scan) == '\t' || ahead(scan) == '\n' || ahead(scan) == '\r')
        scan->at++;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Four hex digits; -1: there are none. */
static int32_t take_hex4(struct scan *scan)
{
    if (left(scan) < 4)
        return -1;
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(scan->at[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    scan->at += 4;
    return value;
}

static bool scan_unicode_escape(struct scan *scan)
{
    int32_t unit = take_hex4(scan);
    if (unit < 0)
        return wrong(scan, "\\u wants four hex digits");
    if (unit >= 0xDC00 && unit <= 0xDFFF)
        return wrong(scan, "half of a surrogate pair");
    if (unit < 0xD800 || unit > 0xDBFF)
        return true;
    if (!take(scan, '\\') || !take(scan, 'u'))
        return wrong(scan, "half of a surrogate pair");
    int32_t low = take_hex4(scan);
    if (low < 0xDC00 || low > 0xDFFF)
        return wrong(scan, "half of a surrogate pair");
    return true;
}

static bool scan_escape(struct scan *scan)
{
    if (take(scan, 'u'))
        return scan_unicode_escape(scan);
    if (ahead(scan) == '\0' || !strchr("\"\\/bfnrt", ahead(scan)))
        return wrong(scan, "no such escape in a string");
    scan->at++;
    return true;
}

static bool scan_string(struct scan *scan)
{
    if (!take(scan, '"'))
        return wrong(scan, "a string was expected");
    while (!take(scan, '"')) {
        if (scan->at >= scan->end)
            return wrong(scan, "a string does not end");
        if (take(scan, '\\')) {
            if (!scan_escape(scan))
                return false;
            continue;
        }
        struct hf_str rest = {scan->at, left(scan)};
        size_t len = hf_utf8_char(rest);
        if (len == 0)
            return wrong(scan, "not UTF-8");
        if ((unsigned char)*scan->at < 0x20)
            return wrong(scan, "a control character in a string must be escaped");
        scan->at += len;
    }
    return true;
}

static bool scan_digits(struct scan *scan)
{
    if (!is_digit(ahead(scan)))
        return wrong(scan, "a digit was expected");
    while (is_digit(ahead(scan)))
        scan->at++;
    return true;
}

static bool scan_number(struct scan *scan)
{
    take(scan, '-');
    if (take(scan, '0')) {
        if (is_digit(ahead(scan)))
            return wrong(scan, "a number must not begin with 0");
    } else if (!scan_digits(scan)) {
        return false;
    }
    if (take(scan, '.') && !scan_digits(scan))
        return false;
    if (!take(scan, 'e') && !take(scan, 'E'))
        return true;
    if (!take(scan, '+'))
        take(scan, '-');
    return scan_digits(scan);
}

static bool scan_word(struct scan *scan, const char *word)
{
    size_t len = strlen(word);
    if (left(scan) < len || memcmp(scan->at, word, len) != 0)
        return wrong(scan, "a value was expected");
    scan->at += len;
    return true;
}

static bool scan_array(struct scan *scan)
{
    scan->at++;
    skip_space(scan);
    if (take(scan, ']'))
        return true;
    do {
        if (!scan_value(scan))
            return false;
        skip_space(scan);
    } while (take(scan, ','));
    return take(scan, ']') || wrong(scan, "',' or ']' was expected");
}

static bool keep(struct scan *scan, struct hf_str name, struct hf_str value)
{
    for (size_t i = 0; i < scan->count; i++) {
        struct hf_json_field *field = &scan->fields[i];
        if (!hf_str_equal(name, hf_str(field->name)))
            continue;
        if (field->value.len > 0)
            return wrong(scan, "a field is there twice");
        field->value = value;
    }
    return true;
}

static bool scan_member(struct scan *scan)
{
    skip_space(scan);
    const char *key = scan->at;
    if (!scan_string(scan))
        return false;
    struct hf_str name = {key + 1, (size_t)(scan->at - key) - 2};
    skip_space(scan);
    if (!take(scan, ':'))
        return wrong(scan, "':' was expected");
    skip_space(scan);
    struct hf_str value = {scan->at, 0};
    if (!scan_value(scan))
        return false;
    value.len = (size_t)(scan->at - value.data);
    return scan->depth > 1 || keep(scan, name, value);
}

static bool scan_object(struct scan *scan)
{
    scan->at++;
    skip_space(scan);
    if (take(scan, '}'))
        return true;
    do {
        if (!scan_member(scan))
            return false;
        skip_space(scan);
    } while (take(scan, ','));
    return take(scan, '}') || wrong(scan, "',' or '}' was expected");
}

/* The one place that recurses: no deeper than HF_JSON_DEPTH_MAX. */
static bool scan_nested(struct scan *scan)
{
    if (scan->depth >= HF_JSON_DEPTH_MAX)
        return wrong(scan, "nested too deeply");
    scan->depth++;
    bool ok = *scan->at == '{' ? scan_object(scan) : scan_array(scan);
    scan->depth--;
    return ok;
}

static bool scan_value(struct scan *scan)
{
    skip_space(scan);
    switch (ahead(scan)) {
    case '{':
    case '[': return scan_nested(scan);
    case '"': return scan_string(scan);
    case 't': return scan_word(scan, "true");
    case 'f': return scan_word(scan, "false");
    case 'n': return scan_word(scan, "null");
    default: break;
    }
    if (ahead(scan) != '-' && !is_digit(ahead(scan)))
        return wrong(scan, "a value was expected");
    return scan_number(scan);
}

static bool scan_body(struct scan *scan)
{
    skip_space(scan);
    if (ahead(scan) != '{')
        return wrong(scan, "a JSON object was expected");
    if (!scan_value(scan))
        return false;
    skip_space(scan);
    return scan->at == scan->end || wrong(scan, "something follows the object");
}

enum hf_err hf_json_read(struct hf_str body, struct hf_json_field *fields, size_t count,
                         struct hf_fault *fault)
{
    for (size_t i = 0; i < count; i++)
        fields[i].value = hf_str(NULL);
    if (body.len == 0)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "the body is empty, wanted a JSON object");

    struct scan scan = {
        .at = body.data, .end = body.data + body.len, .fields = fields, .count = count};
    if (!scan_body(&scan))
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                            "the body is not usable JSON at byte %zu: %s",
                            (size_t)(scan.at - body.data), scan.what);
    return HF_ERR_OK;
}

bool hf_json_item(struct hf_str *rest, struct hf_str *item)
{
    struct scan scan = {.at = rest->data, .end = rest->data + rest->len, .depth = 1};
    if (!take(&scan, '[') && !take(&scan, ','))
        return false;
    skip_space(&scan);
    const char *begin = scan.at;
    if (ahead(&scan) == ']' || !scan_value(&scan))
        return false;
    item->data = begin;
    item->len = (size_t)(scan.at - begin);
    skip_space(&scan);
    rest->data = scan.at;
    rest->len = left(&scan);
    return true;
}

static bool holds_escaped_zero(struct hf_str value)
{
    for (size_t i = 0; i + 5 < value.len; i++) {
        if (value.data[i] != '\\')
            continue;
        if (memcmp(value.data + i + 1, "u0000", 5) == 0)
            return true;
        i++;
    }
    return false;
}

enum hf_err hf_json_text(struct hf_str value, char **out)
{
    if (value.len < 2 || value.data[0] != '"' || holds_escaped_zero(value))
        return HF_ERR_INVALID;
    cJSON *item = cJSON_ParseWithLength(value.data, value.len);
    if (!item)
        return HF_ERR_NO_MEMORY;
    *out = item->valuestring;
    item->valuestring = NULL;
    cJSON_Delete(item);
    return HF_ERR_OK;
}

enum hf_err hf_json_text_into(struct hf_str value, char *to, size_t size)
{
    /* No character is written longer than \uXXXX. */
    if (value.len > 6 * size)
        return HF_ERR_TOO_LARGE;
    char *text = NULL;
    enum hf_err err = hf_json_text(value, &text);
    if (err != HF_ERR_OK)
        return err;
    bool fits = hf_str_copy(to, size, hf_str(text));
    free(text);
    return fits ? HF_ERR_OK : HF_ERR_TOO_LARGE;
}
