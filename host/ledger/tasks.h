#ifndef HF_LEDGER_TASKS_H
#define HF_LEDGER_TASKS_H

#include "ledger/jobs.h"
#include "wire/task.h"

/* The tables `tasks` and `payloads`: each piece of work, and where it stands. */

#define HF_TASK_NAME_MAX 255 /* bytes of a task's name (of the file it came from) */

struct hf_entry {
    int64_t number;                  /* given by hf_tasks_add */
    int64_t job;                     /* number of its job */
    int64_t seq;                     /* from 1, its place in the job */
    struct hf_task task;             /* as it travels; `attempt` is the one that is awaited */
    char name[HF_TASK_NAME_MAX + 1]; /* may be empty */
    struct hf_target target;
    uint64_t payload_bytes;

    enum hf_state state;
    char reason[HF_REASON_MAX + 1]; /* why it is not done, or still pending; may be empty */
    int64_t created_ms;             /* Unix ms of each step; 0: not yet */
    int64_t queued_ms;
    int64_t started_ms; /* when we heard that a board has it, by our clock */
    int64_t ended_ms;
    int64_t duplicates;          /* reports that came after the one that counts */
    char board[HF_NAME_MAX + 1]; /* that has it, or whose report ended it; empty: none */
};

/*
 * Adds a pending task with its payload and sets its number; in a transaction only. Of `entry`, what
 * lies before `state` and `created_ms` count. HF_ERR_EXISTS: the task's id is taken (nothing has
 * changed, and the transaction goes on).
 */
enum hf_err hf_tasks_add(struct hf_ledger *ledger, struct hf_entry *entry,
                         const struct hf_body *payload, struct hf_fault *fault);

/* By its id. HF_ERR_NOT_FOUND. */
enum hf_err hf_tasks_get(struct hf_ledger *ledger, const char *id, struct hf_entry *out,
                         struct hf_fault *fault);

/*
 * The task that a person means: its id, the beginning of its id (8 characters or more), or JOB/SEQ
 * with its job as hf_jobs_find() takes it. HF_ERR_NOT_FOUND. HF_ERR_INVALID: the beginning fits
 * several ids.
 */
enum hf_err hf_tasks_find(struct hf_ledger *ledger, const char *text, struct hf_entry *out,
                          struct hf_fault *fault);

/* Whether a task before it in its job has the same name; an empty name is nobody's. */
enum hf_err hf_tasks_is_namesake(struct hf_ledger *ledger, const struct hf_entry *entry, bool *out,
                                 struct hf_fault *fault);

/* Opens a task's payload in `reader`. HF_ERR_NOT_FOUND; errors of hf_body_open(). */
enum hf_err hf_tasks_payload(struct hf_ledger *ledger, int64_t number,
                             struct hf_body_reader *reader, struct hf_fault *fault);

/* One attempt at one task. */
struct hf_attempt {
    int64_t number; /* of the task */
    uint32_t attempt;
    int64_t job; /* number of its job; 0: not at hand, it is looked up */
};

/* Whether it is pending at that attempt still: since it was listed it may have ended, or be gone.
 */
enum hf_err hf_tasks_is_pending(struct hf_ledger *ledger, struct hf_attempt attempt, bool *out,
                                struct hf_fault *fault);

/*
 * The broker has confirmed it: pending -> queued. `*moved` is false when it is no longer pending
 * at that attempt (its result was quicker), which is fine.
 */
enum hf_err hf_tasks_queued(struct hf_ledger *ledger, struct hf_attempt attempt, int64_t now_ms,
                            bool *moved, struct hf_fault *fault);

/* It stays pending, and this is why. Nothing is written when that is known already. */
enum hf_err hf_tasks_held(struct hf_ledger *ledger, struct hf_attempt attempt, const char *reason,
                          struct hf_fault *fault);

/*
 * A board has it in hand: queued -> running. `attempt` 0: it did not say which. `*moved` is false
 * when the task is not queued at that attempt, which is fine.
 */
enum hf_err hf_tasks_running(struct hf_ledger *ledger, const char *id, uint32_t attempt,
                             const char *board, int64_t now_ms, bool *moved,
                             struct hf_fault *fault);

/*
 * No queue holds it and no board reports it: queued or running -> pending, the same attempt again;
 * what happened is written to `attempts` as "lost". `*moved` is false when it is neither at that
 * attempt.
 */
enum hf_err hf_tasks_requeue(struct hf_ledger *ledger, struct hf_attempt attempt,
                             const char *reason, int64_t now_ms, bool *moved,
                             struct hf_fault *fault);

/*
 * On a person's word: an ended task is pending again, as the next attempt (after the last one that
 * boards were told not to begin, see hf_job.cancelled_attempt) and with `attempts` more of them
 * allowed than it has had. The result that it had stays in its story, but counts no longer.
 * `*moved` is false when it is still open.
 */
enum hf_err hf_tasks_retry(struct hf_ledger *ledger, int64_t number, uint32_t attempts,
                           int64_t now_ms, bool *moved, struct hf_fault *fault);

/*
 * On a person's word: an open task ends as cancelled, at once and for good; what a board still
 * reports about it is a duplicate. Stopping a board that works on it is the caller's part
 * (wire/control.h). `*moved` is false when it has ended already.
 */
enum hf_err hf_tasks_cancel(struct hf_ledger *ledger, int64_t number, const char *reason,
                            int64_t now_ms, bool *moved, struct hf_fault *fault);

/* The same for all open tasks of a job, and how many of them were pending, queued and running. */
enum hf_err hf_tasks_cancel_job(struct hf_ledger *ledger, int64_t job, const char *reason,
                                int64_t now_ms, struct hf_counts *cancelled,
                                struct hf_fault *fault);

/*
 * Its not_after has passed before it was sent: pending -> expired, as a board would report it.
 * `*moved` is false when it is not pending at that attempt.
 */
enum hf_err hf_tasks_expire(struct hf_ledger *ledger, struct hf_attempt attempt, const char *reason,
                            int64_t now_ms, bool *moved, struct hf_fault *fault);

/*
 * On a person's word: a dead task is given up and ends as cancelled, with `reason` before the one
 * that it had. `*moved` is false when it is not dead.
 */
enum hf_err hf_tasks_drop(struct hf_ledger *ledger, int64_t number, const char *reason, bool *moved,
                          struct hf_fault *fault);

/* A place in the order of all tasks; {0, 0} is before the first. */
struct hf_place {
    int64_t job;
    int64_t seq;
};

/* Is called for each row; `entry` is valid during the call, which must not write to the ledger.
 * Anything but HF_ERR_OK ends the listing and is handed back. */
typedef enum hf_err (*hf_tasks_each)(void *context, const struct hf_entry *entry);

struct hf_tasks_filter {
    int64_t job;   /* 0: of all jobs */
    bool by_state; /* then only those in `state` */
    enum hf_state state;
    const char *handler;            /* only those for that handler; NULL: any */
    const struct hf_target *target; /* only those for that pool, board or queue; NULL: any */
    const char *board;              /* only those that this board has in hand or ended; NULL: any */
    int64_t since_ms;               /* only those handed in at that time or later; 0: any */
    int64_t until_ms;               /* and before that time; 0: any */
    bool newest_first;              /* descending by place */
    struct hf_place after;          /* go on behind this place; {0, 0}: from the beginning */
    int64_t limit;                  /* rows at most, at least 1 */
};

/*
 * Lists tasks in the order of their places. Answered from indices, so that a page costs its
 * length and not the ledger's; of several conditions the one that leaves least is gone by. A job
 * whose tasks are for all boards is found by each of them (HF_TARGET_BOARD).
 */
enum hf_err hf_tasks_list(struct hf_ledger *ledger, const struct hf_tasks_filter *filter,
                          hf_tasks_each each, void *context, struct hf_fault *fault);

#endif
