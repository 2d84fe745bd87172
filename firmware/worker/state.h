#ifndef HF_WORKER_STATE_H
#define HF_WORKER_STATE_H

#include "wire/fault.h"

/*
 * The worker's own folder: spool files that outgrow memory, and `work`, the folder that a handler
 * runs in. One worker at a time: the folder is locked while it is open, and the lock goes with the
 * process however it ends, whatever children it leaves behind. It is a lock of the process: opening
 * a folder twice in one is not noticed.
 */

#define HF_STATE_WAIT_MS  2000
#define HF_STATE_PATH_MAX 540 /* bytes of a path in it, without the final 0 */

struct hf_state {
    int lock_fd; /* -1: not open */
    char folder[HF_STATE_PATH_MAX + 1];
    char work[HF_STATE_PATH_MAX + 1];    /* folder + "/work": one folder a slot in it */
    char journal[HF_STATE_PATH_MAX + 1]; /* folder + "/journal"; made by worker/journal.h */
};

/* The paths alone. HF_ERR_TOO_LARGE. */
enum hf_err hf_state_name(struct hf_state *state, const char *folder, struct hf_fault *fault);

/* Makes the folder of those paths, with its parents, where it is missing. Errors of hf_state_open.
 */
enum hf_err hf_state_make(struct hf_state *state, struct hf_fault *fault);

/*
 * Makes the folder (with its parents) and `work` where they are missing, and takes the lock.
 * HF_ERR_DENIED, HF_ERR_NO_SPACE, HF_ERR_IO: cannot be made or written. HF_ERR_BUSY: another
 * worker has it, also after HF_STATE_WAIT_MS: one that was killed may need a moment to be gone.
 * HF_ERR_TOO_LARGE: the path. On an error `state` is closed.
 */
enum hf_err hf_state_open(struct hf_state *state, const char *folder, struct hf_fault *fault);

/* Handlers of another user may go through to their work folders, and see nothing on the way. */
void hf_state_let_pass(const struct hf_state *state);

/* Gives the lock back; the folder stays. Also right when it was never opened but zeroed to -1. */
void hf_state_close(struct hf_state *state);

#endif
