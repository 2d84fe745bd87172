#include "fixture.h"
#include "ledger/attempts.h"
#include "ledger/tally.h"

static void queue(struct fixture *f, const struct hf_entry *entry)
{
    bool moved = false;
    struct hf_attempt attempt = {entry->number, entry->task.attempt, 0};
    assert_ok(f, hf_tasks_queued(f->ledger, attempt, NOW + 10, &moved, &f->fault));
    assert_true(moved);
}

static void run_on(struct fixture *f, const struct hf_entry *entry, const char *board)
{
    bool moved = false;
    assert_ok(f, hf_tasks_running(f->ledger, entry->task.id, entry->task.attempt, board, NOW + 20,
                                  &moved, &f->fault));
    assert_true(moved);
}

static void a_board_that_has_it_makes_a_queued_task_running(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_entry entry = fixture_task(f, &job, 1, "task-a");
    bool moved = true;
    assert_ok(f, hf_tasks_running(f->ledger, "task-a", 1, "board-01", NOW, &moved, &f->fault));
    assert_false(moved); /* it is pending: its confirm was not seen yet */
    queue(f, &entry);
    assert_ok(f, hf_tasks_running(f->ledger, "task-a", 7, "board-01", NOW, &moved, &f->fault));
    assert_false(moved); /* of another attempt */
    assert_ok(f, hf_tasks_running(f->ledger, "task-a", 0, "board-01", NOW + 20, &moved, &f->fault));
    assert_true(moved);
    struct hf_entry out = fixture_get(f, "task-a");
    assert_int_equal(out.state, HF_STATE_RUNNING);
    assert_int_equal(out.started_ms, NOW + 20);
    assert_string_equal(out.board, "board-01");
    struct hf_counts counts = fixture_counts(f, job.number);
    assert_int_equal(counts.of[HF_STATE_PENDING], 0);
    assert_int_equal(counts.of[HF_STATE_QUEUED], 0);
    assert_int_equal(counts.of[HF_STATE_RUNNING], 1);
}

static void a_task_that_was_lost_is_pending_again_as_the_same_attempt(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_entry entry = fixture_task(f, &job, 1, "task-a");
    struct hf_attempt attempt = {entry.number, 1, 0};
    bool moved = true;
    assert_ok(f, hf_tasks_requeue(f->ledger, attempt, "purged", NOW, &moved, &f->fault));
    assert_false(moved);
    queue(f, &entry);
    run_on(f, &entry, "board-01");
    assert_ok(f, hf_tasks_requeue(f->ledger, attempt, "purged", NOW + 30, &moved, &f->fault));
    assert_true(moved);
    struct hf_entry out = fixture_get(f, "task-a");
    assert_int_equal(out.state, HF_STATE_PENDING);
    assert_int_equal(out.task.attempt, 1);
    assert_int_equal(out.queued_ms, 0);
    assert_string_equal(out.board, "");
    assert_string_equal(out.reason, "purged");
    assert_int_equal(fixture_counts(f, job.number).of[HF_STATE_PENDING], 1);
    assert_int_equal(
        hf_tasks_requeue(f->ledger, (struct hf_attempt){999, 1, 0}, "", NOW, &moved, &f->fault),
        HF_ERR_NOT_FOUND);
}

static void an_ended_task_can_be_handed_out_again_on_a_persons_word(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_entry entry = fixture_task(f, &job, 1, "task-a");
    bool moved = true;
    assert_ok(f, hf_tasks_retry(f->ledger, entry.number, 2, NOW, &moved, &f->fault));
    assert_false(moved);
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_FAILED, 1), HF_VERDICT_ENDED);
    assert_ok(f, hf_tasks_retry(f->ledger, entry.number, 4, NOW + 5, &moved, &f->fault));
    assert_true(moved);
    struct hf_entry out = fixture_get(f, "task-a");
    assert_int_equal(out.state, HF_STATE_PENDING);
    assert_int_equal(out.task.attempt, 2);
    assert_int_equal(out.task.max_attempts, 5);
    assert_int_equal(out.ended_ms, 0);
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_DONE, 2), HF_VERDICT_ENDED);
    assert_int_equal(fixture_get(f, "task-a").state, HF_STATE_DONE);
    assert_int_equal(fixture_counts(f, job.number).of[HF_STATE_DONE], 1);
    assert_int_equal(fixture_counts(f, job.number).of[HF_STATE_FAILED], 0);
}

static void a_task_of_a_cancelled_job_comes_back_beyond_the_attempts_that_boards_leave(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_entry one = fixture_task(f, &job, 1, "task-a"),
                    two = fixture_task(f, &job, 2, "task-b");
    struct hf_counts cancelled;
    bool moved = false;
    fixture_report(f, "task-b", HF_STATUS_FAILED, 1);
    assert_ok(f, hf_tasks_retry(f->ledger, two.number, 1, NOW, &moved, &f->fault));
    assert_ok(f, hf_tasks_cancel_job(f->ledger, job.number, "enough", NOW, &cancelled, &f->fault));
    assert_ok(f, hf_jobs_get(f->ledger, job.number, &job, &f->fault));
    assert_int_equal(job.cancelled_attempt, 2);
    assert_ok(f, hf_tasks_retry(f->ledger, one.number, 4, NOW, &moved, &f->fault));
    assert_true(moved);
    struct hf_entry out = fixture_get(f, "task-a");
    assert_int_equal(out.task.attempt, 3);
    assert_int_equal(out.task.max_attempts, 6);
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_CANCELLED, 1), HF_VERDICT_DUPLICATE);
    assert_int_equal(fixture_get(f, "task-a").state, HF_STATE_PENDING);
}

static enum hf_err count_ending(void *context, const struct hf_ending *ending)
{
    assert_string_equal(ending->entry.reason, "enough");
    assert_int_equal(ending->result.status, HF_STATUS_CANCELLED);
    ++*(int *)context;
    return HF_ERR_OK;
}

static void all_open_tasks_of_a_job_can_be_cancelled_and_what_comes_later_is_a_duplicate(
    void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_job other = fixture_job(f, "job-b");
    struct hf_counts cancelled;
    int endings = 0;
    bool moved = true;
    fixture_task(f, &job, 1, "a1");
    struct hf_entry queued = fixture_task(f, &job, 2, "a2");
    struct hf_entry running = fixture_task(f, &job, 3, "a3");
    struct hf_entry stays = fixture_task(f, &other, 1, "b1");
    queue(f, &queued);
    queue(f, &running);
    run_on(f, &running, "board-01");
    assert_ok(
        f, hf_tasks_cancel_job(f->ledger, job.number, "enough", NOW + 40, &cancelled, &f->fault));
    assert_int_equal(cancelled.of[HF_STATE_PENDING], 1);
    assert_int_equal(cancelled.of[HF_STATE_QUEUED], 1);
    assert_int_equal(cancelled.of[HF_STATE_RUNNING], 1);
    assert_int_equal(fixture_counts(f, job.number).of[HF_STATE_CANCELLED], 3);
    assert_int_equal(fixture_report(f, "a3", HF_STATUS_DONE, 1), HF_VERDICT_DUPLICATE);
    assert_ok(f, hf_results_list(f->ledger, job.number, 0, 10, count_ending, &endings, &f->fault));
    assert_int_equal(endings, 3);
    assert_ok(f, hf_tasks_cancel(f->ledger, queued.number, "twice", NOW, &moved, &f->fault));
    assert_false(moved);
    assert_ok(f, hf_tasks_cancel(f->ledger, stays.number, "enough", NOW, &moved, &f->fault));
    assert_true(moved);
    assert_int_equal(fixture_get(f, "b1").state, HF_STATE_CANCELLED);
}

static void a_job_has_ended_when_its_last_task_has_and_is_told_of_once(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_job out;
    struct hf_entry first = fixture_task(f, &job, 1, "a1");
    fixture_task(f, &job, 2, "a2");
    bool moved = false;
    assert_int_equal(hf_jobs_untold(f->ledger, &out, &f->fault), HF_ERR_NOT_FOUND);
    fixture_report(f, "a1", HF_STATUS_DONE, 1);
    assert_int_equal(hf_jobs_untold(f->ledger, &out, &f->fault), HF_ERR_NOT_FOUND);
    fixture_report(f, "a2", HF_STATUS_FAILED, 1);
    assert_ok(f, hf_jobs_untold(f->ledger, &out, &f->fault));
    assert_int_equal(out.number, job.number);
    assert_int_equal(out.ended_ms, NOW + 1000);
    assert_ok(f, hf_jobs_told(f->ledger, job.number, NOW + 2000, &f->fault));
    assert_int_equal(hf_jobs_untold(f->ledger, &out, &f->fault), HF_ERR_NOT_FOUND);
    assert_ok(f, hf_tasks_retry(f->ledger, first.number, 1, NOW + 3000, &moved, &f->fault));
    assert_ok(f, hf_jobs_get(f->ledger, job.number, &out, &f->fault));
    assert_int_equal(out.ended_ms, 0);
    fixture_report(f, "a1", HF_STATUS_DONE, 2);
    assert_ok(f, hf_jobs_untold(f->ledger, &out, &f->fault));
}

static void what_is_undone_is_not_counted(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_entry entry = entry_of(&job, 1, "task-a");
    struct hf_body payload = {0};
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    assert_ok(f, hf_tasks_add(f->ledger, &entry, &payload, &f->fault));
    assert_int_equal(fixture_counts(f, job.number).of[HF_STATE_PENDING], 1);
    hf_ledger_rollback(f->ledger);
    fixture_task(f, &job, 1, "task-b");
    assert_int_equal(fixture_counts(f, job.number).of[HF_STATE_PENDING], 1);
}

static void more_jobs_than_are_gathered_are_counted_too(void **state)
{
    struct fixture *f = *state;
    struct hf_job jobs[3 * HF_TALLY_JOBS];
    struct hf_counts counts;
    char id[24];
    for (int i = 0; i < 3 * HF_TALLY_JOBS; i++) {
        snprintf(id, sizeof id, "job-%d", i);
        jobs[i] = fixture_job(f, id);
    }
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    for (int i = 0; i < 6 * HF_TALLY_JOBS; i++) {
        snprintf(id, sizeof id, "task-%d", i);
        struct hf_entry entry = entry_of(&jobs[i % (3 * HF_TALLY_JOBS)], 1 + i, id);
        assert_ok(f, hf_tasks_add(f->ledger, &entry, &(struct hf_body){0}, &f->fault));
    }
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    for (int i = 0; i < 3 * HF_TALLY_JOBS; i++)
        assert_int_equal(fixture_counts(f, jobs[i].number).of[HF_STATE_PENDING], 2);
    assert_ok(f, hf_jobs_counts_all(f->ledger, &counts, &f->fault));
    assert_int_equal(hf_counts_total(&counts), 6 * HF_TALLY_JOBS);
}

static enum hf_err append_row(void *context, const struct hf_attempt_row *row)
{
    char *story = context;
    size_t used = strlen(story);
    snprintf(story + used, 256 - used, "%s%u %s%s%s%s", used ? "; " : "", row->attempt,
             row->outcome, row->board[0] ? " " : "", row->board, row->reported ? " +" : "");
    return HF_ERR_OK;
}

static void the_story_of_a_task_has_each_attempt_and_each_report(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_entry entry = fixture_task(f, &job, 1, "task-a");
    bool moved = false;
    char story[256] = "";
    queue(f, &entry);
    assert_ok(f, hf_tasks_requeue(f->ledger, (struct hf_attempt){entry.number, 1, 0}, "purged", NOW,
                                  &moved, &f->fault));
    fixture_report(f, "task-a", HF_STATUS_RETRY, 1);
    fixture_report(f, "task-a", HF_STATUS_FAILED, 2);
    fixture_report(f, "task-a", HF_STATUS_FAILED, 2);
    assert_ok(f, hf_tasks_retry(f->ledger, entry.number, 1, NOW, &moved, &f->fault));
    fixture_report(f, "task-a", HF_STATUS_DONE, 3);
    assert_ok(f, hf_attempts_list(f->ledger, entry.number, append_row, story, &f->fault));
    assert_string_equal(story, "1 lost; 1 retry board-01 +; 2 again board-01 +; "
                               "3 done board-01 +; 2 duplicate board-01 +");
}

static void a_task_is_found_by_its_id_its_beginning_and_its_place(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_entry out;
    fixture_task(f, &job, 1, "0195aaaa-1111");
    fixture_task(f, &job, 2, "0195aaaa-11112");
    fixture_task(f, &job, 3, "x");
    static const struct {
        const char *text;
        int64_t seq;
    } good[] = {{"0195aaaa-1111", 1}, {"0195aaaa-11112", 2}, {"x", 3},
                {"1/2", 2},           {"job-a/3", 3},        {"latest/1", 1}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_ok(f, hf_tasks_find(f->ledger, good[i].text, &out, &f->fault));
        assert_int_equal(out.seq, good[i].seq);
    }
    assert_int_equal(hf_tasks_find(f->ledger, "0195aaaa", &out, &f->fault), HF_ERR_INVALID);
    assert_int_equal(hf_tasks_find(f->ledger, "0195", &out, &f->fault), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_tasks_find(f->ledger, "1/9", &out, &f->fault), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_tasks_find(f->ledger, "1/2x", &out, &f->fault), HF_ERR_NOT_FOUND);
}

static void a_dead_task_that_is_dropped_is_cancelled_and_keeps_its_reason(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-1");
    struct hf_entry entry = fixture_task(f, &job, 1, "task-1");
    struct hf_report report = report_of("task-1", HF_STATUS_RETRY, 3);
    bool moved = true;
    assert_ok(f, hf_tasks_drop(f->ledger, entry.number, "dropped", &moved, &f->fault));
    assert_false(moved);
    report.dead_letter = true;
    report.result.attempt = 1;
    assert_int_equal(fixture_take(f, &report), HF_VERDICT_ENDED);
    assert_int_equal(fixture_counts(f, 1).of[HF_STATE_DEAD], 1);
    assert_ok(f, hf_tasks_drop(f->ledger, entry.number, "dropped", &moved, &f->fault));
    assert_true(moved);
    assert_string_equal(fixture_get(f, "task-1").reason, "dropped: because");
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_CANCELLED);
    assert_int_equal(fixture_counts(f, 1).of[HF_STATE_DEAD], 0);
    assert_int_equal(fixture_counts(f, 1).of[HF_STATE_CANCELLED], 1);
    assert_ok(f, hf_tasks_drop(f->ledger, entry.number, "dropped", &moved, &f->fault));
    assert_false(moved);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_board_that_has_it_makes_a_queued_task_running),
        TEST(a_task_that_was_lost_is_pending_again_as_the_same_attempt),
        TEST(an_ended_task_can_be_handed_out_again_on_a_persons_word),
        TEST(a_task_of_a_cancelled_job_comes_back_beyond_the_attempts_that_boards_leave),
        TEST(all_open_tasks_of_a_job_can_be_cancelled_and_what_comes_later_is_a_duplicate),
        TEST(a_job_has_ended_when_its_last_task_has_and_is_told_of_once),
        TEST(what_is_undone_is_not_counted),
        TEST(more_jobs_than_are_gathered_are_counted_too),
        TEST(the_story_of_a_task_has_each_attempt_and_each_report),
        TEST(a_dead_task_that_is_dropped_is_cancelled_and_keeps_its_reason),
        TEST(a_task_is_found_by_its_id_its_beginning_and_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
