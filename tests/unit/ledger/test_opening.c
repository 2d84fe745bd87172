#include "../crowd.h"
#include "fixture.h"
#include "ledger/check.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One ledger that several processes open at the same moment. */

#define ROUNDS  40
#define CROWD   12 /* processes of a round */
#define LOOKS   20
#define HOLD_MS 300

static void make_one(struct fixture *f)
{
    fixture_reopen(f);
    hf_ledger_close(f->ledger);
    f->ledger = NULL;
}

/* --- One that is in the way for a moment --- */

/* Runs `sql` on a database of its own, holds what that locks for a moment, and closes it. */
static void hold(const char *path, const char *sql, int ready)
{
    const struct timespec moment = {.tv_nsec = HOLD_MS * 1000000L};
    sqlite3 *database = NULL;
    if (sqlite3_open(path, &database) != SQLITE_OK ||
        sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK || write(ready, "", 1) != 1)
        _exit(1);
    nanosleep(&moment, NULL);
    _exit(sqlite3_close(database) == SQLITE_OK ? 0 : 1);
}

static pid_t start_holder(const struct fixture *f, const char *sql)
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0)
        hold(f->path, sql, ready[1]);
    assert_true(child > 0);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

static void end_holder(pid_t holder)
{
    int status = 0;
    assert_int_equal(waitpid(holder, &status, 0), holder);
    assert_int_equal(status, 0);
}

static void a_new_ledger_that_another_is_making_is_waited_for(void **state)
{
    struct fixture *f = *state;
    const pid_t holder = start_holder(f, "BEGIN IMMEDIATE");
    assert_ok(f, hf_ledger_open(f->path, &f->ledger, &f->fault));
    end_holder(holder);
}

/* As the last one that closes it has it while it folds the log in. */
static const char alone[] = "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE";

static void a_ledger_that_another_has_alone_is_waited_for(void **state)
{
    struct fixture *f = *state;
    make_one(f);
    const pid_t holder = start_holder(f, alone);
    assert_ok(f, hf_ledger_open(f->path, &f->ledger, &f->fault));
    end_holder(holder);
}

static void who_only_looks_waits_as_well(void **state)
{
    struct fixture *f = *state;
    make_one(f);
    const pid_t holder = start_holder(f, alone);
    assert_ok(f, hf_ledger_open_to_look(f->path, &f->ledger, &f->fault));
    end_holder(holder);
}

/* --- A crowd --- */

static void fail_of(const char *what, const struct hf_fault *fault)
{
    fprintf(stderr, "%s: %s\n", what, fault->text);
    _exit(1);
}

static void to_write(const struct fixture *f, int number)
{
    struct hf_job job = {.handler = "echo", .target = {HF_TARGET_POOL, "default"}};
    struct hf_ledger *ledger = NULL;
    struct hf_fault fault = {0};
    snprintf(job.id, sizeof job.id, "job-%d", number);
    if (hf_ledger_open(f->path, &ledger, &fault) || hf_jobs_add(ledger, &job, &fault))
        fail_of("one that writes", &fault);
    hf_ledger_close(ledger);
}

/* Before the first one is done there is none, or one without a version; when that one died, there
 * may be what only one that writes can undo. */
static void to_look(const struct fixture *f)
{
    for (int i = 0; i < LOOKS; i++) {
        struct hf_ledger *ledger = NULL;
        struct hf_counts counts;
        struct hf_fault fault = {0};
        enum hf_err err = hf_ledger_open_to_look(f->path, &ledger, &fault);
        if (!err)
            err = hf_jobs_counts_all(ledger, &counts, &fault);
        if (err && err != HF_ERR_NOT_FOUND && err != HF_ERR_ILLEGAL && err != HF_ERR_DENIED)
            fail_of("one that looks", &fault);
        hf_ledger_close(ledger);
    }
}

/* Ends anywhere, at the latest with a log that somebody has to recover. */
static void to_die(const struct fixture *f, int number, int after_us)
{
    const struct itimerval soon = {.it_value = {.tv_usec = after_us}};
    setitimer(ITIMER_REAL, &soon, NULL);
    to_write(f, number);
    pause();
}

enum kind { WRITES, LOOKS_ON, DIES, KINDS };

struct round {
    const struct fixture *f;
    int number;
};

static void take_part(void *context, int number)
{
    const struct round *round = context;
    if (number % KINDS == WRITES)
        to_write(round->f, number);
    else if (number % KINDS == LOOKS_ON)
        to_look(round->f);
    else
        to_die(round->f, number, 1 + 500 * round->number + 100 * number);
}

static enum hf_err on_problem(void *context, const char *problem)
{
    (void)context;
    fail_msg("%s", problem);
    return HF_ERR_OK;
}

static void expect_all_that_was_written(struct fixture *f)
{
    struct hf_check sound;
    struct hf_job job;
    char id[16];
    assert_ok(f, hf_ledger_open(f->path, &f->ledger, &f->fault));
    for (int i = WRITES; i < CROWD; i += KINDS) {
        snprintf(id, sizeof id, "job-%d", i);
        assert_ok(f, hf_jobs_find(f->ledger, id, &job, &f->fault));
    }
    assert_ok(f, hf_ledger_check(f->ledger, false, on_problem, NULL, &sound, &f->fault));
    hf_ledger_close(f->ledger);
    f->ledger = NULL;
}

static void a_crowd_opens_a_new_ledger_and_none_is_told_that_it_is_locked(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < ROUNDS; round++) {
        int status[CROWD] = {0};
        snprintf(f->path, sizeof f->path, "%s/ledger-%d.db", f->folder, round);
        crowd_run(CROWD, take_part, &(struct round){f, round}, status);
        for (int i = 0; i < CROWD; i++)
            assert_int_equal(status[i], i % KINDS == DIES ? SIGALRM : 0);
        expect_all_that_was_written(f);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup_bare, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_new_ledger_that_another_is_making_is_waited_for),
        TEST(a_ledger_that_another_has_alone_is_waited_for),
        TEST(who_only_looks_waits_as_well),
        TEST(a_crowd_opens_a_new_ledger_and_none_is_told_that_it_is_locked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
