#include "ledger/schedules.h"
#include "manager/schedule.h"
#include "manager/series.h"
#include "submission_fixture.h"

#include <time.h>

static void a_range_makes_objects_with_the_fields_of_the_arguments(void **state)
{
    struct fixture *f = *state;
    struct hf_order wanted = order();
    struct hf_range range = {0, 5, 3};
    struct hf_submission *submission = begin(f, &wanted);
    assert_ok(f, hf_series_add_range(submission, &range, " { \"prefix\": \"00\" } ", &f->fault));
    assert_ok(f, hf_series_add_range(submission, &range, "{}", &f->fault));
    assert_ok(f, hf_series_add_range(submission, &range, NULL, &f->fault));
    struct hf_job job = finish(f, submission);
    assert_string_equal(payloads_of(f, job.number).text,
                        "[{\"start\":0,\"end\":2,\"prefix\": \"00\"}]"
                        "[{\"start\":3,\"end\":5,\"prefix\": \"00\"}]"
                        "[{\"start\":0,\"end\":2}][{\"start\":3,\"end\":5}]"
                        "[{\"start\":0,\"end\":2}][{\"start\":3,\"end\":5}]");
}

static void elements_of_an_array_stay_as_they_are_written(void **state)
{
    struct fixture *f = *state;
    struct hf_order wanted = order();
    struct hf_submission *submission = begin(f, &wanted);
    assert_ok(f, hf_series_add_array(submission,
                                     " [ 12345678901234567890 , 1.50,\"a\\\"],{b\", "
                                     "[1, [2]],{\"k\": \"}\"} ,null,true]\n",
                                     NULL, &f->fault));
    assert_ok(f, hf_series_add_array(submission, "[{}, {\"a\":1}]", "{\"b\":2}", &f->fault));
    struct hf_job job = finish(f, submission);
    assert_string_equal(
        payloads_of(f, job.number).text,
        "[12345678901234567890][1.50][a\"],{b][[1, [2]]][{\"k\": \"}\"}][null][true]"
        "[{\"b\":2}][{\"a\":1,\"b\":2}]");
}

static void what_is_no_array_or_takes_no_arguments_is_refused(void **state)
{
    struct fixture *f = *state;
    struct hf_order wanted = order();
    static const char *const bad[] = {"", "{}", "[1", "[1] x", "nonsense"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hf_submission *submission = begin(f, &wanted);
        assert_int_equal(hf_series_add_array(submission, bad[i], NULL, &f->fault), HF_ERR_INVALID);
        hf_submission_free(submission);
    }
    struct hf_submission *submission = begin(f, &wanted);
    assert_int_equal(hf_series_add_array(submission, "[5]", "{\"a\":1}", &f->fault),
                     HF_ERR_INVALID);
    hf_submission_free(submission);
    assert_int_equal(hf_series_check_args("[1]", &f->fault), HF_ERR_INVALID);
    assert_int_equal(hf_series_check_args("{\"a\":1}", &f->fault), HF_ERR_OK);
}

static void the_same_id_twice_is_one_task(void **state)
{
    struct fixture *f = *state;
    struct hf_order wanted = order();
    wanted.id = "backup-1";
    struct hf_submission *submission = begin(f, &wanted);
    assert_ok(f, hf_submission_add_bytes(submission, NULL, hf_str("x"), &f->fault));
    struct hf_job first = finish(f, submission);
    submission = begin(f, &wanted);
    assert_ok(f, hf_submission_add_bytes(submission, NULL, hf_str("y"), &f->fault));
    struct hf_job again;
    assert_ok(f, hf_submission_finish(submission, &again, &f->fault));
    assert_true(hf_submission_existing(submission));
    hf_submission_free(submission);
    assert_int_equal(again.number, first.number);
    struct hf_counts counts;
    assert_ok(f, hf_jobs_counts_all(f->ledger, &counts, &f->fault));
    assert_int_equal(hf_counts_total(&counts), 1);
    submission = begin(f, &wanted);
    assert_ok(f, hf_submission_add_bytes(submission, NULL, hf_str("x"), &f->fault));
    assert_int_equal(hf_submission_add_bytes(submission, NULL, hf_str("z"), &f->fault),
                     HF_ERR_INVALID);
    hf_submission_free(submission);
    wanted.id = "no id";
    assert_int_equal(hf_submission_begin(f->ledger, &wanted, NOW, &submission, &f->fault),
                     HF_ERR_INVALID);
}

static void several_targets_get_a_task_each(void **state)
{
    struct fixture *f = *state;
    struct hf_order wanted = order();
    const struct hf_target boards[] = {{HF_TARGET_BOARD, "a"}, {HF_TARGET_BOARD, "b"}};
    wanted.targets = boards;
    wanted.target_count = 2;
    struct hf_submission *submission = begin(f, &wanted);
    assert_ok(f, hf_submission_add_bytes(submission, NULL, hf_str("x"), &f->fault));
    struct hf_job job = finish(f, submission);
    assert_string_equal(job.target.name, HF_TARGET_ALL);
    struct payloads all = payloads_of(f, job.number);
    assert_string_equal(all.text, "[x][x]");
    assert_string_equal(all.last.target.name, "b");
}

/* --- Later --- */

static void a_job_for_later_is_made_when_it_is_due_and_once(void **state)
{
    struct fixture *f = *state;
    struct hf_order wanted = order();
    struct hf_job job;
    uint64_t runs = 9;
    wanted.name = "later";
    wanted.time.at_ms = NOW + 1000;
    wanted.not_after_ms = 500;
    wanted.priority = 7;
    struct hf_submission *submission = begin(f, &wanted);
    assert_ok(f, hf_submission_add_bytes(submission, "n", hf_str("x"), &f->fault));
    assert_int_equal(finish(f, submission).number, 0);
    assert_ok(f, hf_schedule_run_due(f->ledger, NOW + 999, &runs, &f->fault));
    assert_int_equal(runs, 0);
    assert_int_equal(hf_jobs_find(f->ledger, "later", &job, &f->fault), HF_ERR_NOT_FOUND);
    assert_ok(f, hf_schedule_run_due(f->ledger, NOW + 5000, &runs, &f->fault));
    assert_int_equal(runs, 1);
    assert_ok(f, hf_jobs_find(f->ledger, "later", &job, &f->fault));
    struct payloads all = payloads_of(f, job.number);
    assert_string_equal(all.text, "[x]");
    assert_int_equal(all.last.task.priority, 7);
    assert_int_equal(all.last.task.not_after_ms, NOW + 5500);
    assert_string_equal(all.last.name, "n");
    assert_ok(f, hf_schedule_run_due(f->ledger, NOW + 9000, &runs, &f->fault));
    assert_int_equal(runs, 0);
}

static void missed_runs_are_caught_up_once(void **state)
{
    struct fixture *f = *state;
    struct hf_order wanted = order();
    struct hf_schedule schedule;
    uint64_t runs = 0;
    const int64_t day_ms = INT64_C(86400000);
    assert_int_equal(setenv("TZ", "UTC", 1), 0);
    tzset();
    wanted.name = "nightly";
    wanted.time = (struct hf_order_time){NOW, "0 3 * * *"};
    struct hf_submission *submission = begin(f, &wanted);
    assert_ok(f, hf_submission_add_bytes(submission, NULL, hf_str("x"), &f->fault));
    finish(f, submission);
    assert_ok(f, hf_schedule_run_due(f->ledger, NOW + 5 * day_ms, &runs, &f->fault));
    assert_int_equal(runs, 1);
    assert_ok(f, hf_schedules_find(f->ledger, "nightly", &schedule, &f->fault));
    assert_int_equal(schedule.runs, 1);
    assert_in_range(schedule.next_ms, NOW + 5 * day_ms + 1, NOW + 6 * day_ms);
    assert_int_equal(schedule.next_ms % day_ms, 3 * 3600 * 1000);
    assert_ok(f, hf_schedules_pause(f->ledger, schedule.number, true, schedule.next_ms, &f->fault));
    assert_ok(f, hf_schedule_run_due(f->ledger, NOW + 9 * day_ms, &runs, &f->fault));
    assert_int_equal(runs, 0);
    assert_ok(f, hf_schedule_resume(f->ledger, &schedule, NOW + 9 * day_ms, &f->fault));
    assert_ok(f, hf_schedule_run_due(f->ledger, NOW + 9 * day_ms, &runs, &f->fault));
    assert_int_equal(runs, 0);
    assert_ok(f, hf_schedules_remove(f->ledger, schedule.number, &f->fault));
    assert_int_equal(hf_schedules_find(f->ledger, "nightly", &schedule, &f->fault),
                     HF_ERR_NOT_FOUND);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_range_makes_objects_with_the_fields_of_the_arguments),
        TEST(elements_of_an_array_stay_as_they_are_written),
        TEST(what_is_no_array_or_takes_no_arguments_is_refused),
        TEST(the_same_id_twice_is_one_task),
        TEST(several_targets_get_a_task_each),
        TEST(a_job_for_later_is_made_when_it_is_due_and_once),
        TEST(missed_runs_are_caught_up_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
