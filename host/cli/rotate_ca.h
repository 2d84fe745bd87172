#ifndef HF_CLI_ROTATE_CA_H
#define HF_CLI_ROTATE_CA_H

#include "cli/desk.h"
#include "ledger/boards.h"

/*
 * "rotate ca": what it does beside renewing boards. Blocks while the broker reads its files again.
 */

/*
 * New authorities are believed beside the old ones; `*boards` are those that still need the old
 * ones, by name, allocated: the caller frees it. HF_ERR_BUSY: an `up` or `down` is under way.
 * Errors of hf_succession_begin, the ledger; there is nothing to free then.
 */
enum hf_err hf_rotate_ca_begin(struct hf_desk *desk, struct hf_board **boards, size_t *count,
                               struct hf_fault *fault);

/* The end of it: HF_ERR_BUSY also when boards still need the old ones and not `force`, the fault
 * names them; with it they are given up. */
enum hf_err hf_rotate_ca_finish(struct hf_desk *desk, bool force, struct hf_fault *fault);

#endif
