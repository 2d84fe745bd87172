#include "wire/ident.h"

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
    return is_lower(c) || is_digit(c) || c == '-';
}

static bool is_handler_char(char c)
{
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
}

static bool is_id_char(char c)
{
    return is_handler_char(c) || c == ':';
}

static bool is_label_char(char c)
{
    return is_id_char(c) || c == '=';
}

static bool all(struct hf_str text, bool (*allowed)(char))
{
    for (size_t i = 0; i < text.len; i++) {
        if (!allowed(text.data[i]))
            return false;
    }
    return true;
}

bool hf_name_valid(struct hf_str name)
{
    return name.len > 0 && name.len <= HF_NAME_MAX && name.data[0] != '-' &&
           all(name, is_name_char);
}

/* Begins with a letter or digit, and is no longer than a name. */
static bool begins_well(struct hf_str name)
{
    if (name.len == 0 || name.len > HF_NAME_MAX)
        return false;
    char first = name.data[0];
    return is_lower(first) || is_upper(first) || is_digit(first);
}

bool hf_handler_name_valid(struct hf_str name)
{
    return begins_well(name) && all(name, is_handler_char);
}

bool hf_label_valid(struct hf_str label)
{
    return begins_well(label) && all(label, is_label_char);
}

bool hf_id_valid(struct hf_str id)
{
    return id.len > 0 && id.len <= HF_ID_MAX && id.data[0] != '.' && id.data[0] != '-' &&
           all(id, is_id_char);
}

void hf_uuid7(char text[HF_UUID_TEXT + 1], uint64_t unix_ms, const uint8_t random[10])
{
    static const char DIGITS[] = "0123456789abcdef";
    uint8_t bytes[16];
    for (unsigned i = 0; i < 6; i++)
        bytes[i] = (uint8_t)(unix_ms >> (8 * (5 - i)));
    for (unsigned i = 0; i < 10; i++)
        bytes[6 + i] = random[i];
    bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x70); /* version 7 */
    bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80); /* variant 10 */

    char *at = text;
    for (unsigned i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = DIGITS[bytes[i] >> 4];
        *at++ = DIGITS[bytes[i] & 0x0F];
    }
    *at = '\0';
}
