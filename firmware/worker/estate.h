#ifndef HF_WORKER_ESTATE_H
#define HF_WORKER_ESTATE_H

#include "worker/privilege.h"
#include "worker/state.h"

/*
 * Who has what of the state folder, where the worker gives root away:
 *
 *   state/      root's, with the sticky bit, open to the group HF_PRIVILEGE_ID: the worker makes
 *               files in it, and can neither rename nor remove what is root's
 *   agent/, handlers/, work/    root's: what root runs or lets run, and the way to work folders
 *   all else    the worker's: journal, tombstones, time, identity, lock
 *
 * Done anew at each start, so that what a worker left behind that was root still, or another user,
 * goes on being used. What stands under one of root's three names and is not root's own was not
 * made by it, and is removed.
 */

/*
 * A worker that was taken over must not lead root elsewhere: HF_ERR_DENIED where it may change a
 * folder above `path`, or the file itself. What is not there, and the folder that `path` may be, is
 * not looked at.
 */
enum hf_err hf_estate_check(const char *path, const struct hf_privilege *privilege,
                            struct hf_fault *fault);

/* Makes the folder of those paths where it is missing. Errors of hf_estate_check, HF_ERR_DENIED,
 * HF_ERR_NO_SPACE, HF_ERR_IO.
 */
enum hf_err hf_estate_give(struct hf_state *state, const struct hf_privilege *privilege,
                           struct hf_fault *fault);

#endif
