#include "ledger/tally.h"

#include "ledger/db.h"

static enum hf_err write_total(struct hf_ledger *ledger, enum hf_state state, int64_t change,
                               struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TOTAL_CHANGE,
              "INSERT INTO totals(state, tasks) VALUES (?1, ?2)"
              " ON CONFLICT DO UPDATE SET tasks = tasks + excluded.tasks",
              "counting tasks", &use);
    hf_db_text(&use, hf_state_text(state));
    hf_db_int(&use, change);
    return hf_db_run(&use, fault);
}

static enum hf_err write_state(struct hf_ledger *ledger, int64_t job, enum hf_state state,
                               int64_t change, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_COUNT_CHANGE,
              "INSERT INTO counts(job, state, tasks) VALUES (?1, ?2, ?3)"
              " ON CONFLICT DO UPDATE SET tasks = tasks + excluded.tasks",
              "counting tasks", &use);
    hf_db_int(&use, job);
    hf_db_text(&use, hf_state_text(state));
    hf_db_int(&use, change);
    enum hf_err err = hf_db_run(&use, fault);
    return err ? err : write_total(ledger, state, change, fault);
}

/* A job that was opened again (a retry by hand) has not ended, and may be told of once more. */
static enum hf_err write_end(struct hf_ledger *ledger, int64_t job, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_JOB_ENDED,
              "WITH open(tasks) AS (SELECT coalesce(sum(tasks), 0) FROM counts WHERE job = ?1"
              "  AND state IN ('pending', 'queued', 'running'))"
              " UPDATE jobs SET ended_ms = CASE WHEN open.tasks > 0 THEN 0 ELSE ?2 END,"
              "  told_ms = CASE WHEN open.tasks > 0 THEN 0 ELSE told_ms END"
              " FROM open WHERE jobs.n = ?1 AND (jobs.ended_ms = 0) <> (open.tasks > 0)",
              "noting the end of a job", &use);
    hf_db_int(&use, job);
    hf_db_int(&use, ledger->tally.at_ms);
    return hf_db_run(&use, fault);
}

static enum hf_err write_job(struct hf_ledger *ledger, const struct hf_tally_one *one,
                             struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; i < HF_STATE_COUNT && err == HF_ERR_OK; i++) {
        if (one->change[i] != 0)
            err = write_state(ledger, one->job, (enum hf_state)i, one->change[i], fault);
    }
    return err ? err : write_end(ledger, one->job, fault);
}

enum hf_err hf_tally_write(struct hf_ledger *ledger, struct hf_fault *fault)
{
    struct hf_tally *tally = &ledger->tally;
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; i < tally->count && err == HF_ERR_OK; i++)
        err = write_job(ledger, &tally->jobs[i], fault);
    if (err == HF_ERR_OK)
        tally->count = 0;
    return err;
}

void hf_tally_forget(struct hf_ledger *ledger)
{
    ledger->tally.count = 0;
}

static struct hf_tally_one *find(struct hf_tally *tally, int64_t job)
{
    for (size_t i = 0; i < tally->count; i++) {
        if (tally->jobs[i].job == job)
            return &tally->jobs[i];
    }
    if (tally->count == HF_TALLY_JOBS)
        return NULL;
    tally->jobs[tally->count] = (struct hf_tally_one){.job = job};
    return &tally->jobs[tally->count++];
}

enum hf_err hf_tally_add(struct hf_ledger *ledger, int64_t job, enum hf_state state, int64_t tasks,
                         int64_t at_ms, struct hf_fault *fault)
{
    struct hf_tally *tally = &ledger->tally;
    struct hf_tally_one *one = find(tally, job);
    if (!one) {
        enum hf_err err = hf_tally_write(ledger, fault);
        if (err != HF_ERR_OK)
            return err;
        one = find(tally, job);
    }
    one->change[state] += tasks;
    tally->at_ms = at_ms;
    return HF_ERR_OK;
}

enum hf_err hf_tally_move(struct hf_ledger *ledger, int64_t job, enum hf_state from,
                          enum hf_state to, int64_t at_ms, struct hf_fault *fault)
{
    enum hf_err err = hf_tally_add(ledger, job, from, -1, at_ms, fault);
    return err ? err : hf_tally_add(ledger, job, to, 1, at_ms, fault);
}
