#include "ledger/row.h"

/* Open tasks that end because nobody has use for them any more: on the word of a person or a race,
 * or because their time has passed. */

/* Of one task, or of all of a job that are in one state. */
#define ONE "n = ?1 AND state = ?2"
#define ALL "job = ?1 AND state = ?2"

#define REPORT(which)                                                                              \
    "INSERT INTO results(task, verdict, status, board, attempt, exit_code, signal, started_ms,"    \
    " duration_ms, peak_kb, cpu_ms, received_ms, reason, log_tail, body_bytes)"                    \
    " SELECT n, 'ended', ?5, '', attempt, -1, 0, 0, 0, 0, 0, ?4, ?3, '', 0 FROM tasks"             \
    " WHERE " which
#define END(which)                                                                                 \
    "UPDATE tasks SET state = ?5, reason = ?3, ended_ms = ?4,"                                     \
    " result = (SELECT max(results.n) FROM results WHERE results.task = tasks.n) WHERE " which

static const char *const reports[] = {REPORT(ONE), REPORT(ALL)};
static const char *const ends[] = {END(ONE), END(ALL)};

/* How they end. */
struct ending {
    enum hf_state state;
    const char *reason;
    int64_t now_ms;
};

static enum hf_err run(struct hf_ledger *ledger, enum hf_sql id, const char *sql, int64_t number,
                       enum hf_state from, const struct ending *ending, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, id, sql, "ending tasks", &use);
    hf_db_int(&use, number);
    hf_db_text(&use, hf_state_text(from));
    hf_db_text(&use, ending->reason);
    hf_db_int(&use, ending->now_ms);
    hf_db_text(&use, hf_state_text(ending->state));
    return hf_db_run(&use, fault);
}

/* `which`: 0 the task of that number, 1 the tasks of that job. */
static enum hf_err end_those(struct hf_ledger *ledger, int which, int64_t number,
                             enum hf_state from, const struct ending *ending, int64_t *ended,
                             struct hf_fault *fault)
{
    enum hf_err err = run(ledger, (enum hf_sql)(HF_SQL_CANCEL_REPORT + which), reports[which],
                          number, from, ending, fault);
    if (err == HF_ERR_OK)
        err = run(ledger, (enum hf_sql)(HF_SQL_CANCEL_TASK + which), ends[which], number, from,
                  ending, fault);
    if (err == HF_ERR_OK)
        *ended = sqlite3_changes64(ledger->sqlite);
    return err;
}

static enum hf_err tally(struct hf_ledger *ledger, int64_t job, enum hf_state from, int64_t tasks,
                         const struct ending *ending, struct hf_fault *fault)
{
    enum hf_err err = hf_tally_add(ledger, job, from, -tasks, ending->now_ms, fault);
    return err ? err : hf_tally_add(ledger, job, ending->state, tasks, ending->now_ms, fault);
}

static enum hf_err end_one(struct hf_ledger *ledger, const struct hf_entry *entry,
                           const struct ending *ending, struct hf_fault *fault)
{
    int64_t ended = 0;
    enum hf_err err = end_those(ledger, 0, entry->number, entry->state, ending, &ended, fault);
    return err ? err : tally(ledger, entry->job, entry->state, ended, ending, fault);
}

static enum hf_err cancel(struct hf_ledger *ledger, int64_t number, const char *reason,
                          int64_t now_ms, bool *moved, struct hf_fault *fault)
{
    const struct ending ending = {HF_STATE_CANCELLED, reason, now_ms};
    struct hf_entry entry;
    enum hf_err err = hf_row_find(ledger, number, &entry, NULL, fault);
    if (err != HF_ERR_OK)
        return err;
    *moved = hf_state_is_open(entry.state);
    return *moved ? end_one(ledger, &entry, &ending, fault) : HF_ERR_OK;
}

enum hf_err hf_tasks_cancel(struct hf_ledger *ledger, int64_t number, const char *reason,
                            int64_t now_ms, bool *moved, struct hf_fault *fault)
{
    bool own = false;
    enum hf_err err = hf_db_enter(ledger, &own, fault);
    if (err != HF_ERR_OK)
        return err;
    err = cancel(ledger, number, reason, now_ms, moved, fault);
    return hf_db_leave(ledger, own, err, fault);
}

static enum hf_err note_attempt(struct hf_ledger *ledger, int64_t job, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_CANCEL_ATTEMPT,
              "UPDATE jobs SET cancelled_attempt = (SELECT coalesce(max(attempt), 0) FROM tasks"
              "  WHERE tasks.job = ?1) WHERE n = ?1",
              "cancelling a job", &use);
    hf_db_int(&use, job);
    return hf_db_run(&use, fault);
}

static enum hf_err cancel_all(struct hf_ledger *ledger, int64_t job, const char *reason,
                              int64_t now_ms, struct hf_counts *cancelled, struct hf_fault *fault)
{
    const struct ending ending = {HF_STATE_CANCELLED, reason, now_ms};
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; i < HF_STATE_COUNT && err == HF_ERR_OK; i++) {
        enum hf_state state = (enum hf_state)i;
        if (!hf_state_is_open(state))
            continue;
        err = end_those(ledger, 1, job, state, &ending, &cancelled->of[i], fault);
        if (err == HF_ERR_OK)
            err = tally(ledger, job, state, cancelled->of[i], &ending, fault);
    }
    return err ? err : note_attempt(ledger, job, fault);
}

enum hf_err hf_tasks_cancel_job(struct hf_ledger *ledger, int64_t job, const char *reason,
                                int64_t now_ms, struct hf_counts *cancelled, struct hf_fault *fault)
{
    bool own = false;
    *cancelled = (struct hf_counts){0};
    enum hf_err err = hf_db_enter(ledger, &own, fault);
    if (err != HF_ERR_OK)
        return err;
    err = cancel_all(ledger, job, reason, now_ms, cancelled, fault);
    return hf_db_leave(ledger, own, err, fault);
}

/* --- Those that were never sent and are too late now --- */

static enum hf_err expire(struct hf_ledger *ledger, struct hf_attempt attempt,
                          const struct ending *ending, bool *moved, struct hf_fault *fault)
{
    struct hf_entry entry;
    enum hf_err err = hf_row_find(ledger, attempt.number, &entry, NULL, fault);
    if (err != HF_ERR_OK)
        return err;
    *moved = entry.state == HF_STATE_PENDING && entry.task.attempt == attempt.attempt;
    return *moved ? end_one(ledger, &entry, ending, fault) : HF_ERR_OK;
}

enum hf_err hf_tasks_expire(struct hf_ledger *ledger, struct hf_attempt attempt, const char *reason,
                            int64_t now_ms, bool *moved, struct hf_fault *fault)
{
    const struct ending ending = {HF_STATE_EXPIRED, reason, now_ms};
    bool own = false;
    enum hf_err err = hf_db_enter(ledger, &own, fault);
    if (err != HF_ERR_OK)
        return err;
    err = expire(ledger, attempt, &ending, moved, fault);
    return hf_db_leave(ledger, own, err, fault);
}

/* --- Dead ones that are given up --- */

static enum hf_err drop(struct hf_ledger *ledger, int64_t number, const char *reason, bool *moved,
                        struct hf_fault *fault)
{
    struct hf_db_use use;
    struct hf_entry entry;
    enum hf_err err = hf_row_find(ledger, number, &entry, NULL, fault);
    if (err != HF_ERR_OK)
        return err;
    *moved = entry.state == HF_STATE_DEAD;
    if (!*moved)
        return HF_ERR_OK;
    hf_db_use(ledger, HF_SQL_TASK_DROP,
              "UPDATE tasks SET state = 'cancelled', reason = substr(?2 || ': ' || reason, 1, ?3)"
              " WHERE n = ?1",
              "dropping a dead task", &use);
    hf_db_int(&use, number);
    hf_db_text(&use, reason);
    hf_db_int(&use, HF_REASON_MAX);
    err = hf_db_run(&use, fault);
    return err ? err
               : hf_tally_move(ledger, entry.job, HF_STATE_DEAD, HF_STATE_CANCELLED, entry.ended_ms,
                               fault);
}

enum hf_err hf_tasks_drop(struct hf_ledger *ledger, int64_t number, const char *reason, bool *moved,
                          struct hf_fault *fault)
{
    bool own = false;
    enum hf_err err = hf_db_enter(ledger, &own, fault);
    if (err != HF_ERR_OK)
        return err;
    err = drop(ledger, number, reason, moved, fault);
    return hf_db_leave(ledger, own, err, fault);
}
