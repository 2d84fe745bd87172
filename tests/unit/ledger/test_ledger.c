#include "fixture.h"
#include "ledger/ledger.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void what_was_committed_is_there_after_a_reopen(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    fixture_task(f, &job, 1, "task-a");
    fixture_reopen(f);
    assert_int_equal(fixture_get(f, "task-a").state, HF_STATE_PENDING);
}

static void what_was_not_committed_is_gone_after_a_crash(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    pid_t child = fork();
    if (child == 0) {
        struct hf_ledger *own = NULL;
        struct hf_body none = {0};
        struct hf_entry entry = entry_of(&job, 1, "task-a");
        if (hf_ledger_open(f->path, &own, NULL) || hf_ledger_begin(own, NULL) ||
            hf_tasks_add(own, &entry, &none, NULL))
            _exit(1);
        _exit(0); /* no commit, no close: as if the power had gone */
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    struct hf_entry entry;
    assert_int_equal(hf_tasks_get(f->ledger, "task-a", &entry, &f->fault), HF_ERR_NOT_FOUND);
    struct hf_counts counts = fixture_counts(f, job.number);
    assert_int_equal(hf_counts_total(&counts), 0);
}

static void a_rollback_leaves_nothing_behind(void **state)
{
    struct fixture *f = *state;
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    fixture_job(f, "job-a");
    hf_ledger_rollback(f->ledger);
    struct hf_job job;
    assert_int_equal(hf_jobs_find(f->ledger, "job-a", &job, &f->fault), HF_ERR_NOT_FOUND);
}

static void transactions_do_not_nest(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(hf_ledger_commit(f->ledger, &f->fault), HF_ERR_ILLEGAL);
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    assert_int_equal(hf_ledger_begin(f->ledger, &f->fault), HF_ERR_ILLEGAL);
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    hf_ledger_rollback(f->ledger); /* nothing open: nothing happens */
}

static void adding_a_task_outside_a_transaction_is_refused(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_entry entry = entry_of(&job, 1, "task-a");
    struct hf_body none = {0};
    assert_int_equal(hf_tasks_add(f->ledger, &entry, &none, &f->fault), HF_ERR_ILLEGAL);
    struct hf_report report = report_of("task-a", HF_STATUS_DONE, 1);
    enum hf_verdict verdict;
    assert_int_equal(hf_results_take(f->ledger, &report, &verdict, &f->fault), HF_ERR_ILLEGAL);
}

static void a_commit_reaches_the_disk_before_it_returns(void **state)
{
    struct fixture *f = *state;
    sqlite3 *other = NULL;
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(other, "PRAGMA journal_mode", -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(row, 0), "wal");
    sqlite3_finalize(row);
    sqlite3_close(other);
}

static void nobody_else_may_read_the_files(void **state)
{
    struct fixture *f = *state;
    struct stat about;
    char wal[128];
    fixture_job(f, "job-a");
    assert_int_equal(stat(f->path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    snprintf(wal, sizeof wal, "%s-wal", f->path);
    assert_int_equal(stat(wal, &about), 0);
    assert_int_equal(about.st_mode & 0077, 0);
    snprintf(wal, sizeof wal, "%s/bodies", f->folder);
    assert_int_equal(stat(wal, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
}

static void readers_do_not_wait_for_a_writer(void **state)
{
    struct fixture *f = *state;
    struct hf_ledger *other = NULL;
    struct hf_job job = fixture_job(f, "job-a");
    assert_ok(f, hf_ledger_open(f->path, &other, &f->fault));
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    struct hf_entry entry = entry_of(&job, 1, "task-a");
    struct hf_body none = {0};
    assert_ok(f, hf_tasks_add(f->ledger, &entry, &none, &f->fault));
    struct hf_counts counts;
    assert_ok(f, hf_jobs_counts(other, job.number, &counts, &f->fault));
    assert_int_equal(hf_counts_total(&counts), 0);
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    assert_ok(f, hf_jobs_counts(other, job.number, &counts, &f->fault));
    assert_int_equal(hf_counts_total(&counts), 1);
    hf_ledger_close(other);
}

static void a_file_that_is_no_database_is_named(void **state)
{
    struct fixture *f = *state;
    char path[128];
    struct hf_ledger *ledger = NULL;
    snprintf(path, sizeof path, "%s/other.db", f->folder);
    assert_int_equal(
        hf_file_write(path, "this is a letter to my aunt, no database at all", 47, 0600, &f->fault),
        HF_ERR_OK);
    assert_int_equal(hf_ledger_open(path, &ledger, &f->fault), HF_ERR_MALFORMED);
    assert_null(ledger);
    assert_non_null(strstr(f->fault.text, "other.db"));
}

static void a_folder_that_does_not_exist_is_named(void **state)
{
    struct fixture *f = *state;
    struct hf_ledger *ledger = NULL;
    assert_int_equal(hf_ledger_open("/nonexistent/holdfast/ledger.db", &ledger, &f->fault),
                     HF_ERR_NOT_FOUND);
    assert_non_null(strstr(f->fault.text, "/nonexistent/holdfast/ledger.db"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_was_committed_is_there_after_a_reopen),
        TEST(what_was_not_committed_is_gone_after_a_crash),
        TEST(a_rollback_leaves_nothing_behind),
        TEST(transactions_do_not_nest),
        TEST(adding_a_task_outside_a_transaction_is_refused),
        TEST(a_commit_reaches_the_disk_before_it_returns),
        TEST(nobody_else_may_read_the_files),
        TEST(readers_do_not_wait_for_a_writer),
        TEST(a_file_that_is_no_database_is_named),
        TEST(a_folder_that_does_not_exist_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
