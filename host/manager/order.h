#ifndef HF_MANAGER_ORDER_H
#define HF_MANAGER_ORDER_H

#include "ledger/jobs.h"
#include "wire/task.h"

/* What all tasks of a job have in common, and when they are to be made. Pure. */

/* When, and how often. Zeroed: now, once. */
struct hf_order_time {
    int64_t at_ms;    /* Unix ms of the (first) run; 0: now */
    const char *rule; /* manager/cron.h: again and again; NULL or "": once */
};

struct hf_order {
    const char *name;    /* of the job; NULL: none */
    const char *handler; /* "": the worker's default */
    const char *id;      /* of the task, of which there may be only one; NULL: one is made up */
    struct hf_target target;
    const struct hf_target *targets; /* NULL; or a task for each of them, instead of `target` */
    size_t target_count;
    int64_t timeout_ms;      /* 0: the worker's default */
    int64_t soft_timeout_ms; /* less than timeout_ms; 0: the worker's default */
    struct hf_limits limits; /* 0: the worker's alone */
    int64_t patience_s;      /* of the queue's broker (broker/patience.h); 0: unknown */
    int64_t not_after_ms;    /* Unix ms; of a run in the future: ms after it; 0: never expires */
    uint32_t max_attempts;   /* at least 1 */
    uint8_t priority;        /* 0 to HF_PRIORITY_MAX */
    bool plain;              /* bodies go out as plain JSON: payloads must be UTF-8 text */
    bool race;               /* the first success ends the job: manager/race.h */
    bool empty_lines;        /* an empty line is a task too */
    bool dry_run;            /* everything is checked, nothing is kept */
    struct hf_order_time time;
};

#define HF_PRIORITY_MAX 9

/* The name of a job's target whose tasks are for all boards, one each. */
#define HF_TARGET_ALL "*"

/* Whether the order makes a schedule and no job. */
bool hf_order_is_later(const struct hf_order *order);

/* HF_ERR_INVALID: handler, name, id or target is not in its form (the fault says which form),
 * or a time limit is over what the broker or the other one allows. */
enum hf_err hf_order_check(const struct hf_order *order, struct hf_fault *fault);

#endif
