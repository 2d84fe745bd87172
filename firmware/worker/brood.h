#ifndef HF_WORKER_BROOD_H
#define HF_WORKER_BROOD_H

#include "wire/fault.h"
#include "worker/guard.h"

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

/*
 * The processes of one slot: a child that works (worker/child.h), a warm one that waits beside it,
 * the one that empties the work folder, and the guard of their group. They are children of this
 * process; or the monitor's, where it alone may start them (worker/monitor.h), and so are tidier
 * and guard then. Nothing here waits but hf_brood_kill, for what was killed, and hf_brood_close.
 */

#define HF_BROOD_TIDY_MS 1000 /* for a tidier whose slot closes */

struct hf_child_plan;
struct hf_confine;

struct hf_brood {
    int monitor_fd; /* -1: they are our own */
    struct hf_guard guard;
    pid_t guarded; /* the group that the guard knows; 0: none */
    pid_t tidier;  /* 0: none */
};

struct hf_brood_child {
    pid_t pid;  /* and the number of its group; 0: none */
    int end_fd; /* tells when the monitor's has ended; -1: it is our own, or none */
};

#define HF_BROOD_NONE                                                                              \
    {                                                                                              \
        .end_fd = -1                                                                               \
    }

/* How a child has ended, as wait4() tells it. */
struct hf_brood_end {
    int status;
    struct rusage usage;
};

/* Starts the guard, so call it early. `monitor_fd`: -1, or the monitor's socket. */
void hf_brood_init(struct hf_brood *brood, int monitor_fd);

/* Ends guard and tidier, which has HF_BROOD_TIDY_MS to finish: what it leaves, the next start of
 * the slot deletes. Children are the caller's to kill before. */
void hf_brood_close(struct hf_brood *brood);

/*
 * A child by that plan, whose guard_fd and parent are filled in; a tidier is ended first. Its group
 * is the one that is guarded from now on. HF_ERR_IO, HF_ERR_NO_MEMORY: there is none.
 */
enum hf_err hf_brood_start(struct hf_brood *brood, struct hf_child_plan *plan,
                           struct hf_brood_child *child, struct hf_fault *fault);

/* To the whole group, which is woken up for it if it was stopped. No effect once its end was taken.
 */
void hf_brood_signal(const struct hf_brood *brood, const struct hf_brood_child *child, int number);

/* False: it has not ended (yet). Else what is left of its group is killed, and `child` is none. */
bool hf_brood_take_end(struct hf_brood_child *child, struct hf_brood_end *end);

/* Kills it with its group and waits for it: none after that, and no error before. */
void hf_brood_kill(const struct hf_brood *brood, struct hf_brood_child *child);

/* The group to guard from now on, if it is another; 0: none. */
void hf_brood_guard(struct hf_brood *brood, pid_t group);

/* Empties a work folder as the user that handlers run as, in a process of its own; nothing to do
 * when there is nothing in it. `confine` and `slot` as for hf_child_tidy. */
void hf_brood_tidy(struct hf_brood *brood, const struct hf_confine *confine, int slot,
                   const char *folder);
void hf_brood_reap_tidier(struct hf_brood *brood); /* if it has ended */

#endif
