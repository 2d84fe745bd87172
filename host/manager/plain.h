#ifndef HF_MANAGER_PLAIN_H
#define HF_MANAGER_PLAIN_H

#include "ledger/bodies.h"
#include "wire/task.h"

/*
 * The JSON body of a plain task, from its payload in `reader`; allocated, the caller frees it.
 * HF_ERR_TOO_LARGE (over HF_PLAIN_BODY_MAX), HF_ERR_INVALID (no UTF-8 text), HF_ERR_MALFORMED (the
 * payload is cut off), HF_ERR_IO, HF_ERR_NO_MEMORY.
 */
enum hf_err hf_plain_body(const struct hf_task *task, struct hf_body_reader *reader, char **out,
                          struct hf_fault *fault);

#endif
