#include "ledger/check.h"

#include "ledger/db.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#define PROBLEM_MAX 400

struct checker {
    struct hf_ledger *ledger;
    hf_check_each each;
    void *context;
    struct hf_check *out;
    struct hf_fault *fault;
};

static enum hf_err tell(struct checker *checker, const char *problem)
{
    checker->out->problems++;
    return checker->each(checker->context, problem);
}

typedef enum hf_err (*row_fn)(struct checker *checker, sqlite3_stmt *row);

/* Statements of a check are used once, so they are not kept. */
static enum hf_err walk(struct checker *checker, const char *sql, row_fn on_row)
{
    sqlite3_stmt *row = NULL;
    enum hf_err err = HF_ERR_OK;
    int code = sqlite3_prepare_v2(checker->ledger->sqlite, sql, -1, &row, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(row);
    while (code == SQLITE_ROW && err == HF_ERR_OK) {
        err = on_row(checker, row);
        code = err == HF_ERR_OK ? sqlite3_step(row) : code;
    }
    sqlite3_finalize(row);
    if (err != HF_ERR_OK || code == SQLITE_DONE)
        return err;
    return hf_db_fault(checker->ledger, code, "checking it", checker->fault);
}

static enum hf_err on_integrity(struct checker *checker, sqlite3_stmt *row)
{
    const char *text = (const char *)sqlite3_column_text(row, 0);
    return !text || sqlite3_stricmp(text, "ok") == 0 ? HF_ERR_OK : tell(checker, text);
}

static enum hf_err on_foreign_key(struct checker *checker, sqlite3_stmt *row)
{
    char problem[PROBLEM_MAX];
    snprintf(problem, sizeof problem,
             "row %" PRId64 " of %s refers to a row of %s that is not there",
             (int64_t)sqlite3_column_int64(row, 1), sqlite3_column_text(row, 0),
             sqlite3_column_text(row, 2));
    return tell(checker, problem);
}

static enum hf_err on_count(struct checker *checker, sqlite3_stmt *row)
{
    char problem[PROBLEM_MAX];
    snprintf(problem, sizeof problem,
             "job %" PRId64 " has %" PRId64 " tasks that are %s, and the count says %" PRId64,
             (int64_t)sqlite3_column_int64(row, 0), (int64_t)sqlite3_column_int64(row, 2),
             sqlite3_column_text(row, 1), (int64_t)sqlite3_column_int64(row, 3));
    return tell(checker, problem);
}

static enum hf_err on_ended(struct checker *checker, sqlite3_stmt *row)
{
    char problem[PROBLEM_MAX];
    snprintf(problem, sizeof problem, "task %s is %s, and %s", sqlite3_column_text(row, 0),
             sqlite3_column_text(row, 1),
             sqlite3_column_int(row, 2) ? "there is no result of it" : "it has a result already");
    return tell(checker, problem);
}

static enum hf_err on_number(struct checker *checker, sqlite3_stmt *row)
{
    checker->out->tasks = sqlite3_column_int64(row, 0);
    checker->out->results = sqlite3_column_int64(row, 1);
    return HF_ERR_OK;
}

static enum hf_err on_file(struct checker *checker, sqlite3_stmt *row)
{
    char problem[PROBLEM_MAX];
    struct stat about;
    const char *name = (const char *)sqlite3_column_text(row, 0);
    int64_t size = sqlite3_column_int64(row, 1);
    bool there =
        name && fstatat(checker->ledger->bodies.folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0;
    checker->out->files++;
    if (there && about.st_size == size)
        return HF_ERR_OK;
    snprintf(problem, sizeof problem,
             there ? "file %s in bodies/ has not the %" PRId64 " bytes it should have"
                   : "file %s of %" PRId64 " bytes is not in bodies/",
             name ? name : "?", size);
    return tell(checker, problem);
}

#define WRONG_COUNTS                                                                               \
    "WITH real(job, state, tasks) AS (SELECT job, state, count(*) FROM tasks GROUP BY job, state)" \
    " SELECT job, state, real.tasks, coalesce(counts.tasks, 0) FROM real"                          \
    " LEFT JOIN counts USING (job, state) WHERE real.tasks <> coalesce(counts.tasks, 0)"           \
    " UNION ALL SELECT job, state, 0, counts.tasks FROM counts LEFT JOIN real USING (job, state)"  \
    " WHERE real.tasks IS NULL AND counts.tasks <> 0"

static const char remake[] =
    "DELETE FROM counts;"
    "INSERT INTO counts SELECT job, state, count(*) FROM tasks GROUP BY job, state;"
    "DELETE FROM totals;"
    "INSERT INTO totals SELECT state, sum(tasks) FROM counts GROUP BY state;";

static enum hf_err repair_counts(struct checker *checker)
{
    struct hf_ledger *ledger = checker->ledger;
    enum hf_err err = hf_ledger_begin(ledger, checker->fault);
    if (err != HF_ERR_OK)
        return err;
    if (sqlite3_exec(ledger->sqlite, remake, NULL, NULL, NULL) != SQLITE_OK)
        err = hf_db_fault(ledger, sqlite3_extended_errcode(ledger->sqlite), "counting tasks",
                          checker->fault);
    if (err == HF_ERR_OK)
        return hf_ledger_commit(ledger, checker->fault);
    hf_ledger_rollback(ledger);
    return err;
}

static enum hf_err check_counts(struct checker *checker, bool repair)
{
    int64_t before = checker->out->problems;
    enum hf_err err = walk(checker, WRONG_COUNTS, on_count);
    int64_t wrong = checker->out->problems - before;
    if (err != HF_ERR_OK || wrong == 0 || !repair)
        return err;
    checker->out->mended += wrong;
    return repair_counts(checker);
}

enum hf_err hf_ledger_check(struct hf_ledger *ledger, bool repair, hf_check_each each,
                            void *context, struct hf_check *out, struct hf_fault *fault)
{
    *out = (struct hf_check){0};
    struct checker checker = {ledger, each, context, out, fault};
    static const struct {
        const char *sql;
        row_fn on_row;
    } checks[] = {
        {"PRAGMA integrity_check(20)", on_integrity},
        {"PRAGMA foreign_key_check", on_foreign_key},
        {"SELECT (SELECT count(*) FROM tasks), (SELECT count(*) FROM results)", on_number},
        {"SELECT id, state, result IS NULL FROM tasks WHERE (result IS NULL) <>"
         " (state IN ('pending', 'queued', 'running')) LIMIT 20",
         on_ended},
        {HF_DB_BODY_FILES, on_file},
    };
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && err == HF_ERR_OK; i++)
        err = walk(&checker, checks[i].sql, checks[i].on_row);
    if (err == HF_ERR_OK)
        err = check_counts(&checker, repair);
    if (err == HF_ERR_OK)
        err = hf_db_unused_files(ledger, 0, false, &out->unused, fault);
    return err;
}
