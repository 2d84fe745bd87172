#ifndef HF_LEDGER_TALLY_H
#define HF_LEDGER_TALLY_H

#include "ledger/state.h"
#include "wire/fault.h"

/*
 * Inside ledger/ only: how many tasks of a job are in which state (tables `counts` and, over all
 * jobs, `totals`), and when a job
 * has ended (`jobs.ended_ms`). Whoever adds, moves or deletes a task says so here; the changes are
 * gathered and written down at the end of the transaction, one row for thousands of tasks.
 */

#define HF_TALLY_JOBS 16 /* changed in one transaction before some are written down early */

struct hf_tally_one {
    int64_t job;
    int64_t change[HF_STATE_COUNT];
};

struct hf_tally {
    size_t count;
    int64_t at_ms; /* Unix ms of the latest move */
    struct hf_tally_one jobs[HF_TALLY_JOBS];
};

struct hf_ledger;

/* `tasks` more (or less) of the job are in that state since `at_ms`. In a transaction only. */
enum hf_err hf_tally_add(struct hf_ledger *ledger, int64_t job, enum hf_state state, int64_t tasks,
                         int64_t at_ms, struct hf_fault *fault);

/* One task has gone from one state to another. */
enum hf_err hf_tally_move(struct hf_ledger *ledger, int64_t job, enum hf_state from,
                          enum hf_state to, int64_t at_ms, struct hf_fault *fault);

/* Writes the changes down. The ledger calls it before each commit. */
enum hf_err hf_tally_write(struct hf_ledger *ledger, struct hf_fault *fault);

/* The transaction was undone, and the changes with it. */
void hf_tally_forget(struct hf_ledger *ledger);

#endif
