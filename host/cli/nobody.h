#ifndef HF_CLI_NOBODY_H
#define HF_CLI_NOBODY_H

#include "cli/desk.h"

/*
 * A note on stderr when no board is there for a job: better known of now than by waiting. Boards
 * are given a moment to be heard first: what they said lately waits at the broker. Said once.
 */

struct hf_nobody {
    const struct hf_command *command;
    struct hf_desk *desk;
    const struct hf_job *job; /* borrowed */
    int64_t since_ms;
    bool said;
};

void hf_nobody_begin(struct hf_nobody *nobody, const struct hf_command *command,
                     struct hf_desk *desk, const struct hf_job *job);

/* To be called now and then by a command that stays. */
void hf_nobody_watch(struct hf_nobody *nobody);

/* For a command that leaves: listens for a moment and says it now. Needs the courier. */
void hf_nobody_leave(struct hf_nobody *nobody);

#endif
