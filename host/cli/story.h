#ifndef HF_CLI_STORY_H
#define HF_CLI_STORY_H

#include "ledger/tasks.h"

#include <cJSON.h>
#include <stdio.h>

/* The whole story of a task: what it is, each attempt with what came of it, its progress. */

/* For a person. Errors of the ledger. */
enum hf_err hf_story_print(struct hf_ledger *ledger, const struct hf_entry *task, bool colours,
                           FILE *to, struct hf_fault *fault);

/* hf_json_task() with "attempts" and "progress"; host/README.md documents the keys. */
enum hf_err hf_story_json(struct hf_ledger *ledger, const struct hf_entry *task, cJSON **out,
                          struct hf_fault *fault);

#endif
