#include "../cmocka_all.h"
#include "../scratch.h"
#include "cli/known.h"
#include "ledger/boards.h"
#include "ledger/schedules.h"

#include <stdio.h>

#define NOW INT64_C(1770000000000)

static void ok(enum hf_err err)
{
    assert_int_equal(err, HF_ERR_OK);
}

static const char *print(const char *kind, const char *typed)
{
    static char text[8192];
    FILE *to = fmemopen(text, sizeof text, "w");
    hf_known_print(NULL, kind, typed, to);
    fputc('\0', to);
    fclose(to);
    return text;
}

/* The words alone, separated by blanks. */
static const char *words(const char *kind, const char *typed)
{
    static char words[8192];
    char *to = words;
    for (const char *at = print(kind, typed); *at; at += strcspn(at, "\n"), at += *at == '\n') {
        size_t len = strcspn(at, "\t\n");
        to += snprintf(to, 200, "%s%.*s", to == words ? "" : " ", (int)len, at);
    }
    *to = '\0';
    return words;
}

static struct hf_ledger *open_ledger(void)
{
    struct hf_ledger *ledger = NULL;
    ok(hf_ledger_open(scratch_path(HF_HOME_LEDGER), &ledger, NULL));
    return ledger;
}

static void add_job(struct hf_ledger *ledger, int number, const char *name, int tasks)
{
    struct hf_job job = {.handler = "sha256", .target = {HF_TARGET_POOL, "lab"}, .created_ms = NOW};
    struct hf_body payload = {.size = 5, .bytes = "hello"};
    snprintf(job.id, sizeof job.id, "0190abc%03d", number);
    snprintf(job.name, sizeof job.name, "%s", name);
    ok(hf_ledger_begin(ledger, NULL));
    ok(hf_jobs_add(ledger, &job, NULL));
    for (int i = 1; i <= tasks; i++) {
        struct hf_entry entry = {.job = job.number, .seq = i, .target = job.target};
        snprintf(entry.task.id, sizeof entry.task.id, "0190def%03d%03d", number, i);
        entry.task.attempt = entry.task.max_attempts = 1;
        ok(hf_tasks_add(ledger, &entry, &payload, NULL));
    }
    ok(hf_ledger_commit(ledger, NULL));
}

static int fill(void **state)
{
    if (scratch_make(state))
        return -1;
    setenv("HOLDFAST_HOME", scratch.dir, 1);
    struct hf_ledger *ledger = open_ledger();
    struct hf_event facts = {.kind = HF_EVENT_FACTS,
                             .facts = {.labels = "camera site=north", .handlers = "echo resize"}};
    ok(hf_boards_enrolled(ledger, "kitchen", "default", NOW, NULL));
    ok(hf_boards_enrolled(ledger, "attic", "lab", NOW, NULL));
    ok(hf_boards_enrolled(ledger, "lost", "gone", NOW, NULL));
    ok(hf_boards_heard(ledger, "attic", &facts, NOW, NULL));
    ok(hf_boards_heard(ledger, "kitchen", &facts, NOW, NULL));
    ok(hf_boards_retired(ledger, "lost", NOW, NULL));
    for (int i = 1; i <= 12; i++)
        add_job(ledger, i, i == 3 ? "photos" : i == 4 ? "two words" : "", i == 12 ? 120 : 1);
    struct hf_schedule schedule = {
        .id = "s1", .name = "nightly", .handler = "backup", .rule = "0 3 * * *"};
    ok(hf_schedules_add(ledger, &schedule, NULL));
    hf_ledger_close(ledger);
    return 0;
}

static void boards_are_those_that_are_not_retired_with_their_pools(void **state)
{
    (void)state;
    assert_string_equal(print("BOARD", ""), "attic\tpool lab\nkitchen\tpool default\n");
    assert_string_equal(words("NAME", "ki"), "kitchen");
    assert_string_equal(words("POOL", ""), "lab default");
}

static void labels_and_handlers_are_named_once(void **state)
{
    (void)state;
    assert_string_equal(words("LABEL", ""), "camera site=north");
    assert_string_equal(words("HANDLER", ""), "echo resize sha256");
    assert_string_equal(words("HANDLER", "s"), "sha256");
}

static void jobs_go_by_number_the_newest_first_by_name_and_by_id(void **state)
{
    (void)state;
    assert_string_equal(words("JOB", ""), "12 11 10 9 8 7 6 5 4 3 2 1 photos two words");
    assert_string_equal(words("JOB", "1"), "1 12 11 10");
    assert_string_equal(words("JOB", "pho"), "photos");
    assert_string_equal(words("JOB", "019"), "");
    assert_string_equal(words("JOB", "0190abc01"), "0190abc010 0190abc011 0190abc012");
    assert_non_null(strstr(print("JOB", "3"), " sha256 photos\n"));
}

static void tasks_go_by_their_job_and_place(void **state)
{
    (void)state;
    assert_string_equal(words("TASK", "12"), "12/");
    assert_string_equal(words("TASK", "photos/"), "photos/1");
    assert_string_equal(words("TASK", "12/12"), "12/12 12/120");
    assert_string_equal(words("TASK", "nobody/"), "");
    assert_string_equal(words("TASK", "0190def00"),
                        "0190def001001 0190def002001 0190def003001 0190def004001 0190def005001 "
                        "0190def006001 0190def007001 0190def008001 0190def009001");
    assert_string_equal(print("TASK", "3/"), "3/1\tpending\n");
}

static void no_more_than_a_person_can_look_over(void **state)
{
    (void)state;
    int lines = 0;
    for (const char *c = print("TASK", "12/"); *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, HF_KNOWN_MAX);
}

static void schedules_go_by_number_and_name(void **state)
{
    (void)state;
    assert_string_equal(print("SCHEDULE", ""), "1\t0 3 * * *\nnightly\t0 3 * * *\n");
}

static void words_that_are_fixed_need_no_ledger(void **state)
{
    (void)state;
    assert_string_equal(words("STATE", "d"), "done dead");
    assert_string_equal(words("PRESET", "raspberry-pi-z"), "raspberry-pi-zero");
    assert_string_equal(words("NOTHING", ""), "");
}

static const char *suggested(const char *kind, const char *typed)
{
    static struct hf_fault fault;
    struct hf_ledger *ledger = open_ledger();
    hf_fault_set(&fault, HF_ERR_NOT_FOUND, 0, "none");
    assert_int_equal(hf_known_suggest(ledger, kind, typed, &fault), HF_ERR_NOT_FOUND);
    hf_ledger_close(ledger);
    return fault.text;
}

static void the_word_that_is_meant_is_suggested(void **state)
{
    (void)state;
    assert_string_equal(suggested("BOARD", "kichen"), "none; did you mean kitchen?");
    assert_string_equal(suggested("JOB", "photso"), "none; did you mean photos?");
    assert_string_equal(suggested("HANDLER", "resise"), "none; did you mean resize?");
    assert_string_equal(suggested("BOARD", "kitchen"), "none");
    assert_string_equal(suggested("BOARD", "lots"), "none");
    assert_string_equal(suggested("JOB", "13"), "none");
    assert_string_equal(suggested("POOL", "nothing-like-it"), "none");
}

static void without_a_ledger_nothing_is_said_and_none_is_made(void **state)
{
    (void)state;
    setenv("HOLDFAST_HOME", scratch_path("nowhere"), 1);
    assert_string_equal(words("BOARD", ""), "");
    assert_false(hf_file_exists(scratch_path("nowhere")));
    setenv("HOLDFAST_HOME", "not/absolute", 1);
    assert_string_equal(words("JOB", ""), "");
}

static void a_ledger_that_is_none_says_nothing(void **state)
{
    (void)state;
    FILE *file = fopen(scratch_path(HF_HOME_LEDGER), "w");
    assert_non_null(file);
    fputs("this is no database, and long enough to be looked at as one", file);
    fclose(file);
    assert_string_equal(words("JOB", ""), "");
}

static void a_command_that_writes_meanwhile_is_not_waited_for(void **state)
{
    (void)state;
    struct hf_ledger *ledger = open_ledger();
    ok(hf_ledger_begin(ledger, NULL));
    assert_string_equal(words("BOARD", "a"), "attic");
    hf_ledger_close(ledger);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fill, scratch_drop)
    const struct CMUnitTest tests[] = {
        TEST(boards_are_those_that_are_not_retired_with_their_pools),
        TEST(labels_and_handlers_are_named_once),
        TEST(jobs_go_by_number_the_newest_first_by_name_and_by_id),
        TEST(tasks_go_by_their_job_and_place),
        TEST(no_more_than_a_person_can_look_over),
        TEST(schedules_go_by_number_and_name),
        TEST(the_word_that_is_meant_is_suggested),
        TEST(words_that_are_fixed_need_no_ledger),
        TEST(without_a_ledger_nothing_is_said_and_none_is_made),
        TEST(a_ledger_that_is_none_says_nothing),
        TEST(a_command_that_writes_meanwhile_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
