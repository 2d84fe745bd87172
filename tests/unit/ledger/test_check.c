#include "fixture.h"
#include "home/file.h"
#include "ledger/backup.h"
#include "ledger/check.h"
#include "ledger/db.h"
#include "ledger/prune.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#define HUGE_BYTES (4 * 1024 * 1024)

static enum hf_err keep(void *context, const char *problem)
{
    snprintf(context, 512, "%s", problem);
    return HF_ERR_OK;
}

static struct hf_check check(struct fixture *f, bool repair, char problem[512])
{
    struct hf_check found;
    problem[0] = '\0';
    assert_ok(f, hf_ledger_check(f->ledger, repair, keep, problem, &found, &f->fault));
    return found;
}

static void run_sql(struct fixture *f, const char *sql)
{
    assert_int_equal(sqlite3_exec(f->ledger->sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* A job whose two tasks have large payloads and results in files; `seed` makes them differ. */
static struct hf_job large_job(struct fixture *f, const char *id, char seed)
{
    static char bytes[HF_BODY_INLINE_MAX + 1];
    struct hf_job job = fixture_job(f, id);
    for (int i = 1; i <= 2; i++) {
        struct hf_body_writer *writer = NULL;
        struct hf_body body;
        char task[32];
        memset(bytes, seed + i, sizeof bytes);
        snprintf(task, sizeof task, "%s-%d", id, i);
        assert_ok(f, hf_body_writer_new(hf_ledger_bodies(f->ledger), &writer, &f->fault));
        assert_ok(f, hf_body_write(writer, bytes, sizeof bytes, &f->fault));
        assert_ok(f, hf_body_finish(writer, &body, &f->fault));
        struct hf_entry entry = entry_of(&job, i, task);
        assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
        assert_ok(f, hf_tasks_add(f->ledger, &entry, &body, &f->fault));
        assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
        struct hf_report report = report_of(task, HF_STATUS_DONE, 1);
        report.body = &body;
        fixture_take(f, &report);
        hf_body_writer_free(writer);
    }
    return job;
}

static void a_sound_ledger_has_no_problems(void **state)
{
    struct fixture *f = *state;
    char problem[512];
    large_job(f, "job-a", 'a');
    struct hf_job job = fixture_job(f, "job-b");
    fixture_task(f, &job, 1, "b1");
    fixture_report(f, "b1", HF_STATUS_RETRY, 1);
    struct hf_check found = check(f, false, problem);
    assert_string_equal(problem, "");
    assert_int_equal(found.problems, 0);
    assert_int_equal(found.tasks, 3);
    assert_int_equal(found.results, 3);
    assert_int_equal(found.files, 2);
    assert_int_equal(found.unused, 0);
}

static void a_wrong_count_is_found_and_mended(void **state)
{
    struct fixture *f = *state;
    char problem[512];
    struct hf_job job = fixture_job(f, "job-a");
    fixture_task(f, &job, 1, "a1");
    run_sql(f, "UPDATE counts SET tasks = 7; INSERT INTO counts VALUES (1, 'dead', 2)");
    assert_int_equal(check(f, false, problem).problems, 2);
    struct hf_check found = check(f, true, problem);
    assert_int_equal(found.mended, 2);
    assert_int_equal(check(f, false, problem).problems, 0);
    assert_int_equal(fixture_counts(f, job.number).of[HF_STATE_PENDING], 1);
}

static void a_file_that_is_gone_or_cut_and_a_result_that_is_missing_are_found(void **state)
{
    struct fixture *f = *state;
    char problem[512];
    char path[256];
    struct hf_body body;
    large_job(f, "job-a", 'a');
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_prepare_v2(f->ledger->sqlite, "SELECT 65537, NULL, file FROM payloads",
                                        -1, &row, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    hf_db_get_body(row, 0, &body);
    sqlite3_finalize(row);
    snprintf(path, sizeof path, "%s/bodies/%s", f->folder, body.hash);
    assert_int_equal(truncate(path, 5), 0);
    assert_int_equal(check(f, false, problem).problems, 1);
    assert_non_null(strstr(problem, body.hash));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(check(f, false, problem).problems, 1);
    assert_non_null(strstr(problem, "is not in bodies/"));
    run_sql(f, "UPDATE tasks SET result = NULL WHERE n = 2");
    assert_int_equal(check(f, false, problem).problems, 2);
}

static void a_backup_is_whole_and_is_not_written_over(void **state)
{
    struct fixture *f = *state;
    struct hf_backup done;
    char folder[96];
    char from[160];
    char to[sizeof f->path];
    char problem[512];
    large_job(f, "job-a", 'a');
    snprintf(folder, sizeof folder, "%.60s/copy", f->folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    snprintf(to, sizeof to, "%.80s/ledger.db", folder);
    assert_ok(f, hf_ledger_backup(f->ledger, to, &done, &f->fault));
    assert_int_equal(done.files, 2);
    assert_true(done.bytes > 0);
    assert_int_equal(hf_ledger_backup(f->ledger, to, &done, &f->fault), HF_ERR_EXISTS);
    snprintf(from, sizeof from, "%s/ledger.db.bodies", folder);
    char bodies[160];
    snprintf(bodies, sizeof bodies, "%s/bodies", folder);
    assert_int_equal(rename(from, bodies), 0);
    hf_ledger_close(f->ledger);
    snprintf(f->path, sizeof f->path, "%s", to);
    f->ledger = NULL;
    fixture_reopen(f);
    assert_int_equal(check(f, false, problem).problems, 0);
    assert_int_equal(fixture_get(f, "job-a-2").state, HF_STATE_DONE);
}

static void a_second_backup_to_the_same_file_is_refused_while_the_first_is_made(void **state)
{
    struct fixture *f = *state;
    struct hf_backup done;
    char to[128], part[160];
    snprintf(to, sizeof to, "%.60s/copy.db", f->folder);
    snprintf(part, sizeof part, "%s.part", to);
    int first = open(part, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(first >= 0);
    assert_int_equal(flock(first, LOCK_EX), 0);
    assert_int_equal(hf_ledger_backup(f->ledger, to, &done, &f->fault), HF_ERR_BUSY);
    assert_non_null(strstr(f->fault.text, "another backup"));
    assert_int_equal(access(part, F_OK), 0);
    assert_int_equal(access(to, F_OK), -1);
    assert_int_equal(close(first), 0); /* it was killed, and left what it had */
    assert_ok(f, hf_ledger_backup(f->ledger, to, &done, &f->fault));
    assert_int_equal(access(part, F_OK), -1);
}

/* A task with one payload of 4 MiB. */
static void huge_job(struct fixture *f)
{
    static char bytes[65536];
    struct hf_job job = fixture_job(f, "job-huge");
    struct hf_entry entry = entry_of(&job, 1, "huge-1");
    struct hf_body_writer *writer = NULL;
    struct hf_body body;
    assert_ok(f, hf_body_writer_new(hf_ledger_bodies(f->ledger), &writer, &f->fault));
    for (int i = 0; i < HUGE_BYTES / (int)sizeof bytes; i++)
        assert_ok(f, hf_body_write(writer, bytes, sizeof bytes, &f->fault));
    assert_ok(f, hf_body_finish(writer, &body, &f->fault));
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    assert_ok(f, hf_tasks_add(f->ledger, &entry, &body, &f->fault));
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    hf_body_writer_free(writer);
}

/* The size of the one file that has a name in a folder of bodies; -1: there is none. */
static off_t body_size(const char *folder)
{
    char path[512];
    struct stat facts = {.st_size = -1};
    DIR *names = opendir(folder);
    for (const struct dirent *entry; names && (entry = readdir(names));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.')
            assert_int_equal(stat(path, &facts), 0);
    }
    if (names)
        closedir(names);
    return facts.st_size;
}

/* On another file system, where bodies cannot be linked but must be copied. */
static void a_backup_after_one_that_found_no_room_is_whole(void **state)
{
    struct fixture *f = *state;
    struct hf_backup done;
    struct stat here, there;
    struct rlimit before, small;
    char folder[] = "/dev/shm/holdfast-test-XXXXXX";
    char to[64], bodies[96];
    assert_int_equal(stat(f->folder, &here), 0);
    if (stat("/dev/shm", &there) != 0 || here.st_dev == there.st_dev)
        skip();
    assert_non_null(mkdtemp(folder));
    snprintf(to, sizeof to, "%s/copy.db", folder);
    snprintf(bodies, sizeof bodies, "%s.bodies", to);
    huge_job(f);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){HUGE_BYTES / 2, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    enum hf_err cut_off = hf_ledger_backup(f->ledger, to, &done, &f->fault);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    off_t left = body_size(bodies);
    enum hf_err again = hf_ledger_backup(f->ledger, to, &done, &f->fault);
    off_t size = body_size(bodies);
    assert_int_equal(hf_file_remove_tree(folder, NULL), HF_ERR_OK);
    assert_int_not_equal(cut_off, HF_ERR_OK);
    assert_int_equal(left, -1);
    assert_int_equal(again, HF_ERR_OK);
    assert_int_equal(size, HUGE_BYTES);
}

static void make_files_old(struct fixture *f)
{
    char path[512];
    struct utimbuf old = {1000, 1000};
    snprintf(path, sizeof path, "%s/bodies", f->folder);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        snprintf(path, sizeof path, "%s/bodies/%s", f->folder, entry->d_name);
        if (entry->d_name[0] != '.')
            assert_int_equal(utime(path, &old), 0);
    }
    closedir(folder);
}

static void old_jobs_go_with_all_they_had_and_others_stay(void **state)
{
    struct fixture *f = *state;
    struct hf_pruned gone;
    struct hf_job out;
    char problem[512];
    large_job(f, "job-a", 'a');
    struct hf_job open = fixture_job(f, "job-open");
    fixture_task(f, &open, 1, "o1");
    struct hf_job young = large_job(f, "job-young", 'b'); /* shares one file with the old one */
    run_sql(f, "UPDATE jobs SET ended_ms = ended_ms + 5000 WHERE id = 'job-young'");
    struct hf_prune prune = {.before_ms = NOW + 2000, .dry_run = true};
    make_files_old(f);
    assert_ok(f, hf_ledger_prune(f->ledger, &prune, &gone, &f->fault));
    assert_int_equal(gone.jobs, 1);
    assert_int_equal(gone.tasks, 2);
    assert_ok(f, hf_jobs_find(f->ledger, "job-a", &out, &f->fault));
    prune.dry_run = false;
    prune.vacuum = true;
    assert_ok(f, hf_ledger_prune(f->ledger, &prune, &gone, &f->fault));
    assert_int_equal(gone.jobs, 1);
    assert_int_equal(gone.tasks, 2);
    assert_int_equal(gone.files, 1);
    assert_int_equal(hf_jobs_find(f->ledger, "job-a", &out, &f->fault), HF_ERR_NOT_FOUND);
    assert_int_equal(fixture_counts(f, young.number).of[HF_STATE_DONE], 2);
    struct hf_counts all;
    assert_ok(f, hf_jobs_counts_all(f->ledger, &all, &f->fault));
    assert_int_equal(hf_counts_total(&all), 3);
    struct hf_check found = check(f, false, problem);
    assert_string_equal(problem, "");
    assert_int_equal(found.files, 2);
    assert_int_equal(found.unused, 0);
}

static void files_that_are_young_are_left_alone(void **state)
{
    struct fixture *f = *state;
    struct hf_pruned gone;
    large_job(f, "job-a", 'a');
    struct hf_prune prune = {.before_ms = NOW + 2000};
    assert_ok(f, hf_ledger_prune(f->ledger, &prune, &gone, &f->fault));
    assert_int_equal(gone.files, 0); /* another process may be about to refer to one */
    make_files_old(f);
    assert_ok(f, hf_ledger_prune(f->ledger, &prune, &gone, &f->fault));
    assert_int_equal(gone.files, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_sound_ledger_has_no_problems),
        TEST(a_wrong_count_is_found_and_mended),
        TEST(a_file_that_is_gone_or_cut_and_a_result_that_is_missing_are_found),
        TEST(a_backup_is_whole_and_is_not_written_over),
        TEST(a_second_backup_to_the_same_file_is_refused_while_the_first_is_made),
        TEST(a_backup_after_one_that_found_no_room_is_whole),
        TEST(old_jobs_go_with_all_they_had_and_others_stay),
        TEST(files_that_are_young_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
