#ifndef HF_MANAGER_RANGE_H
#define HF_MANAGER_RANGE_H

#include "wire/fault.h"

#include <stdint.h>

/* Numbers from `first` to `last`, both included, in parts of `step` numbers. Pure. */
struct hf_range {
    int64_t first, last, step;
};

/* "A..B", with A at most B; `step` at least 1. HF_ERR_INVALID. */
enum hf_err hf_range_parse(const char *text, int64_t step, struct hf_range *out,
                           struct hf_fault *fault);

/* How many parts there are; the last one may be shorter. */
uint64_t hf_range_count(const struct hf_range *range);

/* Part number `n` from 0; both ends included. */
void hf_range_part(const struct hf_range *range, uint64_t n, int64_t *from, int64_t *to);

#endif
