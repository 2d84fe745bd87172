#ifndef HF_CLI_WATCH_H
#define HF_CLI_WATCH_H

#include "cli/desk.h"

/*
 * Waits for a job while the courier carries its tasks out and its results in. Where stderr is a
 * terminal a line is drawn over and over; elsewhere a line is written now and then. Ctrl-C ends the
 * waiting and not the job.
 */

struct hf_watch {
    const struct hf_command *command;
    struct hf_desk *desk; /* with a courier */
    const struct hf_job *job;

    /* Called now and then, and once at the end; prints what is new. NULL: nothing is. Anything but
     * HF_EXIT_OK ends the waiting. */
    int (*news)(void *context);
    void *context;
};

/*
 * Until all tasks of the job are queued, or cannot be just now. HF_EXIT_OK; HF_EXIT_FAILED: some
 * are held, stderr says why; HF_EXIT_UNREACHABLE and HF_EXIT_INTERRUPTED: they go out later.
 */
int hf_watch_queue(const struct hf_watch *watch);

/*
 * Until all tasks of the job have ended. HF_EXIT_OK: all are done, or the race is
 * won; HF_EXIT_FAILED: it is not so.
 * HF_EXIT_INTERRUPTED, HF_EXIT_UNREACHABLE: the job goes on, stderr says how to come back.
 */
int hf_watch_end(const struct hf_watch *watch);

#endif
