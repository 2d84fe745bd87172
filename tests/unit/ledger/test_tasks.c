#include "fixture.h"
#include "ledger/tasks.h"

static void a_task_comes_back_as_it_was_added(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_entry entry = entry_of(&job, 4, "task-a");
    struct hf_body payload = {.size = 3, .bytes = "\0\xff\n"};
    snprintf(entry.name, sizeof entry.name, "photos/\xc3\xa4.jpg");
    entry.target = (struct hf_target){HF_TARGET_QUEUE, "task_queue"};
    entry.task.plain = true;
    entry.task.priority = 9;
    entry.task.timeout_ms = 1500;
    entry.task.not_after_ms = NOW + 5;
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    assert_ok(f, hf_tasks_add(f->ledger, &entry, &payload, &f->fault));
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    struct hf_entry out = fixture_get(f, "task-a");
    entry.payload_bytes = 3;
    assert_int_equal(out.number, entry.number);
    assert_int_equal(out.seq, 4);
    assert_string_equal(out.name, entry.name);
    assert_string_equal(out.task.job, "job-a");
    assert_string_equal(out.task.handler, "echo");
    assert_int_equal(out.target.kind, HF_TARGET_QUEUE);
    assert_string_equal(out.target.name, "task_queue");
    assert_true(out.task.plain);
    assert_int_equal(out.task.priority, 9);
    assert_int_equal(out.task.timeout_ms, 1500);
    assert_int_equal(out.task.not_after_ms, NOW + 5);
    assert_int_equal(out.task.attempt, 1);
    assert_int_equal(out.task.max_attempts, 3);
    assert_int_equal(out.payload_bytes, 3);
    assert_int_equal(out.state, HF_STATE_PENDING);
    assert_int_equal(out.created_ms, NOW);
    assert_int_equal(out.queued_ms, 0);
}

static void assert_payload(struct fixture *f, int64_t number, const void *bytes, size_t len)
{
    struct hf_body_reader reader = {0};
    char got[64];
    size_t size = 0;
    assert_ok(f, hf_tasks_payload(f->ledger, number, &reader, &f->fault));
    assert_int_equal(reader.size, len);
    assert_ok(f, hf_body_read(&reader, 0, got, sizeof got, &size, &f->fault));
    assert_int_equal(size, len);
    if (len > 0)
        assert_memory_equal(got, bytes, len);
    hf_body_close(&reader);
}

static void payloads_are_kept_byte_for_byte(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_entry any = entry_of(&job, 1, "task-a");
    struct hf_entry empty = entry_of(&job, 2, "task-b");
    struct hf_body bytes = {.size = 4, .bytes = "a\0b\xff"};
    struct hf_body none = {0};
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    assert_ok(f, hf_tasks_add(f->ledger, &any, &bytes, &f->fault));
    assert_ok(f, hf_tasks_add(f->ledger, &empty, &none, &f->fault));
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    fixture_reopen(f);
    assert_payload(f, any.number, "a\0b\xff", 4);
    assert_payload(f, empty.number, "", 0);
    struct hf_body_reader reader = {0};
    assert_int_equal(hf_tasks_payload(f->ledger, 99, &reader, &f->fault), HF_ERR_NOT_FOUND);
}

static void the_same_id_is_one_task_and_the_transaction_goes_on(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_body none = {0};
    struct hf_entry first = entry_of(&job, 1, "task-a");
    struct hf_entry again = entry_of(&job, 2, "task-a");
    struct hf_entry other = entry_of(&job, 2, "task-b");
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    assert_ok(f, hf_tasks_add(f->ledger, &first, &none, &f->fault));
    assert_int_equal(hf_tasks_add(f->ledger, &again, &none, &f->fault), HF_ERR_EXISTS);
    assert_non_null(strstr(f->fault.text, "task-a"));
    assert_ok(f, hf_tasks_add(f->ledger, &other, &none, &f->fault));
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    struct hf_counts counts = fixture_counts(f, job.number);
    assert_int_equal(hf_counts_total(&counts), 2);
}

static void a_task_without_a_job_is_refused(void **state)
{
    struct fixture *f = *state;
    struct hf_job nowhere = {.number = 77, .id = "none"};
    struct hf_entry entry = entry_of(&nowhere, 1, "task-a");
    struct hf_body none = {0};
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    enum hf_err err = hf_tasks_add(f->ledger, &entry, &none, &f->fault);
    if (err == HF_ERR_OK)
        err = hf_ledger_commit(f->ledger, &f->fault);
    assert_int_equal(err, HF_ERR_LEDGER);
}

static void a_confirm_moves_pending_to_queued_and_clears_the_reason(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_attempt attempt = {fixture_task(f, &job, 1, "task-a").number, 1, 0};
    bool moved = false;
    assert_ok(f, hf_tasks_held(f->ledger, attempt, "no queue", &f->fault));
    assert_string_equal(fixture_get(f, "task-a").reason, "no queue");
    assert_ok(f, hf_tasks_queued(f->ledger, attempt, NOW + 9, &moved, &f->fault));
    assert_true(moved);
    struct hf_entry entry = fixture_get(f, "task-a");
    assert_int_equal(entry.state, HF_STATE_QUEUED);
    assert_int_equal(entry.queued_ms, NOW + 9);
    assert_string_equal(entry.reason, "");
}

static void a_confirm_that_comes_twice_moves_once(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_attempt attempt = {fixture_task(f, &job, 1, "task-a").number, 1, 0};
    bool moved = false;
    assert_ok(f, hf_tasks_queued(f->ledger, attempt, NOW + 1, &moved, &f->fault));
    assert_ok(f, hf_tasks_queued(f->ledger, attempt, NOW + 2, &moved, &f->fault));
    assert_false(moved);
    assert_int_equal(fixture_get(f, "task-a").queued_ms, NOW + 1);
}

static void a_confirm_of_an_attempt_before_moves_nothing(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_attempt first = {fixture_task(f, &job, 1, "task-a").number, 1, 0};
    bool moved = true;
    fixture_report(f, "task-a", HF_STATUS_RETRY, 1); /* its result was quicker than its confirm */
    assert_ok(f, hf_tasks_queued(f->ledger, first, NOW, &moved, &f->fault));
    assert_false(moved);
    assert_ok(f, hf_tasks_held(f->ledger, first, "too late", &f->fault));
    struct hf_entry entry = fixture_get(f, "task-a");
    assert_int_equal(entry.state, HF_STATE_PENDING);
    assert_int_equal(entry.task.attempt, 2);
    assert_string_equal(entry.reason, "because");
}

static void a_confirm_after_the_result_does_not_reopen_the_task(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_attempt attempt = {fixture_task(f, &job, 1, "task-a").number, 1, 0};
    bool moved = true;
    assert_int_equal(fixture_report(f, "task-a", HF_STATUS_DONE, 1), HF_VERDICT_ENDED);
    assert_ok(f, hf_tasks_queued(f->ledger, attempt, NOW, &moved, &f->fault));
    assert_false(moved);
    assert_int_equal(fixture_get(f, "task-a").state, HF_STATE_DONE);
}

struct seen {
    char ids[256];
    struct hf_place last;
    int rows;
};

static enum hf_err note(void *context, const struct hf_entry *entry)
{
    struct seen *seen = context;
    size_t used = strlen(seen->ids);
    snprintf(seen->ids + used, sizeof seen->ids - used, "%s%s", used ? " " : "", entry->task.id);
    seen->last = (struct hf_place){entry->job, entry->seq};
    seen->rows++;
    return HF_ERR_OK;
}

static struct seen list(struct fixture *f, struct hf_tasks_filter filter)
{
    struct seen seen = {0};
    if (filter.limit == 0)
        filter.limit = 100;
    assert_ok(f, hf_tasks_list(f->ledger, &filter, note, &seen, &f->fault));
    return seen;
}

static void add_two_jobs(struct fixture *f)
{
    struct hf_job one = fixture_job(f, "job-a");
    struct hf_job two = fixture_job(f, "job-b");
    fixture_task(f, &two, 1, "b1"); /* not in the order of places */
    fixture_task(f, &one, 2, "a2");
    fixture_task(f, &one, 1, "a1");
    fixture_task(f, &two, 2, "b2");
    fixture_task(f, &one, 3, "a3");
    fixture_report(f, "a2", HF_STATUS_FAILED, 1);
    fixture_report(f, "b2", HF_STATUS_FAILED, 1);
}

static void tasks_are_listed_by_place_job_and_state_in_both_directions(void **state)
{
    struct fixture *f = *state;
    add_two_jobs(f);
    assert_string_equal(list(f, (struct hf_tasks_filter){0}).ids, "a1 a2 a3 b1 b2");
    assert_string_equal(list(f, (struct hf_tasks_filter){.newest_first = true}).ids,
                        "b2 b1 a3 a2 a1");
    assert_string_equal(list(f, (struct hf_tasks_filter){.job = 1}).ids, "a1 a2 a3");
    assert_string_equal(list(f, (struct hf_tasks_filter){.job = 2, .newest_first = true}).ids,
                        "b2 b1");
    struct hf_tasks_filter failed = {.by_state = true, .state = HF_STATE_FAILED};
    assert_string_equal(list(f, failed).ids, "a2 b2");
    failed.newest_first = true;
    assert_string_equal(list(f, failed).ids, "b2 a2");
    failed.job = 1;
    assert_string_equal(list(f, failed).ids, "a2");
    struct hf_tasks_filter dead = {.by_state = true, .state = HF_STATE_DEAD};
    assert_string_equal(list(f, dead).ids, "");
}

static void pages_join_without_a_gap_or_a_row_twice(void **state)
{
    struct fixture *f = *state;
    add_two_jobs(f);
    for (int newest = 0; newest < 2; newest++) {
        char all[800] = "";
        struct hf_tasks_filter filter = {.limit = 2, .newest_first = newest == 1};
        for (int page = 0; page < 3; page++) {
            struct seen seen = list(f, filter);
            snprintf(all + strlen(all), sizeof all - strlen(all), "%s|", seen.ids);
            filter.after = seen.last;
        }
        assert_string_equal(all, newest ? "b2 b1|a3 a2|a1|" : "a1 a2|a3 b1|b2|");
        assert_int_equal(list(f, filter).rows, 0);
    }
}

static enum hf_err stop(void *context, const struct hf_entry *entry)
{
    (void)entry;
    return ++*(int *)context == 2 ? HF_ERR_CLOSED : HF_ERR_OK;
}

static void a_listing_ends_when_its_reader_says_so(void **state)
{
    struct fixture *f = *state;
    struct hf_tasks_filter filter = {.limit = 100};
    int rows = 0;
    add_two_jobs(f);
    assert_int_equal(hf_tasks_list(f->ledger, &filter, stop, &rows, &f->fault), HF_ERR_CLOSED);
    assert_int_equal(rows, 2);
    fixture_task(f, &(struct hf_job){.number = 1, .id = "job-a"}, 9, "a9"); /* no lock is left */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_task_comes_back_as_it_was_added),
        TEST(payloads_are_kept_byte_for_byte),
        TEST(the_same_id_is_one_task_and_the_transaction_goes_on),
        TEST(a_task_without_a_job_is_refused),
        TEST(a_confirm_moves_pending_to_queued_and_clears_the_reason),
        TEST(a_confirm_that_comes_twice_moves_once),
        TEST(a_confirm_of_an_attempt_before_moves_nothing),
        TEST(a_confirm_after_the_result_does_not_reopen_the_task),
        TEST(tasks_are_listed_by_place_job_and_state_in_both_directions),
        TEST(pages_join_without_a_gap_or_a_row_twice),
        TEST(a_listing_ends_when_its_reader_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
