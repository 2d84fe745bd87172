#ifndef HF_CLI_JSON_H
#define HF_CLI_JSON_H

#include "ledger/results.h"
#include "ledger/strays.h"

#include <cJSON.h>

/*
 * Jobs, tasks and results as JSON objects; host/README.md documents every key. NULL when memory
 * ran out; the caller deletes them.
 */

/* A job and how its tasks stand. */
cJSON *hf_json_job(const struct hf_job *job, const struct hf_counts *counts);

cJSON *hf_json_task(const struct hf_entry *entry);

/*
 * A task with the result that ended it. The output is text when it is UTF-8, base64 otherwise; a
 * large one is named as a file in `folder`.
 */
cJSON *hf_json_result(const struct hf_ending *ending, const char *folder);

cJSON *hf_json_stray(const struct hf_stray *stray, const char *folder);

/* Prints an object on one line of stdout and deletes it. An enum hf_exit. */
int hf_json_line(cJSON *object);

#endif
