#include "../ledger/fixture.h"
#include "manager/race.h"

static struct hf_job race_of(struct fixture *f, int tasks)
{
    struct hf_job job = {.handler = "search", .target = {HF_TARGET_POOL, "default"}, .race = true};
    snprintf(job.id, sizeof job.id, "job-race");
    job.created_ms = NOW;
    assert_ok(f, hf_jobs_add(f->ledger, &job, &f->fault));
    for (int i = 1; i <= tasks; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        fixture_task(f, &job, i, id);
    }
    return job;
}

static void take(struct fixture *f, const char *id, const char *output)
{
    enum hf_verdict verdict;
    struct hf_body body = {.size = strlen(output), .bytes = output};
    struct hf_report report = report_of(id, HF_STATUS_DONE, 1);
    report.body = &body;
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    assert_ok(f, hf_results_take(f->ledger, &report, &verdict, &f->fault));
    assert_ok(f, hf_race_take(f->ledger, &report, &f->fault));
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
}

static bool is_success(const char *output)
{
    struct hf_body body = {.size = strlen(output), .bytes = output[0] ? output : NULL};
    struct hf_report report = report_of("x", HF_STATUS_DONE, 1);
    report.body = &body;
    return hf_race_is_success(&report);
}

static void to_have_found_nothing_is_no_success(void **state)
{
    (void)state;
    assert_false(is_success(""));
    assert_false(is_success("null"));
    assert_false(is_success("{\"nonce\":null}"));
    assert_false(is_success("{\"a\":null, \"b\":null}\n"));
    assert_true(is_success("{\"nonce\":0}"));
    assert_true(is_success("{\"a\":null, \"b\":1}"));
    assert_true(is_success("{}"));
    assert_true(is_success("nothing that is JSON"));
    struct hf_report failed = report_of("x", HF_STATUS_FAILED, 1);
    assert_false(hf_race_is_success(&failed));
}

static void the_first_success_ends_the_job_and_the_others_do_not(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = race_of(f, 4);
    struct hf_job out;
    take(f, "r1", "{\"nonce\":null}");
    assert_int_equal(fixture_counts(f, job.number).of[HF_STATE_PENDING], 3);
    take(f, "r3", "{\"nonce\":17}");
    struct hf_counts counts = fixture_counts(f, job.number);
    assert_int_equal(counts.of[HF_STATE_DONE], 2);
    assert_int_equal(counts.of[HF_STATE_CANCELLED], 2);
    assert_ok(f, hf_jobs_get(f->ledger, job.number, &out, &f->fault));
    assert_true(out.won);
    take(f, "r2", "{\"nonce\":99}"); /* it comes too late */
    assert_int_equal(fixture_get(f, "r2").state, HF_STATE_CANCELLED);
    assert_int_equal(fixture_get(f, "r2").duplicates, 1);
}

static void boards_are_told_once_and_again_after_a_crash_before_that(void **state)
{
    struct fixture *f = *state;
    struct hf_race race = {0};
    struct hf_controls controls;
    race_of(f, 2);
    take(f, "r1", "found");
    hf_controls_init(&controls, 5);
    assert_ok(f, hf_race_step(&race, f->ledger, &controls, &f->fault));
    assert_int_equal(controls.count, 1);
    assert_int_equal(controls.list[0].control.kind, HF_CONTROL_CANCEL);
    assert_string_equal(controls.list[0].control.job, "job-race");
    assert_string_equal(controls.list[0].key, HF_KEY_ALL);
    race = (struct hf_race){0}; /* the crash */
    hf_controls_init(&controls, 5);
    assert_ok(f, hf_race_step(&race, f->ledger, &controls, &f->fault));
    assert_ok(f, hf_race_step(&race, f->ledger, &controls, &f->fault));
    assert_int_equal(controls.count, 1); /* it waits for the confirm */
    controls.list[0].fate = HF_CONTROL_STORED;
    assert_ok(f, hf_race_step(&race, f->ledger, &controls, &f->fault));
    assert_ok(f, hf_race_step(&race, f->ledger, &controls, &f->fault));
    assert_int_equal(controls.count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_have_found_nothing_is_no_success),
        TEST(the_first_success_ends_the_job_and_the_others_do_not),
        TEST(boards_are_told_once_and_again_after_a_crash_before_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
