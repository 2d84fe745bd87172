#ifndef HF_WORKER_CHILD_H
#define HF_WORKER_CHILD_H

#include "worker/runner.h"

#include <sys/types.h>

/*
 * The runner's other side of the fork: makes a fresh process into what worker/runner.h promises,
 * then becomes the program, does upkeep, or runs one built-in after the other (worker/warm.h).
 *
 * fork and exec and not posix_spawn, which cannot do what comes between the two: another user, a
 * control group, bounds, no new privileges, the parent-death signal. The worker is small, so that a
 * fork copies few pages; every descriptor of its own is close-on-exec all the same.
 */

#define HF_CHILD_EXIT_FAILED   127 /* exit code beside a struct hf_child_failure */
#define HF_CHILD_BOARD_TROUBLE 0   /* in place of errno: no program is at fault */

struct hf_child_plan {
    const struct hf_run_spec *spec;
    int stdio[4];  /* payload (-1 for a built-in: it comes with each task), result, log, progress */
    int status_fd; /* takes the failure of a start, if any; closes when the program begins. For a
                      built-in it is the socket of worker/warm.h. */
    int guard_fd;
    pid_t parent;
};

/* What goes through status_fd; small enough to be written in one piece. */
struct hf_child_failure {
    int error; /* errno, or HF_CHILD_BOARD_TROUBLE */
    char what[200];
};

_Noreturn void hf_child_become(const struct hf_child_plan *plan);

/* Empties a work folder after its task, as the user that handlers run as, and ends: exit code 0, or
 * HF_CHILD_EXIT_FAILED. */
_Noreturn void hf_child_tidy(const struct hf_confine *how, int slot, const char *folder,
                             pid_t parent);

#endif
