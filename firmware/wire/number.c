#include "wire/number.h"

#include <stdbool.h>

#define UPPER_HALF 4294967296.0 /* what the lowest of the upper 32 of 64 bits counts */

enum hf_err hf_number_parse(struct hf_str text, int64_t min, int64_t max, int64_t *out)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    size_t first = negative ? 1 : 0;
    if (text.len <= first)
        return HF_ERR_INVALID;

    /* Gathered below zero, where INT64_MIN has room. */
    int64_t value = 0;
    for (size_t i = first; i < text.len; i++) {
        char c = text.data[i];
        if (c < '0' || c > '9')
            return HF_ERR_INVALID;
        int digit = c - '0';
        if (value < (INT64_MIN + digit) / 10)
            return HF_ERR_INVALID;
        value = value * 10 - digit;
    }
    if (!negative && value == INT64_MIN)
        return HF_ERR_INVALID;
    if (!negative)
        value = -value;
    if (value < min || value > max)
        return HF_ERR_INVALID;
    *out = value;
    return HF_ERR_OK;
}

int64_t hf_number_whole(double number, double *rest)
{
    const double positive = number < 0 ? -number : number;
    const uint32_t high = (uint32_t)(positive / UPPER_HALF);
    const double below = positive - high * UPPER_HALF;
    const uint32_t low = (uint32_t)below;
    const int64_t whole = (int64_t)high << 32 | low;
    *rest = number < 0 ? low - below : below - low;
    return number < 0 ? -whole : whole;
}
