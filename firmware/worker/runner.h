#ifndef HF_WORKER_RUNNER_H
#define HF_WORKER_RUNNER_H

#include "handlers/table.h"
#include "link/digest.h"
#include "worker/brood.h"
#include "worker/confine.h"
#include "worker/outcome.h"
#include "worker/progress.h"
#include "worker/spool.h"
#include "worker/tail.h"
#include "worker/upkeep.h"
#include "worker/warm.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One task, one child process: starts a handler, collects what it writes, ends it when it must.
 * Driven by the caller's poll(): no call but hf_runner_close waits for the child.
 *
 *      start            leader exits (its group is killed, its pipes drained)
 *   IDLE ────▶ RUNNING ────────────────────────────────────────────────────▶ ENDED ──▶ IDLE
 *                 │ timeout, stop, too much output                  ▲          clear
 *                 └──▶ ENDING: TERM to the group ── grace: KILL ────┘
 *
 * A soft timeout sends TERM before that and lets the run go on: the handler may end in good order,
 * with whatever exit code it likes, and at the timeout it is killed without more ado.
 *
 * The child: descriptors 0 payload, 1 result, 2 log, 3 progress and no other; a process group of
 * its own; signals at their defaults; in the work folder, which is emptied before and after;
 * confined by worker/confine.h. Built-ins share one child, which is kept between tasks as long as
 * they go well (worker/warm.h) and has a line to the worker on descriptor 4 and the work folder
 * on 5. A program has a child of its own; it gets its name as the only argument and this
 * environment: PATH, LANG, HOME and TMPDIR (the work folder), HOLDFAST_TASK_ID, HOLDFAST_ATTEMPT,
 * HOLDFAST_BOARD, HOLDFAST_JOB (empty: none), HOLDFAST_HANDLER.
 *
 * Upkeep (worker/upkeep.h) is a function in a child of its own.
 *
 * When the worker dies, the kernel kills the child (PR_SET_PDEATHSIG) and the guard its whole group
 * (worker/guard.h). A descendant that leaves the group escapes both, but holds nothing up.
 *
 * The caller blocks SIGCHLD or catches it in a way that wakes its poll(), and ignores SIGPIPE.
 * `now_ms` is monotonic.
 */

#define HF_RUNNER_FDS_MAX 5
#define HF_RUNNER_NEVER   INT64_MAX

struct hf_run_spec {
    const char *task;
    const char *job; /* empty: none */
    const char *board;
    const char *handler_name;
    const struct hf_handler *handler;
    const struct hf_task *order;    /* as it came, for the monitor; NULL where there is none */
    const char *allowed;            /* handlers that a warm child may run, as hf_handler_allowed;
                                       NULL: all */
    const struct hf_upkeep *upkeep; /* this, and no handler (it is empty); NULL: a handler */
    const struct hf_spool *payload; /* complete; may be closed once start has returned */
    const char *state_folder;       /* for the output's spool; must outlive the output */
    const char *work_folder;        /* what is in it is deleted; absolute, at most HF_STATE_PATH_MAX
                                       bytes. NULL: stay where the worker is */
    struct hf_confine *confine;     /* must outlive the runner; NULL: see hf_confine_enter */
    int slot;                       /* for its control group */
    struct hf_limits limits;
    uint32_t attempt;
    int64_t timeout_ms;      /* above 0 */
    int64_t soft_timeout_ms; /* TERM by then, and nothing else happens; 0 or not below timeout_ms:
                                none */
    int64_t grace_ms;        /* from TERM to KILL; 0: at once */
    int64_t max_output_bytes;
    bool hash_output; /* for hf_runner_hash */
};

enum hf_runner_phase { HF_RUNNER_IDLE, HF_RUNNER_RUNNING, HF_RUNNER_ENDING, HF_RUNNER_ENDED };

struct hf_runner {
    enum hf_runner_phase phase;
    struct hf_spool output;            /* readable in HF_RUNNER_ENDED */
    struct hf_outcome outcome;         /* valid in HF_RUNNER_ENDED */
    struct hf_progress_lines progress; /* for hf_progress_lines_take, at any time */
    /* From here on the runner's own. */
    struct hf_tail tail;
    bool hashing; /* the output, into `hash` */
    struct hf_digest hash;
    struct hf_brood brood;
    struct hf_brood_child child; /* that the task runs in */
    int fds[3];                  /* our ends of the pipes: result, log, progress; -1: closed */
    int status_fd;               /* see worker/child.h */
    bool built_in;               /* what runs */
    bool failed;                 /* it has said that its start failed */
    int64_t started_ms, timeout_ms, soft_timeout_ms, grace_ms;
    bool asked;         /* the soft timeout is over, TERM was sent */
    int64_t kill_at_ms; /* in HF_RUNNER_ENDING; HF_RUNNER_NEVER: done */
    const struct hf_confine *confine;
    int slot;
    char work_folder[HF_STATE_PATH_MAX + 1]; /* of the last task; empty: none */
    int64_t oom_kills;                       /* when its child began */
    bool folder_used; /* by another than the warm child, since its last task */
    bool swept;       /* it has emptied the folder after that */
    struct hf_warm warm;
};

/* An idle runner, whose processes are its own, or the monitor's at the other end of `monitor_fd`
 * (worker/monitor.h); -1: none. Starts its guard, so call it early. */
void hf_runner_init(struct hf_runner *runner, int monitor_fd);

/*
 * Starts the handler. HF_ERR_ILLEGAL: not idle. HF_ERR_INVALID: a spec out of its range.
 * HF_ERR_IO, HF_ERR_NO_MEMORY, HF_ERR_NO_SPACE, HF_ERR_DENIED: no process, pipe or spool to be had;
 * nothing runs then and the runner is idle. A program that turns out not to be executable is not an
 * error here but an outcome.
 */
enum hf_err hf_runner_start(struct hf_runner *runner, const struct hf_run_spec *spec,
                            int64_t now_ms, int64_t unix_ms, struct hf_fault *fault);

/* What to poll for: fills at most HF_RUNNER_FDS_MAX entries and returns how many. */
size_t hf_runner_pollfds(const struct hf_runner *runner, struct pollfd *fds, size_t max);

/* The time by which hf_runner_step wants to be called, ready or not; HF_RUNNER_NEVER: none. */
int64_t hf_runner_deadline(const struct hf_runner *runner);

/*
 * After every poll(), also one that was ended by SIGCHLD or the deadline: takes what is ready in
 * `fds` (those of hf_runner_pollfds with their revents), keeps the deadlines, sees whether the
 * child has ended. True in HF_RUNNER_ENDED: outcome and output can be read. Takes a bounded amount
 * each time.
 */
bool hf_runner_step(struct hf_runner *runner, int64_t now_ms, const struct pollfd *fds,
                    size_t count);

/*
 * Right after the start: a warm child that the kernel ran at once has done a small task by now, and
 * is heard without a poll(). True as hf_runner_step.
 */
bool hf_runner_is_done(struct hf_runner *runner, int64_t now_ms);

/*
 * Ends the run: TERM now, KILL after the grace. `why` is HF_RUN_CANCELLED or HF_RUN_STOPPED. The
 * first cause stands; no effect unless running.
 */
void hf_runner_stop(struct hf_runner *runner, enum hf_run_end why, int64_t now_ms);

/* SHA-256 of the output, once, in HF_RUNNER_ENDED; of nothing in any other phase. It was asked for
 * at the start. */
void hf_runner_hash(struct hf_runner *runner, uint8_t out[HF_SHA256_BYTES]);

/* From ended to idle; closes the output. No effect in another phase. */
void hf_runner_clear(struct hf_runner *runner);

/* Lets the warm child go, for its memory: the next built-in starts another. Not while one runs.
 * True: there was one, and its SIGCHLD is on its way. */
bool hf_runner_rest(struct hf_runner *runner);

/* Kills what runs, waits for it, gives everything back. The runner is idle and can be used again.
 */
void hf_runner_close(struct hf_runner *runner);

#endif
