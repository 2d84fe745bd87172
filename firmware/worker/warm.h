#ifndef HF_WORKER_WARM_H
#define HF_WORKER_WARM_H

#include "handlers/table.h"
#include "wire/limits.h"
#include "worker/brood.h"
#include "worker/spool.h"
#include "worker/state.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The warm child: a child that built-ins run in and that is kept between tasks, so that a process
 * of its own costs a task no fork. This is what is said between it and the runner, over a socket of
 * whole messages; what it writes goes through pipes that live as long as it does.
 *
 *   runner                                   child
 *     task: function, bounds, payload ─────▶   payload to descriptor 0, run, folder emptied
 *     drains the pipes                ◀─────   report: exit code, what it took, may it be kept
 *
 * The report is sent when the handler has returned, so all that it wrote is in the pipes by then.
 * The child judges itself: it asks to be let go when the exit code is not 0, when the handler left
 * a process behind or closed a descriptor, or when it has grown by HF_WARM_GROWTH_MAX_KB; the
 * runner lets it go then, after HF_WARM_TASKS_MAX tasks, and after every other end than a report.
 * It closes what a handler left open. What it cannot undo are static variables, signals and limits
 * that a built-in changed: handlers/table.h forbids that.
 *
 * Most tasks are short, so it makes no system call that it need not: it empties the folder before a
 * task only when something else may have used it, and sets anew only bounds that have changed, that
 * count from a task's beginning, or that it could itself run into.
 *
 * Both sides are one program, so a function is its address.
 */

#define HF_WARM_TASKS_MAX     1000
#define HF_WARM_GROWTH_MAX_KB 2048 /* its peak, since it was born; code that it comes by counts */

/* A child that waits: all of it, when it has a `child`. While a task runs in it, child and
 * descriptors are with the runner. Zeroed by hf_warm_init. */
struct hf_warm {
    struct hf_brood_child child;
    int status_fd;
    int fds[3]; /* result, log, progress */
    unsigned tasks;
    int64_t cpu_us;                     /* what it had used after its last task */
    char folder[HF_STATE_PATH_MAX + 1]; /* that it runs in; empty: the worker's */
};

struct hf_warm_task {
    hf_handler_fn *run;
    bool folder_used; /* by a program, since this child's last task */
    struct hf_limits limits;
};

struct hf_warm_report {
    int32_t exit_code;
    bool keep;
    bool swept; /* the work folder is empty again */
    int64_t peak_kb;
    int64_t cpu_us; /* since it was born */
};

void hf_warm_init(struct hf_warm *warm);

/* Kills a waiting child and its group, waits for it, closes its descriptors. */
void hf_warm_discard(struct hf_warm *warm);

/* The socket: ends[0] is the runner's and does not block. 0, or -1 with errno. */
int hf_warm_socket(int ends[2]);

/* The runner's side. 0, or -1 with errno: the child is gone. */
int hf_warm_send_task(int fd, const struct hf_warm_task *task, const struct hf_spool *payload);

/* False: no report has come (yet). */
bool hf_warm_take_report(int fd, struct hf_warm_report *report);

/* The child's side. Waits; the payload is on descriptor 0 then, which must be closed before: for an
 * empty one a copy of `empty_fd`. False: the worker is gone, or there is no payload to be had. */
bool hf_warm_next_task(int fd, int empty_fd, struct hf_warm_task *task);

void hf_warm_send_report(int fd, const struct hf_warm_report *report);

#endif
