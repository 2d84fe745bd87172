#include "fixture.h"
#include "ledger/db.h"
#include "link/clock.h"

/* Listings must cost their length, not the ledger's: seen from SQLite's plans, and by the clock. */

#define ROWS    100000
#define PAGE    50
#define MOST_MS 200

static void fill(struct fixture *f)
{
    struct hf_body payload = {.size = 5, .bytes = "hello"};
    struct hf_job job = fixture_job(f, "job-a");
    fixture_job(f, "job-b");
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    for (int i = 1; i <= ROWS; i++) {
        char id[24];
        enum hf_verdict verdict;
        bool moved;
        snprintf(id, sizeof id, "task-%06d", i);
        struct hf_entry entry = entry_of(&job, i, id);
        assert_ok(f, hf_tasks_add(f->ledger, &entry, &payload, &f->fault));
        if (i % 2)
            continue;
        assert_ok(f, hf_tasks_queued(f->ledger, (struct hf_attempt){entry.number, 1, 0}, NOW,
                                     &moved, &f->fault));
        struct hf_report report = report_of(id, i == ROWS ? HF_STATUS_FAILED : HF_STATUS_DONE, 1);
        report.body = &payload;
        assert_ok(f, hf_results_take(f->ledger, &report, &verdict, &f->fault));
    }
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
}

static int filled_setup(void **state)
{
    fixture_setup(state);
    fill(*state);
    return 0;
}

static enum hf_err count_task(void *context, const struct hf_entry *entry)
{
    (void)entry;
    ++*(int *)context;
    return HF_ERR_OK;
}

static enum hf_err count_ending(void *context, const struct hf_ending *ending)
{
    (void)ending;
    ++*(int *)context;
    return HF_ERR_OK;
}

static int page_of_tasks(struct fixture *f, struct hf_tasks_filter filter)
{
    int rows = 0;
    filter.limit = PAGE;
    assert_ok(f, hf_tasks_list(f->ledger, &filter, count_task, &rows, &f->fault));
    return rows;
}

static int page_of_results(struct fixture *f, int64_t after_seq)
{
    int rows = 0;
    assert_ok(f, hf_results_list(f->ledger, 1, after_seq, PAGE, count_ending, &rows, &f->fault));
    return rows;
}

/* Each alone, each with each of two states, both ways: some leave many rows and some leave none. */
static void use_filters(struct fixture *f)
{
    static const struct hf_target pool = {HF_TARGET_POOL, "default"};
    static const struct hf_target pin = {HF_TARGET_BOARD, "kitchen"};
    for (int which = 0; which < 6 * 3 * 2; which++) {
        struct hf_tasks_filter filter = {.newest_first = which % 2 != 0};
        int kind = which / 2 % 6;
        filter.by_state = which / 12 > 0;
        filter.state = which / 12 == 1 ? HF_STATE_DONE : HF_STATE_FAILED;
        filter.handler = kind == 0 || kind == 5 ? "echo" : kind == 1 ? "none" : NULL;
        filter.target = kind == 2 || kind == 5 ? &pool : kind == 3 ? &pin : NULL;
        filter.board = kind == 4 ? "board-01" : NULL;
        filter.since_ms = kind == 5 ? NOW - 1 : 0;
        filter.until_ms = kind == 5 ? NOW + 1 : 0;
        bool none = kind == 1 || kind == 3;
        assert_int_equal(page_of_tasks(f, filter), none ? 0 : which / 12 == 2 ? 1 : PAGE);
    }
}

static bool count_word(void *context, const char *word)
{
    (void)word;
    return ++*(int *)context < PAGE;
}

static int words(struct fixture *f, enum hf_words kind, const char *beginning)
{
    int rows = 0;
    assert_ok(f, hf_words_list(f->ledger, kind, beginning, count_word, &rows, &f->fault));
    return rows;
}

static void list_words(struct fixture *f)
{
    assert_int_equal(words(f, HF_WORDS_TASK_ID, "task-01"), PAGE);
    assert_int_equal(words(f, HF_WORDS_TASK_ID, "task-01234"), 10);
    assert_int_equal(words(f, HF_WORDS_JOB_ID, "job-"), 2);
    assert_int_equal(words(f, HF_WORDS_JOB_NAME, ""), 0);
    assert_int_equal(words(f, HF_WORDS_HANDLER, ""), 1);
    assert_int_equal(words(f, HF_WORDS_HANDLER, "none"), 0);
    assert_int_equal(words(f, HF_WORDS_POOL, "def"), 1);
}

static void use_every_listing(struct fixture *f)
{
    int rows = 0;
    int64_t newest = 0;
    for (int which = 0; which < 4; which++) {
        struct hf_tasks_filter filter = {.by_state = (which & 1) != 0,
                                         .state = HF_STATE_FAILED,
                                         .newest_first = (which & 2) != 0};
        assert_int_equal(page_of_tasks(f, filter), which & 1 ? 1 : PAGE);
        filter.job = 1;
        assert_int_equal(page_of_tasks(f, filter), which & 1 ? 1 : PAGE);
        filter.after = (struct hf_place){1, ROWS / 2};
        page_of_tasks(f, filter);
    }
    use_filters(f);
    list_words(f);
    assert_int_equal(page_of_results(f, 0), PAGE);
    assert_int_equal(page_of_results(f, ROWS - 1), 1);
    fixture_get(f, "task-054321");
    struct hf_counts counts = fixture_counts(f, 1);
    assert_int_equal(counts.of[HF_STATE_DONE], ROWS / 2 - 1);
    assert_ok(f, hf_results_newest(f->ledger, &newest, &f->fault));
    assert_ok(f, hf_results_since(f->ledger, 1, newest - 3, PAGE, count_ending, &rows, &f->fault));
    assert_int_equal(rows, 3);
}

static void every_listing_of_many_tasks_is_quick(void **state)
{
    struct fixture *f = *state;
    fixture_reopen(f);
    int64_t before = hf_clock_mono_ms();
    use_every_listing(f);
    int64_t took_ms = hf_clock_mono_ms() - before;
    print_message("all listings of %d tasks: %d ms\n", ROWS, (int)took_ms);
    assert_in_range(took_ms, 0, MOST_MS);
}

/* Reads one plan; no large table is walked, nothing is sorted. */
static int check_plan(struct fixture *f, const char *sql)
{
    char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
    sqlite3_stmt *plan = NULL;
    int lines = 0;
    assert_int_equal(sqlite3_prepare_v2(f->ledger->sqlite, explain, -1, &plan, NULL), SQLITE_OK);
    while (sqlite3_step(plan) == SQLITE_ROW) {
        const char *line = (const char *)sqlite3_column_text(plan, 3);
        lines++;
        if (strstr(line, "SCAN tasks") || strstr(line, "SCAN results") ||
            strstr(line, "SCAN payloads") || strstr(line, "TEMP B-TREE"))
            fail_msg("%s\n  for: %s", line, sql);
    }
    sqlite3_finalize(plan);
    sqlite3_free(explain);
    return lines;
}

static void no_statement_walks_a_large_table_or_sorts(void **state)
{
    struct fixture *f = *state;
    struct hf_body_reader reader = {0};
    use_every_listing(f);
    assert_ok(f, hf_tasks_payload(f->ledger, 1, &reader, &f->fault));
    hf_body_close(&reader);
    int checked = 0;
    for (int i = 0; i < HF_SQL_COUNT; i++) {
        if (f->ledger->statements[i])
            checked += check_plan(f, sqlite3_sql(f->ledger->statements[i]));
    }
    assert_in_range(checked, 20, 200);
}

static bool makes_a_table(struct fixture *f, const char *sql)
{
    char *explain = sqlite3_mprintf("EXPLAIN %s", sql);
    sqlite3_stmt *code = NULL;
    bool found = false;
    assert_int_equal(sqlite3_prepare_v2(f->ledger->sqlite, explain, -1, &code, NULL), SQLITE_OK);
    while (sqlite3_step(code) == SQLITE_ROW)
        found |= strcmp((const char *)sqlite3_column_text(code, 1), "OpenEphemeral") == 0;
    sqlite3_finalize(code);
    sqlite3_free(explain);
    return found;
}

static void what_is_done_for_every_task_makes_no_table_of_its_own(void **state)
{
    static const enum hf_sql each[] = {HF_SQL_TASK_ADD, HF_SQL_PAYLOAD_ADD, HF_SQL_TASK_QUEUED,
                                       HF_SQL_RESULT_ADD, HF_SQL_TASK_ENDED};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
        const char *sql = sqlite3_sql(f->ledger->statements[each[i]]);
        assert_non_null(sql);
        if (makes_a_table(f, sql))
            fail_msg("a table is made for each: %s", sql);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, filled_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_listing_of_many_tasks_is_quick),
        TEST(no_statement_walks_a_large_table_or_sorts),
        TEST(what_is_done_for_every_task_makes_no_table_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
