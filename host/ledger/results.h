#ifndef HF_LEDGER_RESULTS_H
#define HF_LEDGER_RESULTS_H

#include "ledger/tasks.h"
#include "wire/result.h"

/* The table `results`: every report about a task, the one that counts and the others. */

#define HF_DUPLICATES_MAX 32 /* of one task that are kept; further ones are only counted */

/* The longest stretch of the rules in ledger/state.h that touches the database: one report. */
struct hf_report {
    struct hf_result result;    /* `board` and `status` do not count for a dead letter */
    bool dead_letter;           /* the task itself came back: it was delivered too often */
    const struct hf_body *body; /* NULL: none; of a duplicate it is not kept */
    int64_t received_ms;        /* Unix ms */
};

/*
 * Judges a report and writes down what follows: the task ends, or is pending again as the next
 * attempt, or its duplicates are one more; and the report itself. HF_VERDICT_STRAY: no such task,
 * or one that is for another board alone; nothing was written. In a transaction only, many in one.
 */
enum hf_err hf_results_take(struct hf_ledger *ledger, const struct hf_report *report,
                            enum hf_verdict *verdict, struct hf_fault *fault);

/* The verdict that hf_results_take will give, with nothing written. Within the same transaction. */
enum hf_err hf_results_weigh(struct hf_ledger *ledger, const struct hf_report *report,
                             enum hf_verdict *verdict, struct hf_fault *fault);

/* The report that ended a task. */
struct hf_ending {
    int64_t number; /* of the report, in the order of arrival over all jobs */
    struct hf_entry entry;
    struct hf_result result; /* its `board` is empty when no board spoke (a dead letter) */
    int64_t received_ms;
    struct hf_body body; /* valid during the call of `each` */
};

typedef enum hf_err (*hf_results_each)(void *context, const struct hf_ending *ending);

/*
 * The ended tasks of a job in their order, behind the place `after_seq` (0: from the first), at
 * most `limit`. `each` as in ledger/tasks.h.
 */
enum hf_err hf_results_list(struct hf_ledger *ledger, int64_t job, int64_t after_seq, int64_t limit,
                            hf_results_each each, void *context, struct hf_fault *fault);

/* What ended since the report `after`, in the order of arrival; for following a job. */
enum hf_err hf_results_since(struct hf_ledger *ledger, int64_t job, int64_t after, int64_t limit,
                             hf_results_each each, void *context, struct hf_fault *fault);

/* Number of the newest report; 0: there is none. */
enum hf_err hf_results_newest(struct hf_ledger *ledger, int64_t *out, struct hf_fault *fault);

#endif
