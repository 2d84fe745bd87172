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
    int64_t ended_ms;
    int64_t duplicates; /* reports that came after the one that counts */
};

/*
 * Adds a pending task with its payload and sets its number; in a transaction only. Of `entry`, what
 * lies before `state` and `created_ms` count. HF_ERR_EXISTS: the task's id is taken (nothing has
 * changed, and the transaction goes on).
 */
enum hf_err hf_tasks_add(struct hf_ledger *ledger, struct hf_entry *entry,
                         const struct hf_body *payload, struct hf_fault *fault);

/* HF_ERR_NOT_FOUND. */
enum hf_err hf_tasks_get(struct hf_ledger *ledger, const char *id, struct hf_entry *out,
                         struct hf_fault *fault);

/* Opens a task's payload in `reader`. HF_ERR_NOT_FOUND; errors of hf_body_open(). */
enum hf_err hf_tasks_payload(struct hf_ledger *ledger, int64_t number,
                             struct hf_body_reader *reader, struct hf_fault *fault);

/* One attempt at one task. */
struct hf_attempt {
    int64_t number; /* of the task */
    uint32_t attempt;
};

/*
 * The broker has confirmed it: pending -> queued. `*moved` is false when it is no longer pending
 * at that attempt (its result was quicker), which is fine.
 */
enum hf_err hf_tasks_queued(struct hf_ledger *ledger, struct hf_attempt attempt, int64_t now_ms,
                            bool *moved, struct hf_fault *fault);

/* It stays pending, and this is why. Nothing is written when that is known already. */
enum hf_err hf_tasks_held(struct hf_ledger *ledger, struct hf_attempt attempt, const char *reason,
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
    bool newest_first;     /* descending by place */
    struct hf_place after; /* go on behind this place; {0, 0}: from the beginning */
    int64_t limit;         /* rows at most, at least 1 */
};

/*
 * Lists tasks in the order of their places. Every combination is answered by an index, so a page
 * costs its length, not the ledger's.
 */
enum hf_err hf_tasks_list(struct hf_ledger *ledger, const struct hf_tasks_filter *filter,
                          hf_tasks_each each, void *context, struct hf_fault *fault);

#endif
