#ifndef HF_LEDGER_JOBS_H
#define HF_LEDGER_JOBS_H

#include "ledger/ledger.h"
#include "ledger/state.h"
#include "wire/ident.h"

/* The table `jobs`: what was submitted in one go. */

#define HF_JOB_NAME_MAX 120 /* bytes of a job's name, without the final 0 */
#define HF_TARGET_MAX   127 /* bytes of a pool, board or queue name, without the final 0 */

/* Who is to do a task. X(name, text) */
#define HF_TARGET_LIST(X)                                                                          \
    X(POOL, "pool")   /* any board of that pool */                                                 \
    X(BOARD, "board") /* that board alone */                                                       \
    X(QUEUE, "queue") /* whoever consumes that queue; published through the default exchange */

enum hf_target_kind {
#define X(name, text) HF_TARGET_##name,
    HF_TARGET_LIST(X)
#undef X
        HF_TARGET_COUNT
};

struct hf_target {
    enum hf_target_kind kind;
    char name[HF_TARGET_MAX + 1];
};

const char *hf_target_kind_text(enum hf_target_kind kind);
enum hf_err hf_target_kind_parse(struct hf_str text, enum hf_target_kind *out);

struct hf_job {
    int64_t number; /* from 1, short for people; given by hf_jobs_add */
    char id[HF_ID_MAX + 1];
    char name[HF_JOB_NAME_MAX + 1]; /* may be empty */
    char handler[HF_NAME_MAX + 1];  /* may be empty: the worker's default */
    struct hf_target target;
    int64_t created_ms; /* Unix ms */
    bool race;          /* its first success ends it: manager/race.h */
    bool won;           /* and there was one. Not for hf_jobs_add */
    int64_t schedule;   /* number of the schedule that made it; 0: none */
    int64_t ended_ms;   /* when its last open task ended; 0: some are open. Not for hf_jobs_add */
    int64_t told_ms;    /* when its end was told (hf_jobs_told); 0: not yet. Not for hf_jobs_add */

    /* It was cancelled when no task of it had come further than this attempt; 0: it never was. What
     * is handed out again since has a higher one. Not for hf_jobs_add. */
    uint32_t cancelled_attempt;
};

/* Adds a job and sets its number. HF_ERR_EXISTS: the id is taken. */
enum hf_err hf_jobs_add(struct hf_ledger *ledger, struct hf_job *job, struct hf_fault *fault);

/*
 * The job that a person means: its number, its id, the beginning of its id (4 characters or more),
 * or its name (the latest of several of that name); NULL or "latest" is the latest of all.
 * HF_ERR_NOT_FOUND. HF_ERR_INVALID: the beginning fits several ids.
 */
enum hf_err hf_jobs_find(struct hf_ledger *ledger, const char *text, struct hf_job *out,
                         struct hf_fault *fault);

/* The job of that number. HF_ERR_NOT_FOUND. */
enum hf_err hf_jobs_get(struct hf_ledger *ledger, int64_t number, struct hf_job *out,
                        struct hf_fault *fault);

typedef enum hf_err (*hf_jobs_each)(void *context, const struct hf_job *job);

struct hf_jobs_filter {
    bool open;           /* only those that have not ended */
    const char *handler; /* NULL: any */
    int64_t before;      /* only those of a lower number; 0: from the newest */
    int64_t limit;       /* rows at most, at least 1 */
};

/* The newest first. `each` as in ledger/tasks.h; it may ask for the counts of its job. */
enum hf_err hf_jobs_list(struct hf_ledger *ledger, const struct hf_jobs_filter *filter,
                         hf_jobs_each each, void *context, struct hf_fault *fault);

/*
 * The race that the task of that id belongs to, when it is not won yet. HF_ERR_NOT_FOUND (no
 * fault): it belongs to none.
 */
enum hf_err hf_jobs_racing(struct hf_ledger *ledger, const char *task, struct hf_job *out,
                           struct hf_fault *fault);

/* It is won; its boards are to be told. The oldest such one (HF_ERR_NOT_FOUND, no fault: none).
 * They were told. */
enum hf_err hf_jobs_won(struct hf_ledger *ledger, int64_t number, struct hf_fault *fault);
enum hf_err hf_jobs_won_next(struct hf_ledger *ledger, struct hf_job *out, struct hf_fault *fault);
enum hf_err hf_jobs_won_told(struct hf_ledger *ledger, int64_t number, struct hf_fault *fault);

/* The oldest job that has ended and was not told of. HF_ERR_NOT_FOUND (no fault): there is none. */
enum hf_err hf_jobs_untold(struct hf_ledger *ledger, struct hf_job *out, struct hf_fault *fault);

/* It was told of. One that is opened again by a retry and ends once more is told once more. */
enum hf_err hf_jobs_told(struct hf_ledger *ledger, int64_t number, int64_t now_ms,
                         struct hf_fault *fault);

/* How its tasks stand; quick however many there are. All zero for an unknown number. */
enum hf_err hf_jobs_counts(struct hf_ledger *ledger, int64_t number, struct hf_counts *out,
                           struct hf_fault *fault);

/* The same over all jobs. */
enum hf_err hf_jobs_counts_all(struct hf_ledger *ledger, struct hf_counts *out,
                               struct hf_fault *fault);

#endif
