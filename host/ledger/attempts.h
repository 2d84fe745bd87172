#ifndef HF_LEDGER_ATTEMPTS_H
#define HF_LEDGER_ATTEMPTS_H

#include "ledger/results.h"

/*
 * The story of a task: each attempt that was made at it, and each report about it. The table
 * `attempts` holds those that are over; the one that is awaited, or was the last, stands in
 * `tasks`. Rows are written by hf_results_take() and the moves in ledger/tasks.h.
 */

struct hf_attempt_row {
    uint32_t attempt;
    char board[HF_NAME_MAX + 1]; /* that had it; empty: not known */
    int64_t queued_ms;           /* Unix ms by our clock; 0: not known, or not yet */
    int64_t started_ms;          /* likewise */
    int64_t ended_ms;

    /*
     * "retry" (it failed for the moment), "lost" (no queue and no board had it any more), "again"
     * (it had ended, and a person wanted it once more), "duplicate" (a report after the one that
     * counts); of the last attempt the name of the task's state.
     */
    char outcome[16];
    char reason[HF_REASON_MAX + 1];
    bool reported;           /* then `result` and the size count: a report belongs to it */
    struct hf_result result; /* its `board` is empty when no board spoke */
    uint64_t output_bytes;   /* of a duplicate the size only is kept */
};

typedef enum hf_err (*hf_attempts_each)(void *context, const struct hf_attempt_row *row);

/*
 * The attempts at a task in their order, then its duplicates. Empty for a number that is no task's.
 * `each` as in ledger/tasks.h.
 */
enum hf_err hf_attempts_list(struct hf_ledger *ledger, int64_t task, hf_attempts_each each,
                             void *context, struct hf_fault *fault);

/*
 * Inside ledger/ only: the attempt at which `entry` stands is over. `result` is the number of the
 * report about it, 0 for none. In a transaction only.
 */
enum hf_err hf_attempts_add(struct hf_ledger *ledger, const struct hf_entry *entry,
                            const char *outcome, const char *reason, int64_t ended_ms,
                            int64_t result, struct hf_fault *fault);

#endif
