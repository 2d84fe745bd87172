#include "ledger/attempts.h"
#include "ledger/row.h"

/* The moves of a task that no report causes. Those that one does are in ledger/results.c. */

/* Runs an UPDATE ... RETURNING job to its end; 0: no row was changed. */
static enum hf_err run_returning(struct hf_db_use *use, int64_t *job, struct hf_fault *fault)
{
    enum hf_err err;
    *job = 0;
    while ((err = hf_db_row(use, fault)) == HF_ERR_OK)
        *job = sqlite3_column_int64(use->statement, 0);
    hf_db_end(use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

static enum hf_err job_of(struct hf_ledger *ledger, struct hf_attempt attempt, int64_t *job,
                          struct hf_fault *fault)
{
    struct hf_entry entry;
    *job = attempt.job;
    if (*job != 0)
        return HF_ERR_OK;
    enum hf_err err = hf_row_find(ledger, attempt.number, &entry, NULL, fault);
    if (err == HF_ERR_OK)
        *job = entry.job;
    return err;
}

/* Without RETURNING, which takes a table of its own each time: this is done for every task. */
static enum hf_err mark_queued(struct hf_ledger *ledger, struct hf_attempt attempt, int64_t now_ms,
                               int64_t *job, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_QUEUED,
              "UPDATE tasks SET state = 'queued', queued_ms = ?3, reason = ''"
              " WHERE n = ?1 AND attempt = ?2 AND state = 'pending'",
              "marking a task as queued", &use);
    hf_db_int(&use, attempt.number);
    hf_db_int(&use, attempt.attempt);
    hf_db_int(&use, now_ms);
    enum hf_err err = hf_db_run(&use, fault);
    if (err != HF_ERR_OK || sqlite3_changes(ledger->sqlite) == 0)
        return err;
    return job_of(ledger, attempt, job, fault);
}

enum hf_err hf_tasks_queued(struct hf_ledger *ledger, struct hf_attempt attempt, int64_t now_ms,
                            bool *moved, struct hf_fault *fault)
{
    bool own = false;
    int64_t job = 0;
    enum hf_err err = hf_db_enter(ledger, &own, fault);
    if (err != HF_ERR_OK)
        return err;
    err = mark_queued(ledger, attempt, now_ms, &job, fault);
    if (err == HF_ERR_OK && job != 0)
        err = hf_tally_move(ledger, job, HF_STATE_PENDING, HF_STATE_QUEUED, now_ms, fault);
    err = hf_db_leave(ledger, own, err, fault);
    if (err == HF_ERR_OK)
        *moved = job != 0;
    return err;
}

static enum hf_err mark_running(struct hf_ledger *ledger, const char *id, uint32_t attempt,
                                const char *board, int64_t now_ms, int64_t *job,
                                struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_RUNNING,
              "UPDATE tasks SET state = 'running', started_ms = ?4, board = ?3"
              " WHERE id = ?1 AND state = 'queued' AND (?2 = 0 OR attempt = ?2) RETURNING job",
              "marking a task as running", &use);
    hf_db_text(&use, id);
    hf_db_int(&use, attempt);
    hf_db_text(&use, board);
    hf_db_int(&use, now_ms);
    return run_returning(&use, job, fault);
}

enum hf_err hf_tasks_running(struct hf_ledger *ledger, const char *id, uint32_t attempt,
                             const char *board, int64_t now_ms, bool *moved, struct hf_fault *fault)
{
    bool own = false;
    int64_t job = 0;
    enum hf_err err = hf_db_enter(ledger, &own, fault);
    if (err != HF_ERR_OK)
        return err;
    err = mark_running(ledger, id, attempt, board, now_ms, &job, fault);
    if (err == HF_ERR_OK && job != 0)
        err = hf_tally_move(ledger, job, HF_STATE_QUEUED, HF_STATE_RUNNING, now_ms, fault);
    err = hf_db_leave(ledger, own, err, fault);
    if (err == HF_ERR_OK)
        *moved = job != 0;
    return err;
}

/* --- Pending again --- */

static enum hf_err set_pending(struct hf_ledger *ledger, const struct hf_entry *entry,
                               const char *reason, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_REQUEUE,
              "UPDATE tasks SET state = 'pending', reason = ?2, queued_ms = 0, started_ms = 0,"
              " board = '' WHERE n = ?1",
              "handing a task out once more", &use);
    hf_db_int(&use, entry->number);
    hf_db_text(&use, reason);
    return hf_db_run(&use, fault);
}

static enum hf_err requeue(struct hf_ledger *ledger, struct hf_attempt attempt, const char *reason,
                           int64_t now_ms, bool *moved, struct hf_fault *fault)
{
    struct hf_entry entry;
    enum hf_err err = hf_row_find(ledger, attempt.number, &entry, NULL, fault);
    if (err != HF_ERR_OK)
        return err;
    *moved = entry.task.attempt == attempt.attempt &&
             (entry.state == HF_STATE_QUEUED || entry.state == HF_STATE_RUNNING);
    if (!*moved)
        return HF_ERR_OK;
    err = hf_attempts_add(ledger, &entry, "lost", reason, now_ms, 0, fault);
    if (err == HF_ERR_OK)
        err = set_pending(ledger, &entry, reason, fault);
    return err ? err
               : hf_tally_move(ledger, entry.job, entry.state, HF_STATE_PENDING, now_ms, fault);
}

enum hf_err hf_tasks_requeue(struct hf_ledger *ledger, struct hf_attempt attempt,
                             const char *reason, int64_t now_ms, bool *moved,
                             struct hf_fault *fault)
{
    bool own = false;
    enum hf_err err = hf_db_enter(ledger, &own, fault);
    if (err != HF_ERR_OK)
        return err;
    err = requeue(ledger, attempt, reason, now_ms, moved, fault);
    return hf_db_leave(ledger, own, err, fault);
}

/* The report that ended it is one of several now. */
static enum hf_err unwin(struct hf_ledger *ledger, int64_t result, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_UNWON, "UPDATE results SET verdict = 'retry' WHERE n = ?1",
              "setting a result aside", &use);
    hf_db_int(&use, result);
    return hf_db_run(&use, fault);
}

static enum hf_err open_again(struct hf_ledger *ledger, const struct hf_entry *entry,
                              uint32_t attempts, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_RETRY,
              "WITH next(attempt) AS (SELECT max(tasks.attempt, jobs.cancelled_attempt) + 1"
              "  FROM tasks JOIN jobs ON jobs.n = tasks.job WHERE tasks.n = ?1)"
              " UPDATE tasks SET state = 'pending', reason = '', attempt = next.attempt,"
              " max_attempts = min(max(max_attempts, next.attempt - 1 + ?2), ?3),"
              " queued_ms = 0, started_ms = 0, ended_ms = 0, board = '', result = NULL"
              " FROM next WHERE n = ?1",
              "handing out a task again", &use);
    hf_db_int(&use, entry->number);
    hf_db_int(&use, attempts);
    hf_db_int(&use, HF_ATTEMPTS_MAX);
    return hf_db_run(&use, fault);
}

static enum hf_err retry(struct hf_ledger *ledger, int64_t number, uint32_t attempts,
                         int64_t now_ms, bool *moved, struct hf_fault *fault)
{
    struct hf_entry entry;
    int64_t result = 0;
    enum hf_err err = hf_row_find(ledger, number, &entry, &result, fault);
    if (err != HF_ERR_OK)
        return err;
    *moved = !hf_state_is_open(entry.state);
    if (!*moved)
        return HF_ERR_OK;
    err = hf_attempts_add(ledger, &entry, "again", entry.reason, entry.ended_ms, result, fault);
    if (err == HF_ERR_OK)
        err = open_again(ledger, &entry, attempts, fault);
    if (err == HF_ERR_OK)
        err = unwin(ledger, result, fault);
    return err ? err
               : hf_tally_move(ledger, entry.job, entry.state, HF_STATE_PENDING, now_ms, fault);
}

enum hf_err hf_tasks_retry(struct hf_ledger *ledger, int64_t number, uint32_t attempts,
                           int64_t now_ms, bool *moved, struct hf_fault *fault)
{
    bool own = false;
    enum hf_err err = hf_db_enter(ledger, &own, fault);
    if (err != HF_ERR_OK)
        return err;
    err = retry(ledger, number, attempts, now_ms, moved, fault);
    return hf_db_leave(ledger, own, err, fault);
}
