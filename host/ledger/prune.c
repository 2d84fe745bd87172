#include "ledger/prune.h"

#include "ledger/db.h"

#include <stdio.h>

#define TASKS_AT_ONCE 5000
#define FILE_AGE_S    3600

static enum hf_err execute(struct hf_ledger *ledger, const char *sql, struct hf_fault *fault)
{
    if (sqlite3_exec(ledger->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK)
        return HF_ERR_OK;
    return hf_db_fault(ledger, sqlite3_extended_errcode(ledger->sqlite), "pruning", fault);
}

/* The number in the first column of the first row; 0: there is no row. */
static enum hf_err ask(struct hf_ledger *ledger, const char *sql, int64_t parameter, int64_t *out,
                       struct hf_fault *fault)
{
    sqlite3_stmt *row = NULL;
    *out = 0;
    int code = sqlite3_prepare_v2(ledger->sqlite, sql, -1, &row, NULL);
    if (code == SQLITE_OK && sqlite3_bind_parameter_count(row) > 0)
        code = sqlite3_bind_int64(row, 1, parameter);
    if (code == SQLITE_OK)
        code = sqlite3_step(row);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return HF_ERR_OK;
    return hf_db_fault(ledger, code, "pruning", fault);
}

/* --- One job --- */

/* Which tasks go stands in a table for the while: it is asked for four times. */
static const char take_some[] =
    "CREATE TEMP TABLE IF NOT EXISTS gone(n INTEGER PRIMARY KEY);"
    "DELETE FROM temp.gone;"
    "INSERT INTO temp.gone SELECT n FROM tasks WHERE job = %lld ORDER BY seq LIMIT %d;";

static const char delete_some[] =
    "DELETE FROM payloads WHERE task IN (SELECT n FROM temp.gone);"
    "DELETE FROM attempts WHERE task IN (SELECT n FROM temp.gone);"
    "DELETE FROM results WHERE task IN (SELECT n FROM temp.gone);"
    "UPDATE totals SET tasks = tasks - (SELECT count(*) FROM tasks JOIN temp.gone USING (n)"
    " WHERE tasks.state = totals.state);"
    "UPDATE counts SET tasks = tasks - (SELECT count(*) FROM tasks JOIN temp.gone USING (n)"
    " WHERE tasks.state = counts.state) WHERE job = %lld;"
    "DELETE FROM tasks WHERE n IN (SELECT n FROM temp.gone);";

static const char delete_job[] = "DELETE FROM counts WHERE job = %lld;"
                                 "DELETE FROM jobs WHERE n = %lld;";

static enum hf_err execute_for(struct hf_ledger *ledger, const char *format, int64_t job,
                               struct hf_fault *fault)
{
    char *sql = sqlite3_mprintf(format, (long long)job, TASKS_AT_ONCE);
    if (!sql)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for pruning");
    enum hf_err err = execute(ledger, sql, fault);
    sqlite3_free(sql);
    return err;
}

static enum hf_err drop_job(struct hf_ledger *ledger, int64_t job, struct hf_fault *fault)
{
    char *sql = sqlite3_mprintf(delete_job, (long long)job, (long long)job);
    if (!sql)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for pruning");
    enum hf_err err = execute(ledger, sql, fault);
    sqlite3_free(sql);
    return err;
}

/* `*count` tasks of the job went; 0: none were left, and the job went. */
static enum hf_err remove_some(struct hf_ledger *ledger, int64_t job, int64_t *count,
                               struct hf_fault *fault)
{
    enum hf_err err = hf_ledger_begin(ledger, fault);
    if (err != HF_ERR_OK)
        return err;
    err = execute_for(ledger, take_some, job, fault);
    if (err == HF_ERR_OK)
        err = ask(ledger, "SELECT count(*) FROM temp.gone", 0, count, fault);
    if (err == HF_ERR_OK)
        err = *count > 0 ? execute_for(ledger, delete_some, job, fault)
                         : drop_job(ledger, job, fault);
    if (err == HF_ERR_OK)
        return hf_ledger_commit(ledger, fault);
    hf_ledger_rollback(ledger);
    return err;
}

static enum hf_err remove_jobs(struct hf_ledger *ledger, const struct hf_prune *prune,
                               struct hf_pruned *out, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    for (;;) {
        int64_t job = 0;
        int64_t count = 1;
        err = ask(ledger,
                  "SELECT n FROM jobs WHERE ended_ms <> 0 AND ended_ms < ?1 ORDER BY n LIMIT 1",
                  prune->before_ms, &job, fault);
        while (err == HF_ERR_OK && job != 0 && count > 0) {
            err = remove_some(ledger, job, &count, fault);
            out->tasks += err == HF_ERR_OK ? count : 0;
        }
        if (err != HF_ERR_OK || job == 0)
            return err;
        out->jobs++;
    }
}

/* --- All of it --- */

static enum hf_err count_all(struct hf_ledger *ledger, const struct hf_prune *prune,
                             struct hf_pruned *out, struct hf_fault *fault)
{
    const struct {
        const char *sql;
        int64_t *to;
    } questions[] = {
        {"SELECT count(*) FROM jobs WHERE ended_ms <> 0 AND ended_ms < ?1", &out->jobs},
        {"SELECT coalesce(sum(tasks), 0) FROM counts JOIN jobs ON jobs.n = counts.job"
         " WHERE ended_ms <> 0 AND ended_ms < ?1",
         &out->tasks},
        {"SELECT count(*) FROM strays WHERE received_ms < ?1", &out->strays},
        {"SELECT count(*) FROM events WHERE at_ms < ?1", &out->events},
    };
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0] && err == HF_ERR_OK; i++)
        err = ask(ledger, questions[i].sql, prune->before_ms, questions[i].to, fault);
    return err ? err : hf_db_unused_files(ledger, FILE_AGE_S, false, &out->files, fault);
}

static enum hf_err remove_rows(struct hf_ledger *ledger, const char *sql, int64_t before_ms,
                               int64_t *count, struct hf_fault *fault)
{
    int64_t none = 0;
    enum hf_err err = ask(ledger, sql, before_ms, &none, fault);
    *count = err == HF_ERR_OK ? sqlite3_changes64(ledger->sqlite) : 0;
    return err;
}

static enum hf_err remove_all(struct hf_ledger *ledger, const struct hf_prune *prune,
                              struct hf_pruned *out, struct hf_fault *fault)
{
    enum hf_err err = remove_jobs(ledger, prune, out, fault);
    if (err == HF_ERR_OK)
        err = remove_rows(ledger, "DELETE FROM strays WHERE received_ms < ?1", prune->before_ms,
                          &out->strays, fault);
    if (err == HF_ERR_OK)
        err = remove_rows(ledger, "DELETE FROM events WHERE at_ms < ?1", prune->before_ms,
                          &out->events, fault);
    if (err == HF_ERR_OK)
        err = hf_db_unused_files(ledger, FILE_AGE_S, true, &out->files, fault);
    if (err == HF_ERR_OK && prune->vacuum)
        err = execute(ledger, "VACUUM", fault);
    return err ? err : execute(ledger, "PRAGMA wal_checkpoint(TRUNCATE)", fault);
}

enum hf_err hf_ledger_prune(struct hf_ledger *ledger, const struct hf_prune *prune,
                            struct hf_pruned *out, struct hf_fault *fault)
{
    *out = (struct hf_pruned){0};
    if (prune->dry_run)
        return count_all(ledger, prune, out, fault);
    /* Whole jobs go, children before parents; to have each row looked for by those that refer to
     * results, without an index for it, would take a scan for each. */
    enum hf_err err = execute(ledger, "PRAGMA foreign_keys = OFF", fault);
    if (err == HF_ERR_OK)
        err = remove_all(ledger, prune, out, fault);
    (void)sqlite3_exec(ledger->sqlite, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    return err;
}
