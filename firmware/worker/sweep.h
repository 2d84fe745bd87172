#ifndef HF_WORKER_SWEEP_H
#define HF_WORKER_SWEEP_H

#include <stdbool.h>

/*
 * Deletes everything in a folder, however deep it is nested and however permissions were left, the
 * folder's own too, which become 0700; and follows no link. 0, or -1 with errno of the first thing
 * that could not be deleted. The root folder is refused with EPERM: a process that is not where it
 * believes to be must not empty it. A path that does not begin with '/' is refused with EINVAL, for
 * the same reason. It takes as long as there are files: for a child process, not for the worker's
 * loop. But after HF_SWEEP_PATIENCE_MS it gives up with ETIMEDOUT where hf_sweep_is_filled_on(): a
 * process may fill the folder as fast as this one empties it.
 */
#define HF_SWEEP_PATIENCE_MS 3000 /* whoever was killed just before writes no more by then */

int hf_sweep(const char *folder);

/*
 * The same in two steps, for a process that gives up its rights in between: the folder's
 * descriptor, close-on-exec, under the same rules; and what is in it.
 */
int hf_sweep_open(const char *folder);
int hf_sweep_in(int folder);

/*
 * Whether another process makes or deletes something in the folder while this one waits, for a
 * twentieth of a second. Asked of the folder's own time: the newest file may be listed last. FAT
 * keeps that time in steps of two seconds, so that it is often false there.
 */
bool hf_sweep_is_filled_on(int folder);

/* Quick, and right for the worker's loop too. False also when it cannot be read. */
bool hf_sweep_is_empty(int folder);

#endif
