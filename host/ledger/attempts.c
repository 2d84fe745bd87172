#include "ledger/attempts.h"

#include "ledger/row.h"

enum hf_err hf_attempts_add(struct hf_ledger *ledger, const struct hf_entry *entry,
                            const char *outcome, const char *reason, int64_t ended_ms,
                            int64_t result, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_ATTEMPT_ADD,
              "INSERT INTO attempts(task, attempt, board, queued_ms, started_ms, ended_ms, outcome,"
              " reason, result) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, nullif(?9, 0))",
              "writing down an attempt", &use);
    hf_db_int(&use, entry->number);
    hf_db_int(&use, entry->task.attempt);
    hf_db_text(&use, entry->board);
    hf_db_int(&use, entry->queued_ms);
    hf_db_int(&use, entry->started_ms);
    hf_db_int(&use, ended_ms);
    hf_db_text(&use, outcome);
    hf_db_text(&use, reason);
    hf_db_int(&use, result);
    return hf_db_run(&use, fault);
}

#define REPORT ", results.n, " HF_ROW_RESULT ", results.body_bytes"

static const char past[] =
    "SELECT attempts.attempt, attempts.board, attempts.queued_ms, attempts.started_ms,"
    " attempts.ended_ms, attempts.outcome, attempts.reason" REPORT
    " FROM attempts LEFT JOIN results ON results.n = attempts.result"
    " WHERE attempts.task = ?1 ORDER BY attempts.n";

static const char last[] =
    "SELECT tasks.attempt, tasks.board, tasks.queued_ms, tasks.started_ms, tasks.ended_ms,"
    " tasks.state, tasks.reason" REPORT
    " FROM tasks LEFT JOIN results ON results.n = tasks.result WHERE tasks.n = ?1";

static const char duplicates[] =
    "SELECT results.attempt, results.board, 0, 0, results.received_ms, 'duplicate',"
    " results.reason" REPORT " FROM results INDEXED BY results_by_task"
    " WHERE results.task = ?1 AND results.verdict = 'duplicate' ORDER BY results.n";

static void read_report(sqlite3_stmt *row, int column, struct hf_attempt_row *out)
{
    out->reported = sqlite3_column_type(row, column++) != SQLITE_NULL;
    hf_row_result(row, column, &out->result);
    out->output_bytes = (uint64_t)sqlite3_column_int64(row, column + HF_ROW_RESULT_COLUMNS);
}

static void read_row(sqlite3_stmt *row, struct hf_attempt_row *out)
{
    *out = (struct hf_attempt_row){.attempt = (uint32_t)sqlite3_column_int64(row, 0)};
    hf_db_get_text(row, 1, out->board, sizeof out->board);
    out->queued_ms = sqlite3_column_int64(row, 2);
    out->started_ms = sqlite3_column_int64(row, 3);
    out->ended_ms = sqlite3_column_int64(row, 4);
    hf_db_get_text(row, 5, out->outcome, sizeof out->outcome);
    hf_db_get_text(row, 6, out->reason, sizeof out->reason);
    read_report(row, 7, out);
}

static enum hf_err walk(struct hf_ledger *ledger, enum hf_sql id, const char *sql, int64_t task,
                        hf_attempts_each each, void *context, struct hf_fault *fault)
{
    struct hf_db_use use;
    struct hf_attempt_row row;
    enum hf_err err;
    hf_db_use(ledger, id, sql, "reading the story of a task", &use);
    hf_db_int(&use, task);
    while ((err = hf_db_row(&use, fault)) == HF_ERR_OK) {
        read_row(use.statement, &row);
        err = each(context, &row);
        if (err != HF_ERR_OK)
            break;
    }
    hf_db_end(&use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

enum hf_err hf_attempts_list(struct hf_ledger *ledger, int64_t task, hf_attempts_each each,
                             void *context, struct hf_fault *fault)
{
    enum hf_err err = walk(ledger, HF_SQL_ATTEMPT_PAST, past, task, each, context, fault);
    if (err == HF_ERR_OK)
        err = walk(ledger, HF_SQL_ATTEMPT_LAST, last, task, each, context, fault);
    if (err == HF_ERR_OK)
        err = walk(ledger, HF_SQL_ATTEMPT_DUPLICATES, duplicates, task, each, context, fault);
    return err;
}
