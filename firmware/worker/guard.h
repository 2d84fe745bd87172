#ifndef HF_WORKER_GUARD_H
#define HF_WORKER_GUARD_H

#include <sys/types.h>

/*
 * A small process beside the worker that outlives it by a moment: when the worker is gone, however
 * it ended, the guard kills the process group of the task that was in hand and ends too. The
 * kernel's parent-death signal reaches only the child itself, not what the child has started.
 *
 * They share a pipe. The worker's end of it closing is the news of its death; through it come the
 * group to watch, written by the task's child before it does anything else, and 0 when that group
 * is done with. Start it early, while the worker is small: it keeps the memory it was born with.
 */

struct hf_guard {
    int fd;    /* -1: none */
    pid_t pid; /* 0: none */
};

void hf_guard_init(struct hf_guard *guard);

/* Starts it unless it runs. 0, or -1 with errno. */
int hf_guard_ensure(struct hf_guard *guard);

/* Writes the group to watch into the guard's pipe, 0: none. Never blocks; a lost guard is no error.
 */
void hf_guard_watch(int fd, pid_t group);

/* Ends it. What it watches is left to the caller. */
void hf_guard_close(struct hf_guard *guard);

#endif
