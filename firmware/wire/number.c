#include "wire/number.h"

#include <stdbool.h>

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
