#ifndef HF_WORKER_SWEEP_H
#define HF_WORKER_SWEEP_H

#include <stdbool.h>
#include <time.h>

/*
 * Deletes everything in a folder, however its permissions were left, and follows no link. 0, or -1
 * with errno of the first thing that could not be deleted (ELOOP: nested deeper than 64). The root
 * folder is refused with EPERM: a process that is not where it believes to be must not empty it.
 * A path that does not begin with '/' is refused with EINVAL, for the same reason.
 * It takes as long as there are files: for a child process, not for the worker's loop. But at a
 * file that came later than HF_SWEEP_PATIENCE_S after it began it gives up with ETIMEDOUT: a
 * process fills the folder as fast as this one empties it.
 */
#define HF_SWEEP_PATIENCE_S 3 /* whoever was killed just before writes no more by then */

/* Whether what was changed then is such a file. What is later than the clock is left of a time when
 * that was right: a board without one of its own begins in 1970. */
static inline bool hf_sweep_is_late(time_t changed, time_t began, time_t now)
{
    return changed > began + HF_SWEEP_PATIENCE_S && changed <= now;
}

int hf_sweep(const char *folder);

/*
 * The same in two steps, for a process that gives up its rights in between: the folder's
 * descriptor, close-on-exec, under the same rules; and what is in it.
 */
int hf_sweep_open(const char *folder);
int hf_sweep_in(int folder);

/* Quick, and right for the worker's loop too. False also when it cannot be read. */
bool hf_sweep_is_empty(int folder);

#endif
