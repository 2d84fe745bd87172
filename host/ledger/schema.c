#include "ledger/schema.h"

/* Sizes of bodies stand before the bodies, which come last in their rows: a listing that asks for
 * the size does not read the body's pages. */
static const char first_step[] =
    "CREATE TABLE jobs("
    " n INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL,"
    " handler TEXT NOT NULL,"
    " target_kind TEXT NOT NULL CHECK (target_kind IN ('pool', 'board', 'queue')),"
    " target TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX jobs_by_name ON jobs(name) WHERE name <> '';"

    "CREATE TABLE tasks("
    " n INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " job INTEGER NOT NULL REFERENCES jobs(n),"
    " seq INTEGER NOT NULL CHECK (seq >= 1),"
    " name TEXT NOT NULL,"
    " handler TEXT NOT NULL,"
    " target_kind TEXT NOT NULL CHECK (target_kind IN ('pool', 'board', 'queue')),"
    " target TEXT NOT NULL,"
    " plain INTEGER NOT NULL,"
    " priority INTEGER NOT NULL,"
    " timeout_ms INTEGER NOT NULL,"
    " not_after_ms INTEGER NOT NULL,"
    " attempt INTEGER NOT NULL CHECK (attempt >= 1),"
    " max_attempts INTEGER NOT NULL CHECK (max_attempts >= 1),"
    " payload_bytes INTEGER NOT NULL,"
    " state TEXT NOT NULL CHECK (state IN ('pending', 'queued', 'running', 'done', 'failed',"
    "  'dead', 'cancelled', 'expired', 'refused')),"
    " reason TEXT NOT NULL DEFAULT '',"
    " created_ms INTEGER NOT NULL,"
    " queued_ms INTEGER NOT NULL DEFAULT 0,"
    " started_ms INTEGER NOT NULL DEFAULT 0,"
    " ended_ms INTEGER NOT NULL DEFAULT 0,"
    " duplicates INTEGER NOT NULL DEFAULT 0,"
    " result INTEGER REFERENCES results(n)" /* the report that ended it */
    ") STRICT;"
    "CREATE UNIQUE INDEX tasks_by_place ON tasks(job, seq);"
    "CREATE INDEX tasks_by_state ON tasks(state, job, seq);"
    "CREATE INDEX tasks_ended ON tasks(job, seq) WHERE result IS NOT NULL;"

    "CREATE TABLE payloads(" /* apart, so that a task that moves does not rewrite its payload */
    " task INTEGER PRIMARY KEY REFERENCES tasks(n),"
    " bytes BLOB,"
    " file TEXT"
    ") STRICT;"

    "CREATE TABLE results("
    " n INTEGER PRIMARY KEY,"
    " task INTEGER NOT NULL REFERENCES tasks(n),"
    " verdict TEXT NOT NULL CHECK (verdict IN ('ended', 'retry', 'duplicate')),"
    " status TEXT NOT NULL,"
    " board TEXT NOT NULL,"
    " attempt INTEGER NOT NULL,"
    " exit_code INTEGER NOT NULL,"
    " signal INTEGER NOT NULL,"
    " started_ms INTEGER NOT NULL,"
    " duration_ms INTEGER NOT NULL,"
    " peak_kb INTEGER NOT NULL,"
    " cpu_ms INTEGER NOT NULL,"
    " received_ms INTEGER NOT NULL,"
    " reason TEXT NOT NULL,"
    " log_tail TEXT NOT NULL,"
    " body_bytes INTEGER NOT NULL,"
    " body BLOB,"
    " body_file TEXT"
    ") STRICT;"
    "CREATE INDEX results_by_task ON results(task);"

    "CREATE TABLE strays("
    " n INTEGER PRIMARY KEY AUTOINCREMENT,"
    " received_ms INTEGER NOT NULL,"
    " queue TEXT NOT NULL,"
    " sender TEXT NOT NULL,"
    " task TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " body_bytes INTEGER NOT NULL,"
    " body BLOB,"
    " body_file TEXT"
    ") STRICT;"

    /* How many tasks of a job are in which state. Kept by triggers, so it cannot drift. */
    "CREATE TABLE counts("
    " job INTEGER NOT NULL REFERENCES jobs(n),"
    " state TEXT NOT NULL,"
    " tasks INTEGER NOT NULL,"
    " PRIMARY KEY (job, state)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER count_added AFTER INSERT ON tasks BEGIN"
    " INSERT INTO counts VALUES (new.job, new.state, 1)"
    "  ON CONFLICT DO UPDATE SET tasks = tasks + 1;"
    "END;"
    "CREATE TRIGGER count_moved AFTER UPDATE OF state ON tasks WHEN new.state <> old.state BEGIN"
    " UPDATE counts SET tasks = tasks - 1 WHERE job = old.job AND state = old.state;"
    " INSERT INTO counts VALUES (new.job, new.state, 1)"
    "  ON CONFLICT DO UPDATE SET tasks = tasks + 1;"
    "END;"
    "CREATE TRIGGER count_removed AFTER DELETE ON tasks BEGIN"
    " UPDATE counts SET tasks = tasks - 1 WHERE job = old.job AND state = old.state;"
    "END;";

const char *const hf_schema_steps[] = {first_step};
const int hf_schema_step_count = sizeof hf_schema_steps / sizeof hf_schema_steps[0];

static enum hf_err ask(struct hf_ledger *ledger, const char *sql, int64_t *out,
                       struct hf_fault *fault)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(ledger->sqlite, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? HF_ERR_OK : hf_db_fault(ledger, code, "reading its version", fault);
}

static enum hf_err run(struct hf_ledger *ledger, const char *sql, struct hf_fault *fault)
{
    if (sqlite3_exec(ledger->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK)
        return HF_ERR_OK;
    return hf_db_fault(ledger, sqlite3_extended_errcode(ledger->sqlite), "bringing it up to date",
                       fault);
}

static enum hf_err check(struct hf_ledger *ledger, int count, int64_t *version,
                         struct hf_fault *fault)
{
    int64_t application = 0;
    int64_t tables = 0;
    enum hf_err err = ask(ledger, "PRAGMA user_version", version, fault);
    if (err == HF_ERR_OK)
        err = ask(ledger, "PRAGMA application_id", &application, fault);
    if (err == HF_ERR_OK)
        err = ask(ledger, "SELECT count(*) FROM sqlite_schema", &tables, fault);
    if (err != HF_ERR_OK)
        return err;
    if (tables > 0 && application != HF_SCHEMA_APPLICATION_ID)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                            "%s is a database of another program, not a ledger: move it away",
                            ledger->path);
    if (*version > count)
        return hf_fault_set(fault, HF_ERR_ILLEGAL, 0,
                            "ledger %s has version %d, this holdfast knows versions up to %d: "
                            "use a newer holdfast",
                            ledger->path, (int)*version, count);
    return HF_ERR_OK;
}

static enum hf_err climb(struct hf_ledger *ledger, const char *const *steps, int64_t from,
                         int count, struct hf_fault *fault)
{
    char sql[96];
    enum hf_err err = HF_ERR_OK;
    for (int64_t i = from; i < count && err == HF_ERR_OK; i++)
        err = run(ledger, steps[i], fault);
    if (err != HF_ERR_OK)
        return err;
    sqlite3_snprintf(sizeof sql, sql, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                     HF_SCHEMA_APPLICATION_ID, count);
    return run(ledger, sql, fault);
}

enum hf_err hf_schema_upgrade(struct hf_ledger *ledger, const char *const *steps, int count,
                              struct hf_fault *fault)
{
    int64_t version = 0;
    enum hf_err err = check(ledger, count, &version, fault);
    if (err != HF_ERR_OK || version == count)
        return err;
    err = run(ledger, "BEGIN IMMEDIATE", fault);
    if (err != HF_ERR_OK)
        return err;
    err = check(ledger, count, &version, fault); /* another process may have been quicker */
    if (err == HF_ERR_OK)
        err = climb(ledger, steps, version, count, fault);
    if (err == HF_ERR_OK)
        err = run(ledger, "COMMIT", fault);
    if (err != HF_ERR_OK)
        (void)sqlite3_exec(ledger->sqlite, "ROLLBACK", NULL, NULL, NULL);
    return err;
}
