#include "fixture.h"
#include "ledger/schema.h"

#include <unistd.h>

/* A bare database, so that steps of our own can be run on it. */
static void open_bare(struct fixture *f, struct hf_ledger *ledger)
{
    *ledger = (struct hf_ledger){.path = f->path, .bodies = {.folder = -1}};
    assert_int_equal(sqlite3_open(f->path, &ledger->sqlite), SQLITE_OK);
    sqlite3_extended_result_codes(ledger->sqlite, 1);
}

static int64_t ask(struct hf_ledger *ledger, const char *sql)
{
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_prepare_v2(ledger->sqlite, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return number;
}

static const char *const steps[] = {
    "CREATE TABLE a(x INTEGER); INSERT INTO a VALUES (1);",
    "ALTER TABLE a ADD COLUMN y INTEGER NOT NULL DEFAULT 7; UPDATE a SET x = x + 1;",
    "CREATE TABLE b AS SELECT x * 10 AS z FROM a;",
    "CREATE TABLE c(x INTEGER); INSERT INTO nowhere VALUES (1);",
};

static void every_version_is_brought_up_to_every_later_one(void **state)
{
    struct fixture *f = *state;
    for (int from = 0; from <= 3; from++) {
        struct hf_ledger ledger;
        open_bare(f, &ledger);
        assert_ok(f, hf_schema_upgrade(&ledger, steps, from, &f->fault));
        assert_int_equal(ask(&ledger, "PRAGMA user_version"), from);
        assert_ok(f, hf_schema_upgrade(&ledger, steps, 3, &f->fault));
        assert_int_equal(ask(&ledger, "PRAGMA user_version"), 3);
        assert_int_equal(ask(&ledger, "SELECT x * 100 + y FROM a"), 207);
        assert_int_equal(ask(&ledger, "SELECT z FROM b"), 20);
        assert_ok(f, hf_schema_upgrade(&ledger, steps, 3, &f->fault)); /* nothing is left to do */
        sqlite3_close(ledger.sqlite);
        assert_int_equal(unlink(f->path), 0);
    }
}

static void a_step_that_fails_leaves_the_version_before(void **state)
{
    struct fixture *f = *state;
    struct hf_ledger ledger;
    open_bare(f, &ledger);
    assert_ok(f, hf_schema_upgrade(&ledger, steps, 1, &f->fault));
    assert_int_equal(hf_schema_upgrade(&ledger, steps, 4, &f->fault), HF_ERR_LEDGER);
    assert_int_equal(ask(&ledger, "PRAGMA user_version"), 1);
    assert_int_equal(ask(&ledger, "SELECT count(*) FROM sqlite_schema"), 1);
    assert_int_equal(ask(&ledger, "SELECT x FROM a"), 1);
    sqlite3_close(ledger.sqlite);
}

static void a_ledger_of_a_newer_version_is_refused_and_untouched(void **state)
{
    struct fixture *f = *state;
    struct hf_ledger *opened = NULL;
    struct hf_ledger ledger;
    assert_ok(f, hf_ledger_open(f->path, &opened, &f->fault));
    hf_ledger_close(opened);
    open_bare(f, &ledger);
    assert_int_equal(sqlite3_exec(ledger.sqlite, "PRAGMA user_version = 999", NULL, NULL, NULL),
                     SQLITE_OK);
    opened = NULL;
    assert_int_equal(hf_ledger_open(f->path, &opened, &f->fault), HF_ERR_ILLEGAL);
    assert_null(opened);
    assert_non_null(strstr(f->fault.text, "999"));
    assert_non_null(strstr(f->fault.text, "newer"));
    assert_int_equal(ask(&ledger, "PRAGMA user_version"), 999);
    sqlite3_close(ledger.sqlite);
}

static void a_database_of_another_program_is_refused(void **state)
{
    struct fixture *f = *state;
    struct hf_ledger ledger;
    struct hf_ledger *opened = NULL;
    open_bare(f, &ledger);
    assert_int_equal(sqlite3_exec(ledger.sqlite, "CREATE TABLE recipes(x)", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(ledger.sqlite);
    assert_int_equal(hf_ledger_open(f->path, &opened, &f->fault), HF_ERR_MALFORMED);
    assert_non_null(strstr(f->fault.text, "another program"));
}

/* Two jobs as version 1 wrote them: one that has ended after a retry, one that is open. */
static const char of_version_1[] =
    "INSERT INTO jobs VALUES (1, 'job-a', '', 'echo', 'pool', 'default', 100),"
    " (2, 'job-b', '', 'echo', 'pool', 'default', 200);"
    "INSERT INTO tasks(n, id, job, seq, name, handler, target_kind, target, plain, priority,"
    " timeout_ms, not_after_ms, attempt, max_attempts, payload_bytes, state, created_ms)"
    " VALUES (1, 'a1', 1, 1, '', 'echo', 'pool', 'default', 0, 0, 0, 0, 2, 5, 0, 'pending', 100),"
    " (2, 'b1', 2, 1, '', 'echo', 'pool', 'default', 0, 0, 0, 0, 1, 5, 0, 'queued', 200);"
    "INSERT INTO results VALUES"
    " (1, 1, 'retry', 'retry', 'attic', 1, 75, 0, 0, 0, 0, 0, 110, 'busy', '', 0, NULL, NULL),"
    " (2, 1, 'ended', 'done', 'kitchen', 2, 0, 0, 0, 0, 0, 0, 120, '', '', 0, NULL, NULL);"
    "UPDATE tasks SET state = 'done', result = 2, ended_ms = 120 WHERE n = 1;";

static void a_ledger_of_version_1_keeps_all_it_had(void **state)
{
    struct fixture *f = *state;
    struct hf_ledger ledger;
    open_bare(f, &ledger);
    assert_ok(f, hf_schema_upgrade(&ledger, hf_schema_steps, 1, &f->fault));
    assert_int_equal(sqlite3_exec(ledger.sqlite, of_version_1, NULL, NULL, NULL), SQLITE_OK);
    assert_ok(f, hf_schema_upgrade(&ledger, hf_schema_steps, hf_schema_step_count, &f->fault));
    assert_int_equal(ask(&ledger, "SELECT ended_ms FROM jobs WHERE n = 1"), 120);
    assert_int_equal(ask(&ledger, "SELECT told_ms FROM jobs WHERE n = 1"), 120);
    assert_int_equal(ask(&ledger, "SELECT ended_ms FROM jobs WHERE n = 2"), 0);
    assert_int_equal(ask(&ledger, "SELECT board = 'kitchen' FROM tasks WHERE n = 1"), 1);
    assert_int_equal(ask(&ledger, "SELECT board = '' FROM tasks WHERE n = 2"), 1);
    assert_int_equal(ask(&ledger, "SELECT result FROM attempts WHERE task = 1 AND attempt = 1"), 1);
    assert_int_equal(ask(&ledger, "SELECT tasks FROM counts WHERE job = 1 AND state = 'done'"), 1);
    assert_int_equal(ask(&ledger, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    sqlite3_close(ledger.sqlite);
}

static void the_tables_of_now_have_their_states_from_one_list(void **state)
{
    struct fixture *f = *state;
    struct hf_ledger *opened = NULL;
    struct hf_ledger ledger;
    assert_ok(f, hf_ledger_open(f->path, &opened, &f->fault));
    hf_ledger_close(opened);
    open_bare(f, &ledger);
    for (int i = 0; i < HF_STATE_COUNT; i++) {
        char sql[160];
        snprintf(sql, sizeof sql,
                 "SELECT sql LIKE '%%''%s''%%' FROM sqlite_schema WHERE name = 'tasks'",
                 hf_state_text((enum hf_state)i));
        assert_int_equal(ask(&ledger, sql), 1);
    }
    sqlite3_close(ledger.sqlite);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup_bare, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_version_is_brought_up_to_every_later_one),
        TEST(a_step_that_fails_leaves_the_version_before),
        TEST(a_ledger_of_a_newer_version_is_refused_and_untouched),
        TEST(a_database_of_another_program_is_refused),
        TEST(a_ledger_of_version_1_keeps_all_it_had),
        TEST(the_tables_of_now_have_their_states_from_one_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
