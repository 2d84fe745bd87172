#ifndef HF_HOME_LOCK_H
#define HF_HOME_LOCK_H

#include "home/home.h"

/*
 * Locks of a data folder: one `up`, `down`, `use` or `rotate` at a time, one process that
 * publishes. A lock belongs to the process and goes with it, so a crash leaves none behind.
 */

/* The lock of what changes the broker, its keys or broker.json. `*fd` is to be closed by the
 * caller, which frees the lock. HF_ERR_BUSY: another holds it. */
enum hf_err hf_home_lock(const struct hf_home *home, int *fd, struct hf_fault *fault);

/* The same for the lock file `name` of home/home.h; `busy` completes "another holdfast ...". */
enum hf_err hf_home_lock_file(const struct hf_home *home, const char *name, const char *busy,
                              int *fd, struct hf_fault *fault);

#endif
