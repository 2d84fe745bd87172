#ifndef HF_WORKER_SWEEP_H
#define HF_WORKER_SWEEP_H

/*
 * Deletes everything in a folder, however its permissions were left, and follows no link. 0, or -1
 * with errno of the first thing that could not be deleted (ELOOP: nested deeper than 64). The root
 * folder is refused with EPERM: a process that is not where it believes to be must not empty it.
 * A path that does not begin with '/' is refused with EINVAL, for the same reason.
 * It takes as long as there are files: for a child process, not for the worker's loop.
 */
int hf_sweep(const char *folder);

#endif
