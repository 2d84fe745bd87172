#ifndef HF_WIRE_NUMBER_H
#define HF_WIRE_NUMBER_H

#include "wire/err.h"
#include "wire/str.h"

#include <stdint.h>

/* Largest whole number that every JSON reader keeps exact: 2^53 - 1. */
#define HF_NUMBER_EXACT_MAX INT64_C(9007199254740991)

/* The last millisecond of the year 9999, as Unix ms: what a point in time may be at most. */
#define HF_UNIX_MS_MAX INT64_C(253402300799999)

/*
 * Decimal text, `-?[0-9]+` and nothing else (no blank, no '+', no fraction, no exponent), in
 * [min, max]. HF_ERR_INVALID otherwise; `out` is untouched then.
 */
enum hf_err hf_number_parse(struct hf_str text, int64_t min, int64_t max, int64_t *out);

#endif
