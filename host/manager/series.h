#ifndef HF_MANAGER_SERIES_H
#define HF_MANAGER_SERIES_H

#include "manager/range.h"
#include "manager/submission.h"

/*
 * Tasks made from a rule: a range of numbers, or the elements of a JSON array. `args` is the text
 * of a JSON object whose fields come into each payload that is an object; NULL: none.
 */

/* HF_ERR_INVALID: it is no JSON object. */
enum hf_err hf_series_check_args(const char *args, struct hf_fault *fault);

/* One task whose payload is `args` alone. */
enum hf_err hf_series_add_args(struct hf_submission *submission, const char *args,
                               struct hf_fault *fault);

/* A task for each part: {"start": FROM, "end": TO, ...args}, both ends included. */
enum hf_err hf_series_add_range(struct hf_submission *submission, const struct hf_range *range,
                                const char *args, struct hf_fault *fault);

/*
 * A task for each element, as it is written there; of a text its characters. HF_ERR_INVALID: no
 * JSON array, or args and an element that is no object. HF_ERR_NO_MEMORY.
 */
enum hf_err hf_series_add_array(struct hf_submission *submission, const char *json,
                                const char *args, struct hf_fault *fault);

#endif
