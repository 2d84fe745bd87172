#ifndef HF_LEDGER_SCHEDULES_H
#define HF_LEDGER_SCHEDULES_H

#include "ledger/tasks.h"

/*
 * The tables `schedules` and `schedule_tasks`: jobs that are to be made later, once or again and
 * again, each with the tasks that it is to have. Their payloads are kept here, so that a run needs
 * no file of the one who ordered it.
 */

#define HF_RULE_MAX 120 /* bytes of a rule, without the final 0 */

struct hf_schedule {
    int64_t number;                 /* from 1; given by hf_schedules_add */
    char id[HF_ID_MAX + 1];         /* of the only job, when it is for once */
    char name[HF_JOB_NAME_MAX + 1]; /* of its jobs; may be empty */
    char handler[HF_NAME_MAX + 1];  /* may be empty: the worker's default */
    struct hf_target target;
    bool race;
    char rule[HF_RULE_MAX + 1]; /* manager/cron.h; empty: once */
    int64_t created_ms;         /* Unix ms */
    int64_t next_ms;            /* when it is due; 0: it is over */
    int64_t last_ms;            /* when it last ran; 0: never. Not for hf_schedules_add */
    int64_t last_job;           /* number of that job. Not for hf_schedules_add */
    int64_t runs;               /* Not for hf_schedules_add */
    bool paused;                /* Not for hf_schedules_add */
    int64_t tasks;              /* of each run. Not for hf_schedules_add */
};

/* Adds one and sets its number. */
enum hf_err hf_schedules_add(struct hf_ledger *ledger, struct hf_schedule *schedule,
                             struct hf_fault *fault);

/*
 * Adds a task to it: what hf_tasks_add() looks at counts, but its id, and not_after_ms is the time
 * from the run on. In a transaction only.
 */
enum hf_err hf_schedules_add_task(struct hf_ledger *ledger, int64_t schedule,
                                  const struct hf_entry *entry, const struct hf_body *payload,
                                  struct hf_fault *fault);

/* By its number, its id, or its name (the latest of several). HF_ERR_NOT_FOUND. */
enum hf_err hf_schedules_find(struct hf_ledger *ledger, const char *text, struct hf_schedule *out,
                              struct hf_fault *fault);

typedef enum hf_err (*hf_schedules_each)(void *context, const struct hf_schedule *schedule);

/* All of them, the newest first. `each` as in ledger/tasks.h. */
enum hf_err hf_schedules_list(struct hf_ledger *ledger, hf_schedules_each each, void *context,
                              struct hf_fault *fault);

/* The one that is due longest by now. HF_ERR_NOT_FOUND (no fault): none is. */
enum hf_err hf_schedules_due(struct hf_ledger *ledger, int64_t now_ms, struct hf_schedule *out,
                             struct hf_fault *fault);

/* When the next one is due, Unix ms; INT64_MAX: never. */
enum hf_err hf_schedules_next(struct hf_ledger *ledger, int64_t *out, struct hf_fault *fault);

/* `payload` is valid during the call, which may write to the ledger; `entry` has no id yet. */
typedef enum hf_err (*hf_schedules_each_task)(void *context, const struct hf_entry *entry,
                                              const struct hf_body *payload);

/* The tasks of a schedule in their order. */
enum hf_err hf_schedules_tasks(struct hf_ledger *ledger, int64_t schedule,
                               hf_schedules_each_task each, void *context, struct hf_fault *fault);

/* It ran, as that job, and is due again at `next_ms`; 0: it is over. In a transaction only. */
enum hf_err hf_schedules_ran(struct hf_ledger *ledger, int64_t number, int64_t job, int64_t now_ms,
                             int64_t next_ms, struct hf_fault *fault);

/* Pauses it, or lets it go on, due at `next_ms`. */
enum hf_err hf_schedules_pause(struct hf_ledger *ledger, int64_t number, bool paused,
                               int64_t next_ms, struct hf_fault *fault);

/* Removes it with its tasks; jobs that it made stay. */
enum hf_err hf_schedules_remove(struct hf_ledger *ledger, int64_t number, struct hf_fault *fault);

#endif
