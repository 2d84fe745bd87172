#ifndef HF_HOME_LOCK_H
#define HF_HOME_LOCK_H

#include "home/home.h"

/*
 * One `up` or `down` at a time for a data folder. The lock belongs to the process and goes with
 * it, so a crash leaves none behind.
 */

/* `*fd` is to be closed by the caller, which frees the lock. HF_ERR_BUSY: another holds it. */
enum hf_err hf_home_lock(const struct hf_home *home, int *fd, struct hf_fault *fault);

#endif
