#ifndef HF_LEDGER_ROW_H
#define HF_LEDGER_ROW_H

#include "ledger/db.h"
#include "ledger/tasks.h"
#include "wire/result.h"

/* Inside ledger/ only: a row of `tasks` as every query hands it out, from "tasks JOIN jobs". */

#define HF_ROW_TASK                                                                                \
    "tasks.n, tasks.id, tasks.job, jobs.id, tasks.seq, tasks.name, tasks.handler,"                 \
    " tasks.target_kind, tasks.target, tasks.plain, tasks.priority, tasks.timeout_ms,"             \
    " tasks.not_after_ms, tasks.attempt, tasks.max_attempts, tasks.payload_bytes, tasks.state,"    \
    " tasks.reason, tasks.created_ms, tasks.queued_ms, tasks.ended_ms, tasks.duplicates,"          \
    " tasks.started_ms, tasks.board, tasks.soft_timeout_ms, tasks.limits"
#define HF_ROW_TASK_COLUMNS 26

#define HF_ROW_JOIN_JOBS " JOIN jobs ON jobs.n = tasks.job"
#define HF_ROW_BY_ID     "SELECT " HF_ROW_TASK " FROM tasks" HF_ROW_JOIN_JOBS " WHERE tasks.id = ?1"

/* Reads HF_ROW_TASK, which begins at column 0. */
void hf_row_task(sqlite3_stmt *row, struct hf_entry *out);

/* What a report says, of a row of `results`. */
#define HF_ROW_RESULT                                                                              \
    "results.status, results.board, results.attempt, results.exit_code, results.signal,"           \
    " results.started_ms, results.duration_ms, results.peak_kb, results.cpu_ms, results.reason,"   \
    " results.log_tail"
#define HF_ROW_RESULT_COLUMNS 11

/* Reads HF_ROW_RESULT, which begins at `column`; task and job are the caller's. A dead letter has
 * no status that it could read: it reads as failed. */
void hf_row_result(sqlite3_stmt *row, int column, struct hf_result *out);

/*
 * The task of that number; `result` (may be NULL) is the number of the report that ended it, 0 for
 * none. HF_ERR_NOT_FOUND.
 */
enum hf_err hf_row_find(struct hf_ledger *ledger, int64_t number, struct hf_entry *out,
                        int64_t *result, struct hf_fault *fault);

/* HF_ERR_ILLEGAL unless a transaction is open: `what` takes several statements. */
enum hf_err hf_row_need_transaction(const struct hf_ledger *ledger, const char *what,
                                    struct hf_fault *fault);

#endif
