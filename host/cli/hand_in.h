#ifndef HF_CLI_HAND_IN_H
#define HF_CLI_HAND_IN_H

#include "cli/command.h"
#include "cli/desk.h"
#include "cli/source.h"

/* The way of a command that makes one job of now and stays with it: run and map. */

/* With the broker in reach: the rest of the command. Its exit code. */
typedef int hf_hand_in_stay_fn(void *context, struct hf_desk *desk,
                               const struct hf_entered *entered);

/*
 * Puts the job of `order` into the ledger, connects, and calls `stay`. The exit code of the
 * command: that of `stay`, or of what went wrong before, which is said then. A job whose broker is
 * out of reach is kept. No lines, where empty ones count as tasks, are no job, and well.
 */
int hf_hand_in(const struct hf_command *command, struct hf_order *order,
               const struct hf_source *source, hf_hand_in_stay_fn *stay, void *context);

#endif
