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
 * A handler that is plain (handlers/table.h) and whose payload is small takes no more than this:
 * payload and a small result are in the messages, the child has nothing to look after, and what the
 * task took is measured only when it took a millisecond or more, or HF_WARM_UNMEASURED_MAX others
 * were not measured before it.
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
 * Both sides are one program, so a function is its address. A child that was taken over may say
 * what it likes: the runner copies a message, then believes of it what lies within its bounds.
 */

#define HF_WARM_TASKS_MAX      1000
#define HF_WARM_GROWTH_MAX_KB  2048 /* its peak, since it was born; code that it comes by counts */
#define HF_WARM_SMALL          2048 /* bytes of a payload or a result that a message takes along */
#define HF_WARM_UNMEASURED_MAX 32

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
    bool plain;       /* and the payload is at most HF_WARM_SMALL bytes */
    int processor;    /* that the runner is on; -1: unknown */
    struct hf_limits limits;
};

struct hf_warm_report {
    int exit_code; /* 0 to 255 */
    bool keep;
    bool swept; /* nothing of the task is in the work folder */
    bool piped; /* something may be in the pipes */
    int64_t peak_kb;
    int64_t cpu_us; /* since it was born */
};

#define HF_WARM_REPORT_ROOM 64 /* bytes that a report takes at most */

/* What the runner hears. */
struct hf_warm_word {
    enum { HF_WARM_NOTHING, HF_WARM_REPORT, HF_WARM_OTHER } kind;
    struct hf_warm_report report; /* HF_WARM_REPORT */
    const char *bytes;            /* in `message`: a small result with the report, or the whole of
                                     another message, which a failed start has left */
    size_t len;
    char message[HF_WARM_REPORT_ROOM + HF_WARM_SMALL];
};

void hf_warm_init(struct hf_warm *warm);

/* Kills a waiting child and its group, waits for it, closes its descriptors. */
void hf_warm_discard(struct hf_warm *warm, const struct hf_brood *brood);

/* The socket: ends[0] is the runner's and does not block. 0, or -1 with errno. */
int hf_warm_socket(int ends[2]);

/* The runner's side. 0, or -1 with errno: the child is gone, or the payload cannot be read. */
int hf_warm_send_task(int fd, const struct hf_warm_task *task, const struct hf_spool *payload);
void hf_warm_hear(int fd, struct hf_warm_word *word);

/*
 * The child's side. Waits. The payload of a plain task is in `small` then, of `*small_len` bytes;
 * any other is on descriptor 0, which must be closed before: for an empty one a copy of `empty_fd`.
 * False: the worker is gone, or there is no payload to be had.
 */
bool hf_warm_next_task(int fd, int empty_fd, struct hf_warm_task *task, char small[HF_WARM_SMALL],
                       size_t *small_len);

/* With the result, when it is small and not in the pipe. */
void hf_warm_send_report(int fd, const struct hf_warm_report *report, const char *out,
                         size_t out_len);

#endif
