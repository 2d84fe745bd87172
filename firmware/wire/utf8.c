#include "wire/utf8.h"

#include <string.h>

struct lead {
    unsigned char first, last; /* range of the first byte */
    unsigned char len;
    unsigned char second_min, second_max;
};

static const struct lead LEADS[] = {
    {0x00, 0x7F, 1, 0, 0},       {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3, 0x80, 0xBF}, {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF},
    {0xF0, 0xF0, 4, 0x90, 0xBF}, {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F},
};

static const struct lead *find_lead(unsigned char byte)
{
    for (size_t i = 0; i < sizeof LEADS / sizeof *LEADS; i++) {
        if (byte >= LEADS[i].first && byte <= LEADS[i].last)
            return &LEADS[i];
    }
    return NULL;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

size_t hf_utf8_char(struct hf_str text)
{
    if (text.len == 0)
        return 0;
    const struct lead *lead = find_lead((unsigned char)text.data[0]);
    if (!lead || lead->len > text.len)
        return 0;
    if (lead->len == 1)
        return 1;
    unsigned char second = (unsigned char)text.data[1];
    if (second < lead->second_min || second > lead->second_max)
        return 0;
    for (size_t i = 2; i < lead->len; i++) {
        if (!is_continuation(text.data[i]))
            return 0;
    }
    return lead->len;
}

bool hf_utf8_valid(struct hf_str text)
{
    while (text.len > 0) {
        size_t len = hf_utf8_char(text);
        if (len == 0)
            return false;
        text.data += len;
        text.len -= len;
    }
    return true;
}

struct hf_str hf_utf8_head(struct hf_str text, size_t max)
{
    if (text.len <= max)
        return text;
    size_t len = max;
    for (int i = 0; i < 3 && len > 0 && is_continuation(text.data[len]); i++)
        len--;
    /* Four continuation bytes in a row are no character: cut anywhere. */
    text.len = len > 0 && is_continuation(text.data[len]) ? max : len;
    return text;
}

struct hf_str hf_utf8_tail(struct hf_str text, size_t max)
{
    if (text.len <= max)
        return text;
    text.data += text.len - max;
    text.len = max;
    for (int i = 0; i < 3 && text.len > 0 && is_continuation(text.data[0]); i++) {
        text.data++;
        text.len--;
    }
    return text;
}

bool hf_utf8_is_control(const char *at, size_t len)
{
    unsigned char first = (unsigned char)at[0];
    if (len == 1)
        return first < 0x20 || first == 0x7F;
    return len == 2 && first == 0xC2 && (unsigned char)at[1] < 0xA0;
}

static bool is_plain(char byte)
{
    return byte >= 0x20 && byte < 0x7F;
}

void hf_utf8_clean(char *text, bool keep_lines)
{
    size_t left = strlen(text);
    while (left > 0) {
        if (is_plain(*text)) {
            text++;
            left--;
            continue;
        }
        struct hf_str rest = {text, left};
        size_t len = hf_utf8_char(rest);
        size_t step = len > 0 ? len : 1;
        bool kept = keep_lines && (*text == '\n' || *text == '\t');
        if (len == 0 || (!kept && hf_utf8_is_control(text, len)))
            memset(text, '?', step);
        text += step;
        left -= step;
    }
}
