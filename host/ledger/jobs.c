#include "ledger/jobs.h"

#include "ledger/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                                    \
    "n, id, name, handler, target_kind, target, created_ms, race, schedule, ended_ms, told_ms,"    \
    " cancelled_attempt"
#define START_MIN 4

enum { RACE_NONE, RACE_OPEN, RACE_WON, RACE_TOLD }; /* jobs.race */

static const char *const TARGET_TEXTS[HF_TARGET_COUNT] = {
#define X(name, text) [HF_TARGET_##name] = (text),
    HF_TARGET_LIST(X)
#undef X
};

const char *hf_target_kind_text(enum hf_target_kind kind)
{
    return (size_t)kind < HF_TARGET_COUNT ? TARGET_TEXTS[kind] : "?";
}

enum hf_err hf_target_kind_parse(struct hf_str text, enum hf_target_kind *out)
{
    for (size_t i = 0; i < HF_TARGET_COUNT; i++) {
        if (!hf_str_equal(text, hf_str(TARGET_TEXTS[i])))
            continue;
        *out = (enum hf_target_kind)i;
        return HF_ERR_OK;
    }
    return HF_ERR_INVALID;
}

enum hf_err hf_jobs_add(struct hf_ledger *ledger, struct hf_job *job, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_JOB_ADD,
              "INSERT INTO jobs(id, name, handler, target_kind, target, created_ms, race,"
              " schedule) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
              "adding a job", &use);
    hf_db_text(&use, job->id);
    hf_db_text(&use, job->name);
    hf_db_text(&use, job->handler);
    hf_db_text(&use, hf_target_kind_text(job->target.kind));
    hf_db_text(&use, job->target.name);
    hf_db_int(&use, job->created_ms);
    hf_db_int(&use, job->race);
    hf_db_int(&use, job->schedule);
    enum hf_err err = hf_db_run(&use, fault);
    if (err == HF_ERR_EXISTS)
        return hf_fault_set(fault, err, 0, "there is a job %s already", job->id);
    if (err == HF_ERR_OK)
        job->number = sqlite3_last_insert_rowid(ledger->sqlite);
    return err;
}

static void read_job(sqlite3_stmt *row, struct hf_job *out)
{
    char kind[16];
    *out = (struct hf_job){.number = sqlite3_column_int64(row, 0)};
    hf_db_get_text(row, 1, out->id, sizeof out->id);
    hf_db_get_text(row, 2, out->name, sizeof out->name);
    hf_db_get_text(row, 3, out->handler, sizeof out->handler);
    hf_db_get_text(row, 4, kind, sizeof kind);
    (void)hf_target_kind_parse(hf_str(kind), &out->target.kind); /* the table allows no other */
    hf_db_get_text(row, 5, out->target.name, sizeof out->target.name);
    out->created_ms = sqlite3_column_int64(row, 6);
    out->race = sqlite3_column_int(row, 7) != RACE_NONE;
    out->won = sqlite3_column_int(row, 7) >= RACE_WON;
    out->schedule = sqlite3_column_int64(row, 8);
    out->ended_ms = sqlite3_column_int64(row, 9);
    out->told_ms = sqlite3_column_int64(row, 10);
    out->cancelled_attempt = (uint32_t)sqlite3_column_int64(row, 11);
}

/* The only row; HF_ERR_NOT_FOUND without a fault; HF_ERR_INVALID when there are two. */
static enum hf_err take_one(struct hf_db_use *use, struct hf_job *out, struct hf_fault *fault)
{
    enum hf_err err = hf_db_row(use, fault);
    if (err == HF_ERR_OK) {
        read_job(use->statement, out);
        err = hf_db_row(use, fault);
        err = err == HF_ERR_OK ? HF_ERR_INVALID : err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
    }
    hf_db_end(use);
    return err;
}

static enum hf_err by_number(struct hf_ledger *ledger, int64_t number, struct hf_job *out,
                             struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_JOB_BY_NUMBER, "SELECT " COLUMNS " FROM jobs WHERE n = ?1",
              "finding a job", &use);
    hf_db_int(&use, number);
    return take_one(&use, out, fault);
}

static enum hf_err by_text(struct hf_ledger *ledger, enum hf_sql id, const char *sql,
                           const char *text, struct hf_job *out, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, id, sql, "finding a job", &use);
    hf_db_text(&use, text);
    return take_one(&use, out, fault);
}

static enum hf_err latest(struct hf_ledger *ledger, struct hf_job *out, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_JOB_LATEST, "SELECT " COLUMNS " FROM jobs ORDER BY n DESC LIMIT 1",
              "finding the latest job", &use);
    enum hf_err err = take_one(&use, out, fault);
    if (err == HF_ERR_NOT_FOUND)
        return hf_fault_set(fault, err, 0,
                            "there is no job yet: hand one in with \"holdfast submit\"");
    return err;
}

static bool is_number(const char *text)
{
    return text[0] >= '1' && text[0] <= '9' && strlen(text) <= 15 &&
           strspn(text, "0123456789") == strlen(text);
}

static enum hf_err by_start(struct hf_ledger *ledger, const char *text, struct hf_job *out,
                            struct hf_fault *fault)
{
    if (strlen(text) < START_MIN || !hf_id_valid(hf_str(text)))
        return HF_ERR_NOT_FOUND;
    /* Ids are ASCII, so every id that begins with TEXT lies between TEXT and TEXT + DEL. */
    enum hf_err err = by_text(ledger, HF_SQL_JOB_BY_START,
                              "SELECT " COLUMNS " FROM jobs"
                              " WHERE id >= ?1 AND id < ?1 || x'7f' LIMIT 2",
                              text, out, fault);
    if (err == HF_ERR_INVALID)
        return hf_fault_set(fault, err, 0, "several jobs have an id that begins with %s", text);
    return err;
}

static enum hf_err by_any(struct hf_ledger *ledger, const char *text, struct hf_job *out,
                          struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_NOT_FOUND;
    if (is_number(text))
        err = by_number(ledger, strtoll(text, NULL, 10), out, fault);
    if (err == HF_ERR_NOT_FOUND)
        err = by_text(ledger, HF_SQL_JOB_BY_ID, "SELECT " COLUMNS " FROM jobs WHERE id = ?1", text,
                      out, fault);
    if (err == HF_ERR_NOT_FOUND && text[0])
        err = by_text(ledger, HF_SQL_JOB_BY_NAME,
                      "SELECT " COLUMNS " FROM jobs WHERE name = ?1 AND name <> ''"
                      " ORDER BY n DESC LIMIT 1",
                      text, out, fault);
    return err == HF_ERR_NOT_FOUND ? by_start(ledger, text, out, fault) : err;
}

enum hf_err hf_jobs_find(struct hf_ledger *ledger, const char *text, struct hf_job *out,
                         struct hf_fault *fault)
{
    enum hf_err err = text ? by_any(ledger, text, out, fault) : HF_ERR_NOT_FOUND;
    if (err == HF_ERR_NOT_FOUND && (!text || strcmp(text, "latest") == 0))
        return latest(ledger, out, fault);
    if (err == HF_ERR_NOT_FOUND)
        return hf_fault_set(fault, err, 0,
                            "there is no job \"%s\": give its number, id, the beginning of its id, "
                            "or its name",
                            text);
    return err;
}

enum hf_err hf_jobs_get(struct hf_ledger *ledger, int64_t number, struct hf_job *out,
                        struct hf_fault *fault)
{
    enum hf_err err = by_number(ledger, number, out, fault);
    if (err == HF_ERR_NOT_FOUND)
        return hf_fault_set(fault, err, 0, "there is no job number %lld", (long long)number);
    return err;
}

/* Open ones, or of a handler, or both. */
#define LIST(index, condition)                                                                     \
    "SELECT " COLUMNS " FROM jobs " index " WHERE " condition                                      \
    "n < ?1 AND (?3 = '' OR handler = ?3) ORDER BY n DESC LIMIT ?2"

static const char *const LISTS[] = {
    LIST("", ""),
    LIST("INDEXED BY jobs_open", "ended_ms = 0 AND "),
    LIST("INDEXED BY jobs_by_handler", "handler = ?3 AND "),
    LIST("INDEXED BY jobs_open", "ended_ms = 0 AND handler = ?3 AND "),
};

enum hf_err hf_jobs_list(struct hf_ledger *ledger, const struct hf_jobs_filter *filter,
                         hf_jobs_each each, void *context, struct hf_fault *fault)
{
    struct hf_db_use use;
    struct hf_job job;
    enum hf_err err;
    int which = (filter->open ? 1 : 0) + (filter->handler ? 2 : 0);
    hf_db_use(ledger, (enum hf_sql)(HF_SQL_JOB_LIST + which), LISTS[which], "listing jobs", &use);
    hf_db_int(&use, filter->before ? filter->before : INT64_MAX);
    hf_db_int(&use, filter->limit);
    hf_db_text(&use, filter->handler);
    while ((err = hf_db_row(&use, fault)) == HF_ERR_OK) {
        read_job(use.statement, &job);
        err = each(context, &job);
        if (err != HF_ERR_OK)
            break;
    }
    hf_db_end(&use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

enum hf_err hf_jobs_untold(struct hf_ledger *ledger, struct hf_job *out, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_JOB_UNTOLD,
              "SELECT " COLUMNS " FROM jobs INDEXED BY jobs_untold"
              " WHERE ended_ms <> 0 AND told_ms = 0 ORDER BY n LIMIT 1",
              "finding a job that has ended", &use);
    return take_one(&use, out, fault);
}

enum hf_err hf_jobs_told(struct hf_ledger *ledger, int64_t number, int64_t now_ms,
                         struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_JOB_TOLD,
              "UPDATE jobs SET told_ms = ?2 WHERE n = ?1 AND ended_ms <> 0",
              "noting that a job was told of", &use);
    hf_db_int(&use, number);
    hf_db_int(&use, now_ms);
    return hf_db_run(&use, fault);
}

enum hf_err hf_jobs_racing(struct hf_ledger *ledger, const char *task, struct hf_job *out,
                           struct hf_fault *fault)
{
    return by_text(ledger, HF_SQL_JOB_RACING,
                   "SELECT " COLUMNS " FROM jobs WHERE race = 1"
                   " AND n = (SELECT job FROM tasks WHERE tasks.id = ?1)",
                   task, out, fault);
}

static enum hf_err set_race(struct hf_ledger *ledger, int64_t number, int race,
                            struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_JOB_RACE, "UPDATE jobs SET race = ?2 WHERE n = ?1",
              "noting the end of a race", &use);
    hf_db_int(&use, number);
    hf_db_int(&use, race);
    return hf_db_run(&use, fault);
}

enum hf_err hf_jobs_won(struct hf_ledger *ledger, int64_t number, struct hf_fault *fault)
{
    return set_race(ledger, number, RACE_WON, fault);
}

enum hf_err hf_jobs_won_next(struct hf_ledger *ledger, struct hf_job *out, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_JOB_WON,
              "SELECT " COLUMNS " FROM jobs INDEXED BY jobs_won WHERE race = 2 ORDER BY n LIMIT 1",
              "finding a race that is won", &use);
    return take_one(&use, out, fault);
}

enum hf_err hf_jobs_won_told(struct hf_ledger *ledger, int64_t number, struct hf_fault *fault)
{
    return set_race(ledger, number, RACE_TOLD, fault);
}

static enum hf_err add_up(struct hf_db_use *use, struct hf_counts *out, struct hf_fault *fault)
{
    char text[16];
    enum hf_state state;
    enum hf_err err;
    *out = (struct hf_counts){0};
    while ((err = hf_db_row(use, fault)) == HF_ERR_OK) {
        hf_db_get_text(use->statement, 0, text, sizeof text);
        if (hf_state_parse(hf_str(text), &state) == HF_ERR_OK)
            out->of[state] += sqlite3_column_int64(use->statement, 1);
    }
    hf_db_end(use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

enum hf_err hf_jobs_counts(struct hf_ledger *ledger, int64_t number, struct hf_counts *out,
                           struct hf_fault *fault)
{
    struct hf_db_use use;
    enum hf_err err = hf_tally_write(ledger, fault); /* of an open transaction */
    if (err != HF_ERR_OK)
        return err;
    hf_db_use(ledger, HF_SQL_JOB_COUNTS, "SELECT state, tasks FROM counts WHERE job = ?1",
              "counting tasks", &use);
    hf_db_int(&use, number);
    return add_up(&use, out, fault);
}

enum hf_err hf_jobs_counts_all(struct hf_ledger *ledger, struct hf_counts *out,
                               struct hf_fault *fault)
{
    struct hf_db_use use;
    enum hf_err err = hf_tally_write(ledger, fault);
    if (err != HF_ERR_OK)
        return err;
    hf_db_use(ledger, HF_SQL_ALL_COUNTS, "SELECT state, tasks FROM totals", "counting tasks", &use);
    return add_up(&use, out, fault);
}
