#include "ledger/schema.h"

/* Not as "state IN (...)": for each row that is checked SQLite would make a table of the list,
 * which took a third of what a submission is. */
#define IS_STATE                                                                                   \
    "CHECK (state = 'pending' OR state = 'queued' OR state = 'running' OR state = 'done'"          \
    " OR state = 'failed' OR state = 'dead' OR state = 'cancelled' OR state = 'expired'"           \
    " OR state = 'refused')"
#define IS_TARGET_KIND                                                                             \
    "CHECK (target_kind = 'pool' OR target_kind = 'board' OR target_kind = 'queue')"

/* Sizes of bodies stand before the bodies, which come last in their rows: a listing that asks for
 * the size does not read the body's pages. */
static const char first_step[] =
    "CREATE TABLE jobs("
    " n INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL,"
    " handler TEXT NOT NULL,"
    " target_kind TEXT NOT NULL " IS_TARGET_KIND ","
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
    " target_kind TEXT NOT NULL " IS_TARGET_KIND ","
    " target TEXT NOT NULL,"
    " plain INTEGER NOT NULL,"
    " priority INTEGER NOT NULL,"
    " timeout_ms INTEGER NOT NULL,"
    " not_after_ms INTEGER NOT NULL,"
    " attempt INTEGER NOT NULL CHECK (attempt >= 1),"
    " max_attempts INTEGER NOT NULL CHECK (max_attempts >= 1),"
    " payload_bytes INTEGER NOT NULL,"
    " state TEXT NOT NULL " IS_STATE ","
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
    " verdict TEXT NOT NULL CHECK (verdict = 'ended' OR verdict = 'retry'"
    "  OR verdict = 'duplicate'),"
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

    /* How many tasks of a job are in which state. Kept by triggers until the next step. */
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

/* Counts are kept by ledger/tally.c from here on: a trigger for each row took half of the time of a
 * submission. What is asked for by handler or target goes by the jobs, of which there are fewer. */
static const char second_step[] =
    "DROP TRIGGER count_added;"
    "DROP TRIGGER count_moved;"
    "DROP TRIGGER count_removed;"
    "CREATE TABLE totals(" /* the same over all jobs */
    " state TEXT PRIMARY KEY,"
    " tasks INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO totals SELECT state, sum(tasks) FROM counts GROUP BY state;"

    "ALTER TABLE tasks ADD COLUMN board TEXT NOT NULL DEFAULT '';" /* that has it, or ended it */
    "UPDATE tasks SET board = coalesce((SELECT board FROM results WHERE results.n = tasks.result),"
    " '') WHERE result IS NOT NULL;"
    "CREATE INDEX tasks_by_board ON tasks(board, job, seq) WHERE board <> '';"
    "CREATE INDEX tasks_by_pin ON tasks(target, job, seq) WHERE target_kind = 'board';"

    "ALTER TABLE jobs ADD COLUMN race INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jobs ADD COLUMN schedule INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jobs ADD COLUMN ended_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jobs ADD COLUMN told_ms INTEGER NOT NULL DEFAULT 0;"
    "UPDATE jobs SET ended_ms = (SELECT max(ended_ms) FROM tasks WHERE tasks.job = jobs.n)"
    " WHERE NOT EXISTS (SELECT 1 FROM counts WHERE counts.job = jobs.n AND tasks > 0"
    "  AND state IN ('pending', 'queued', 'running'));"
    "UPDATE jobs SET told_ms = ended_ms;" /* no hook knew of them */
    "CREATE INDEX jobs_by_handler ON jobs(handler, n);"
    "CREATE INDEX jobs_by_target ON jobs(target_kind, target, n);"
    "CREATE INDEX jobs_by_time ON jobs(created_ms, n);"
    "CREATE INDEX jobs_open ON jobs(n) WHERE ended_ms = 0;"
    "CREATE INDEX jobs_untold ON jobs(n) WHERE ended_ms <> 0 AND told_ms = 0;"

    "CREATE TABLE attempts(" /* those that are over; the last one of a task stands in `tasks` */
    " n INTEGER PRIMARY KEY,"
    " task INTEGER NOT NULL REFERENCES tasks(n),"
    " attempt INTEGER NOT NULL,"
    " board TEXT NOT NULL,"
    " queued_ms INTEGER NOT NULL,"
    " started_ms INTEGER NOT NULL,"
    " ended_ms INTEGER NOT NULL,"
    " outcome TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " result INTEGER REFERENCES results(n)"
    ") STRICT;"
    "CREATE INDEX attempts_by_task ON attempts(task, n);"
    "INSERT INTO attempts(task, attempt, board, queued_ms, started_ms, ended_ms, outcome, reason,"
    " result) SELECT task, attempt, board, 0, 0, received_ms, 'retry', reason, n FROM results"
    " WHERE verdict = 'retry';"

    "CREATE TABLE boards("
    " name TEXT PRIMARY KEY,"
    " pool TEXT NOT NULL DEFAULT '',"
    " enrolled_ms INTEGER NOT NULL DEFAULT 0,"
    " retired_ms INTEGER NOT NULL DEFAULT 0,"
    " seen_ms INTEGER NOT NULL DEFAULT 0,"
    " lost_ms INTEGER NOT NULL DEFAULT 0," /* since when it is missed; 0: it is not */
    " state TEXT NOT NULL DEFAULT '',"
    " task TEXT NOT NULL DEFAULT '',"
    " done INTEGER NOT NULL DEFAULT 0,"
    " failed INTEGER NOT NULL DEFAULT 0,"
    " presence_ms INTEGER NOT NULL DEFAULT 0,"
    " presence TEXT NOT NULL DEFAULT ''," /* as JSON, like on the wire */
    " facts_ms INTEGER NOT NULL DEFAULT 0,"
    " facts TEXT NOT NULL DEFAULT ''"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE events("
    " n INTEGER PRIMARY KEY AUTOINCREMENT,"
    " at_ms INTEGER NOT NULL,"
    " kind TEXT NOT NULL,"
    " board TEXT NOT NULL,"
    " task TEXT NOT NULL,"
    " job INTEGER NOT NULL,"
    " text TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX events_by_board ON events(board, n) WHERE board <> '';"
    "CREATE INDEX events_by_task ON events(task, n) WHERE task <> '';"

    "CREATE TABLE schedules("
    " n INTEGER PRIMARY KEY AUTOINCREMENT,"
    " id TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL,"
    " handler TEXT NOT NULL,"
    " target_kind TEXT NOT NULL " IS_TARGET_KIND ","
    " target TEXT NOT NULL,"
    " race INTEGER NOT NULL,"
    " rule TEXT NOT NULL," /* cron; empty: once */
    " created_ms INTEGER NOT NULL,"
    " next_ms INTEGER NOT NULL," /* 0: it is over */
    " last_ms INTEGER NOT NULL DEFAULT 0,"
    " last_job INTEGER NOT NULL DEFAULT 0,"
    " runs INTEGER NOT NULL DEFAULT 0,"
    " paused INTEGER NOT NULL DEFAULT 0,"
    " tasks INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE INDEX schedules_by_name ON schedules(name) WHERE name <> '';"
    "CREATE INDEX schedules_due ON schedules(next_ms) WHERE next_ms <> 0 AND paused = 0;"

    "CREATE TABLE schedule_tasks(" /* what each of its jobs is made of */
    " n INTEGER PRIMARY KEY,"
    " schedule INTEGER NOT NULL REFERENCES schedules(n),"
    " seq INTEGER NOT NULL CHECK (seq >= 1),"
    " name TEXT NOT NULL,"
    " target_kind TEXT NOT NULL " IS_TARGET_KIND ","
    " target TEXT NOT NULL,"
    " plain INTEGER NOT NULL,"
    " priority INTEGER NOT NULL,"
    " timeout_ms INTEGER NOT NULL,"
    " not_after_ms INTEGER NOT NULL," /* after the run's time, not since 1970 */
    " max_attempts INTEGER NOT NULL CHECK (max_attempts >= 1),"
    " payload_bytes INTEGER NOT NULL,"
    " bytes BLOB,"
    " file TEXT"
    ") STRICT;"
    "CREATE UNIQUE INDEX schedule_tasks_by_place ON schedule_tasks(schedule, seq);";

static const char third_step[] =
    "ALTER TABLE tasks ADD COLUMN soft_timeout_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE tasks ADD COLUMN limits TEXT NOT NULL DEFAULT '';" /* "memory_mb=64 cpu_s=10" */
    "ALTER TABLE schedule_tasks ADD COLUMN soft_timeout_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE schedule_tasks ADD COLUMN limits TEXT NOT NULL DEFAULT '';";

/* jobs.race: 0 no race, 1 not won yet, 2 won but boards were not told, 3 they were. */
static const char fourth_step[] =
    "CREATE INDEX jobs_won ON jobs(n) WHERE race = 2;"
    "CREATE INDEX tasks_by_name ON tasks(job, name, seq) WHERE name <> '';";

static const char fifth_step[] =
    "CREATE TABLE certificates("
    " n INTEGER PRIMARY KEY AUTOINCREMENT,"
    " board TEXT NOT NULL,"
    " serial TEXT NOT NULL UNIQUE,"
    " issued_ms INTEGER NOT NULL,"
    " until_s INTEGER NOT NULL,"
    " revoked_ms INTEGER NOT NULL DEFAULT 0,"
    " signs INTEGER NOT NULL,"
    " pem TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX certificates_by_board ON certificates(board, n) WHERE revoked_ms = 0;"
    "CREATE INDEX certificates_revoked ON certificates(until_s) WHERE revoked_ms <> 0;";

/* jobs.cancelled_attempt: boards were told that no attempt up to this one is wanted; 0: none was.
 */
static const char sixth_step[] =
    "ALTER TABLE jobs ADD COLUMN cancelled_attempt INTEGER NOT NULL DEFAULT 0;";

const char *const hf_schema_steps[] = {first_step,  second_step, third_step,
                                       fourth_step, fifth_step,  sixth_step};
const int hf_schema_step_count = sizeof hf_schema_steps / sizeof hf_schema_steps[0];
