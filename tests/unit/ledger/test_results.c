#include "fixture.h"
#include "ledger/attempts.h"
#include "ledger/results.h"

static void the_first_result_wins_and_later_ones_are_counted(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    fixture_task(f, &job, 1, "task-a");
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_DONE, 1), HF_VERDICT_ENDED);
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_FAILED, 1), HF_VERDICT_DUPLICATE);
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_DONE, 1), HF_VERDICT_DUPLICATE);
    struct hf_entry entry = fixture_get(f, "task-a");
    assert_int_equal(entry.state, HF_STATE_DONE);
    assert_int_equal(entry.duplicates, 2);
    assert_int_equal(entry.ended_ms, NOW + 1000);
    assert_string_equal(entry.reason, "");
}

static enum hf_err count_attempt(void *context, const struct hf_attempt_row *row)
{
    (void)row;
    ++*(int *)context;
    return HF_ERR_OK;
}

static void a_flood_of_duplicates_is_counted_and_no_more_than_some_are_kept(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    int rows = 0;
    const int64_t number = fixture_task(f, &job, 1, "task-a").number;
    fixture_report(f, "task-a", HF_STATUS_DONE, 1);
    for (int i = 0; i < HF_DUPLICATES_MAX + 20; i++)
        assert_int_equal(fixture_report(f, "task-a", HF_STATUS_DONE, 1), HF_VERDICT_DUPLICATE);
    assert_int_equal(fixture_get(f, "task-a").duplicates, HF_DUPLICATES_MAX + 20);
    assert_ok(f, hf_attempts_list(f->ledger, number, count_attempt, &rows, &f->fault));
    assert_int_equal(rows, 1 + HF_DUPLICATES_MAX);
}

static void a_result_of_an_unknown_task_is_a_stray_and_writes_nothing(void **state)
{
    struct fixture *f = *state;
    int64_t newest = -1;
    assert_int_equal(fixture_report(f, "who", HF_STATUS_DONE, 1), HF_VERDICT_STRAY);
    assert_ok(f, hf_results_newest(f->ledger, &newest, &f->fault));
    assert_int_equal(newest, 0);
}

static void a_task_for_one_board_is_no_other_boards_to_report(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = {.id = "job-a", .handler = "echo", .target = {HF_TARGET_BOARD, "board-02"}};
    assert_ok(f, hf_jobs_add(f->ledger, &job, &f->fault));
    fixture_task(f, &job, 1, "task-a");
    struct hf_report report = report_of("task-a", HF_STATUS_DONE, 1);
    assert_int_equal(fixture_take(f, &report), HF_VERDICT_STRAY);
    assert_int_equal(fixture_get(f, "task-a").state, HF_STATE_PENDING);
    strcpy(report.result.board, "board-02");
    assert_int_equal(fixture_take(f, &report), HF_VERDICT_ENDED);
}

static void a_retry_is_pending_again_as_the_next_attempt_until_the_last(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    bool moved = false;
    struct hf_attempt attempt = {fixture_task(f, &job, 1, "task-a").number, 1, 0};
    for (; attempt.attempt < 3; attempt.attempt++) {
        assert_ok(f, hf_tasks_queued(f->ledger, attempt, NOW, &moved, &f->fault));
        assert_true(moved);
        assert_int_equal(fixture_report(f, "task-a", HF_STATUS_RETRY, attempt.attempt),
                         HF_VERDICT_RETRY);
        struct hf_entry entry = fixture_get(f, "task-a");
        assert_int_equal(entry.state, HF_STATE_PENDING);
        assert_int_equal(entry.task.attempt, attempt.attempt + 1);
        assert_int_equal(entry.queued_ms, 0);
    }
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_RETRY, 3), HF_VERDICT_ENDED);
    struct hf_entry entry = fixture_get(f, "task-a");
    assert_int_equal(entry.state, HF_STATE_DEAD);
    assert_int_equal(entry.task.attempt, 3);
    assert_string_equal(entry.reason, "because");
}

static void a_retry_that_is_delivered_twice_costs_one_attempt(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    fixture_task(f, &job, 1, "task-a");
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_RETRY, 1), HF_VERDICT_RETRY);
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_RETRY, 1), HF_VERDICT_DUPLICATE);
    struct hf_entry entry = fixture_get(f, "task-a");
    assert_int_equal(entry.task.attempt, 2);
    assert_int_equal(entry.duplicates, 1);
}

static void a_late_done_of_an_attempt_before_still_counts(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    fixture_task(f, &job, 1, "task-a");
    fixture_report(f, "task-a", HF_STATUS_RETRY, 1);
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_DONE, 1), HF_VERDICT_ENDED);
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_DONE, 2), HF_VERDICT_DUPLICATE);
    assert_int_equal(fixture_get(f, "task-a").state, HF_STATE_DONE);
}

static void a_done_that_was_set_aside_by_a_retry_does_not_count_again(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    bool moved = false;
    const int64_t number = fixture_task(f, &job, 1, "task-a").number;
    fixture_report(f, "task-a", HF_STATUS_RETRY, 1);
    fixture_report(f, "task-a", HF_STATUS_DONE, 1); /* late, while the second is awaited */
    fixture_report(f, "task-a", HF_STATUS_DONE, 2);
    assert_ok(f, hf_tasks_retry(f->ledger, number, 1, NOW, &moved, &f->fault));
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_DONE, 2), HF_VERDICT_DUPLICATE);
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_DONE, 1), HF_VERDICT_DUPLICATE);
    assert_int_equal(fixture_get(f, "task-a").state, HF_STATE_PENDING);
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_DONE, 3), HF_VERDICT_ENDED);
}

static void a_dead_letter_ends_the_task_without_a_board(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    fixture_task(f, &job, 1, "task-a");
    struct hf_report report = report_of("task-a", HF_STATUS_FAILED, 1);
    report.dead_letter = true;
    assert_int_equal(fixture_take(f, &report), HF_VERDICT_ENDED);
    assert_int_equal(fixture_take(f, &report), HF_VERDICT_DUPLICATE);
    assert_int_equal(fixture_get(f, "task-a").state, HF_STATE_DEAD);
}

static void a_crash_between_store_and_ack_brings_a_duplicate_and_no_loss(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    fixture_task(f, &job, 1, "task-a");
    fixture_task(f, &job, 2, "task-b");
    fixture_report(f, "task-a", HF_STATUS_DONE, 1);
    fixture_reopen(f); /* never acked: the broker delivers both again */
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_DONE, 1), HF_VERDICT_DUPLICATE);
    assert_int_equal(fixture_report(f, "task-b", HF_STATUS_DONE, 1), HF_VERDICT_ENDED);
    struct hf_counts counts = fixture_counts(f, job.number);
    assert_int_equal(counts.of[HF_STATE_DONE], 2);
    assert_int_equal(hf_counts_total(&counts), 2);
}

struct seen {
    char text[512];
    struct hf_ending last;
    char body[64];
};

static enum hf_err note(void *context, const struct hf_ending *ending)
{
    struct seen *seen = context;
    size_t used = strlen(seen->text);
    snprintf(seen->text + used, sizeof seen->text - used, "%s%s=%s", used ? " " : "",
             ending->entry.task.id, hf_state_text(ending->entry.state));
    seen->last = *ending;
    if (ending->body.size < sizeof seen->body && ending->body.bytes)
        memcpy(seen->body, ending->body.bytes, (size_t)ending->body.size);
    return HF_ERR_OK;
}

static void a_result_comes_back_as_the_board_gave_it(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    fixture_task(f, &job, 1, "task-a");
    struct hf_body body = {.size = 5, .bytes = "out\0\n"};
    struct hf_report report = {.result = {.id = "task-a",
                                          .board = "pi-7",
                                          .status = HF_STATUS_FAILED,
                                          .attempt = 1,
                                          .exit_code = 3,
                                          .signal = 9,
                                          .started_ms = NOW + 1,
                                          .duration_ms = 250,
                                          .peak_kb = 1024,
                                          .cpu_ms = 40,
                                          .reason = "exit 3",
                                          .log_tail = "a\nb"},
                               .body = &body,
                               .received_ms = NOW + 2};
    assert_int_equal(fixture_take(f, &report), HF_VERDICT_ENDED);
    struct seen seen = {0};
    assert_ok(f, hf_results_list(f->ledger, job.number, 0, 10, note, &seen, &f->fault));
    assert_string_equal(seen.text, "task-a=failed");
    assert_memory_equal(seen.body, "out\0\n", 5);
    const struct hf_result *result = &seen.last.result;
    assert_string_equal(result->id, "task-a");
    assert_string_equal(result->job, "job-a");
    assert_string_equal(result->board, "pi-7");
    assert_int_equal(result->status, HF_STATUS_FAILED);
    assert_int_equal(result->exit_code, 3);
    assert_int_equal(result->signal, 9);
    assert_int_equal(result->started_ms, NOW + 1);
    assert_int_equal(result->duration_ms, 250);
    assert_int_equal(result->peak_kb, 1024);
    assert_int_equal(result->cpu_ms, 40);
    assert_string_equal(result->reason, "exit 3");
    assert_string_equal(result->log_tail, "a\nb");
    assert_int_equal(seen.last.received_ms, NOW + 2);
}

static void results_are_listed_by_place_and_followed_by_arrival(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_job other = fixture_job(f, "job-b");
    fixture_task(f, &job, 1, "a1");
    fixture_task(f, &job, 2, "a2");
    fixture_task(f, &job, 3, "a3");
    fixture_task(f, &other, 1, "b1");
    fixture_report(f, "a3", HF_STATUS_DONE, 1);
    fixture_report(f, "b1", HF_STATUS_DONE, 1);
    fixture_report(f, "a2", HF_STATUS_RETRY, 1);
    fixture_report(f, "a1", HF_STATUS_FAILED, 1);
    struct seen seen = {0};
    assert_ok(f, hf_results_list(f->ledger, job.number, 0, 10, note, &seen, &f->fault));
    assert_string_equal(seen.text, "a1=failed a3=done");
    seen = (struct seen){0};
    assert_ok(f, hf_results_list(f->ledger, job.number, 1, 10, note, &seen, &f->fault));
    assert_string_equal(seen.text, "a3=done");
    seen = (struct seen){0};
    assert_ok(f, hf_results_since(f->ledger, job.number, 0, 10, note, &seen, &f->fault));
    assert_string_equal(seen.text, "a3=done a1=failed");
    int64_t newest = 0;
    assert_ok(f, hf_results_newest(f->ledger, &newest, &f->fault));
    assert_int_equal(newest, seen.last.number);
    fixture_report(f, "a1", HF_STATUS_DONE, 1); /* a duplicate is no news */
    fixture_report(f, "a2", HF_STATUS_DONE, 2);
    seen = (struct seen){0};
    assert_ok(f, hf_results_since(f->ledger, job.number, newest, 10, note, &seen, &f->fault));
    assert_string_equal(seen.text, "a2=done");
}

static enum hf_err measure(void *context, const struct hf_ending *ending)
{
    struct hf_body *body = context;
    *body = ending->body;
    return HF_ERR_OK;
}

static void a_large_result_lies_in_a_file_named_by_its_hash(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_body_writer *writer = NULL;
    struct hf_body body;
    static char piece[50000];
    fixture_task(f, &job, 1, "task-a");
    assert_ok(f, hf_body_writer_new(hf_ledger_bodies(f->ledger), &writer, &f->fault));
    for (int i = 0; i < 20; i++) {
        memset(piece, 'a' + i, sizeof piece);
        assert_ok(f, hf_body_write(writer, piece, sizeof piece, &f->fault));
    }
    assert_ok(f, hf_body_finish(writer, &body, &f->fault));
    struct hf_report report = report_of("task-a", HF_STATUS_DONE, 1);
    report.body = &body;
    assert_int_equal(fixture_take(f, &report), HF_VERDICT_ENDED);
    hf_body_writer_free(writer);
    fixture_reopen(f);
    struct hf_body out = {0};
    assert_ok(f, hf_results_list(f->ledger, job.number, 0, 1, measure, &out, &f->fault));
    assert_int_equal(out.size, 20 * sizeof piece);
    assert_int_equal(strlen(out.hash), 64);
    struct hf_body_reader reader = {0};
    size_t got = 0;
    assert_ok(f, hf_body_open(hf_ledger_bodies(f->ledger), &out, &reader, &f->fault));
    assert_ok(f, hf_body_read(&reader, 3 * sizeof piece, piece, 1, &got, &f->fault));
    assert_int_equal(piece[0], 'a' + 3);
    hf_body_close(&reader);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_first_result_wins_and_later_ones_are_counted),
        TEST(a_flood_of_duplicates_is_counted_and_no_more_than_some_are_kept),
        TEST(a_result_of_an_unknown_task_is_a_stray_and_writes_nothing),
        TEST(a_task_for_one_board_is_no_other_boards_to_report),
        TEST(a_retry_is_pending_again_as_the_next_attempt_until_the_last),
        TEST(a_retry_that_is_delivered_twice_costs_one_attempt),
        TEST(a_late_done_of_an_attempt_before_still_counts),
        TEST(a_done_that_was_set_aside_by_a_retry_does_not_count_again),
        TEST(a_dead_letter_ends_the_task_without_a_board),
        TEST(a_crash_between_store_and_ack_brings_a_duplicate_and_no_loss),
        TEST(a_result_comes_back_as_the_board_gave_it),
        TEST(results_are_listed_by_place_and_followed_by_arrival),
        TEST(a_large_result_lies_in_a_file_named_by_its_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
