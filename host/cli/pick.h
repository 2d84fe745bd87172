#ifndef HF_CLI_PICK_H
#define HF_CLI_PICK_H

#include "cli/desk.h"
#include "ledger/tasks.h"

/*
 * What a person means by ID|JOB: a task by its id, the beginning of that or JOB/SEQ; else a job by
 * its number, id, beginning or name.
 */

struct hf_pick {
    bool is_job;
    struct hf_job job; /* of the task too */
    struct hf_entry task;
};

/* Prints its own failure and returns an enum hf_exit. */
int hf_pick_find(const struct hf_command *command, const struct hf_desk *desk, const char *text,
                 struct hf_pick *out);

/* The same for a task only. */
int hf_pick_task(const struct hf_command *command, const struct hf_desk *desk, const char *text,
                 struct hf_pick *out);

#endif
