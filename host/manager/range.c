#include "manager/range.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool read_number(const char **at, int64_t *out)
{
    char *end = NULL;
    const char *digits = **at == '-' ? *at + 1 : *at;
    if (!isdigit((unsigned char)*digits))
        return false;
    errno = 0;
    *out = strtoll(*at, &end, 10);
    *at = end;
    return errno == 0;
}

enum hf_err hf_range_parse(const char *text, int64_t step, struct hf_range *out,
                           struct hf_fault *fault)
{
    const char *at = text;
    struct hf_range range = {.step = step};
    bool good = read_number(&at, &range.first) && strncmp(at, "..", 2) == 0;
    at += good ? 2 : 0;
    if (!good || !read_number(&at, &range.last) || *at != '\0')
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%.60s\" is no range: expected A..B with two whole numbers, such as "
                            "0..999999",
                            text);
    if (range.last < range.first)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "the range %.60s is empty: it goes down",
                            text);
    if (step < 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "a step is at least 1");
    *out = range;
    return HF_ERR_OK;
}

uint64_t hf_range_count(const struct hf_range *range)
{
    return ((uint64_t)range->last - (uint64_t)range->first) / (uint64_t)range->step + 1;
}

void hf_range_part(const struct hf_range *range, uint64_t n, int64_t *from, int64_t *to)
{
    uint64_t first = (uint64_t)range->first + n * (uint64_t)range->step;
    uint64_t left = (uint64_t)range->last - first;
    *from = (int64_t)first;
    *to = left < (uint64_t)range->step ? range->last : (int64_t)(first + (uint64_t)range->step - 1);
}
