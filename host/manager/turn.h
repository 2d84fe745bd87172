#ifndef HF_MANAGER_TURN_H
#define HF_MANAGER_TURN_H

#include "home/home.h"

/*
 * Whose turn it is to publish: one process at a time for a data folder, or every pending task
 * would go out once for each. Held through a locked file, so it ends with the process.
 */

/* `*fd` is to be closed by the caller, which ends the turn. HF_ERR_BUSY: another has it. */
enum hf_err hf_turn_take(const struct hf_home *home, int *fd, struct hf_fault *fault);

#endif
