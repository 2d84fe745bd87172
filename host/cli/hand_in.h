#ifndef HF_CLI_HAND_IN_H
#define HF_CLI_HAND_IN_H

#include "cli/command.h"
#include "cli/desk.h"
#include "cli/source.h"

/* The way of every command that hands in tasks: submit, run and map. */

/*
 * The rest of the command, once the job is in the ledger; its exit code. `reached` is HF_EXIT_OK
 * with the courier there, or why it is not, which has been said, and that the job is kept. In a dry
 * run, and for a schedule, there is no courier and nothing to send.
 */
typedef int hf_hand_in_rest_fn(void *context, struct hf_desk *desk,
                               const struct hf_entered *entered, int reached);

struct hf_hand_in {
    struct hf_order *order; /* its targets and its patience are filled in */
    const struct hf_source *source;
    bool all_boards; /* a task for each board that is enrolled */
    hf_hand_in_rest_fn *rest;
    void *context;
};

/*
 * Puts the job of the order into the ledger, connects, and calls `rest`. The exit code of the
 * command: that of `rest`, or of what went wrong before, which is said then. No lines, where empty
 * ones count as tasks, are no job, and well.
 */
int hf_hand_in(const struct hf_command *command, const struct hf_hand_in *hand_in);

#endif
