#ifndef HF_WIRE_TASK_FIELDS_H
#define HF_WIRE_TASK_FIELDS_H

#include "wire/task.h"

/*
 * Inside wire/ only: the fields that an enveloped and a plain task are read from alike. Each
 * function fills in its part of a zeroed `task`; on HF_ERR_INVALID that part is left as it was
 * and `fault` names field and value.
 */

#define HF_TASK_ID_RULE      "1 to 64 of A-Z a-z 0-9 . _ : -, not beginning with '.' or '-'"
#define HF_TASK_HANDLER_RULE "1 to 32 of A-Z a-z 0-9 . _ -, beginning with a letter or digit"

/* The two arguments of a "%.*s" that quotes a foreign text; no more of it than helps. */
#define HF_TASK_QUOTE(str) (int)((str).len > 80 ? 80 : (str).len), (str).len > 0 ? (str).data : ""

/* An id of `property`, into `out`. */
enum hf_err hf_task_read_id(const char *property, struct hf_str id, char out[HF_ID_MAX + 1],
                            struct hf_fault *fault);

/* job, from correlation_id. */
enum hf_err hf_task_read_job(const struct hf_envelope *envelope, struct hf_task *task,
                             struct hf_fault *fault);

/* handler; an empty view is the worker's default. */
enum hf_err hf_task_read_handler(struct hf_str handler, struct hf_task *task,
                                 struct hf_fault *fault);

/* sender, priority, and the numbers in the headers. */
enum hf_err hf_task_read_facts(const struct hf_envelope *envelope, struct hf_task *task,
                               struct hf_fault *fault);

/* Zeroes everything but id and job: what a refusal still needs. */
void hf_task_leave_ids(struct hf_task *task);

#endif
