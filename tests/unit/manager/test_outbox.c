#include "outbox_fixture.h"

static void a_task_is_queued_only_after_its_confirm(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 1);
    start(f, 8);
    step(f);
    assert_int_equal(session.count, 1);
    assert_int_equal(state_of(f, "task-1"), HF_STATE_PENDING);
    assert_false(hf_outbox_is_idle(outbox));
    say(HF_SESSION_CONFIRMED, 1, false);
    step(f);
    assert_int_equal(state_of(f, "task-1"), HF_STATE_QUEUED);
    assert_true(hf_outbox_is_idle(outbox));
}

static void a_message_is_persistent_mandatory_and_speaks_for_the_manager(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 1);
    start(f, 8);
    step(f);
    struct fake_message *m = fake_last(&session);
    assert_true(m->mandatory);
    assert_true(m->persistent);
    assert_string_equal(m->user, "manager");
    assert_string_equal(m->exchange, "hf.tasks");
    assert_string_equal(m->key, "default");
    assert_string_equal(m->id, "task-1");
    assert_string_equal(m->body, "hello");
}

static void publishing_stops_at_the_window_and_goes_on_with_the_confirms(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = add_tasks(f, 20);
    start(f, 4);
    step(f);
    assert_int_equal(session.count, 4);
    step(f);
    assert_int_equal(session.count, 4);
    say(HF_SESSION_CONFIRMED, 2, true);
    step(f);
    assert_int_equal(session.count, 6);
    while (!hf_outbox_is_idle(outbox)) {
        say(HF_SESSION_CONFIRMED, session.next_sequence - 1, true);
        step(f);
    }
    assert_int_equal(session.count, 20);
    for (int i = 0; i < 20; i++) {
        char id[24];
        snprintf(id, sizeof id, "task-%d", i + 1);
        assert_string_equal(session.messages[i].id, id);
    }
    assert_int_equal(fixture_counts(f, job.number).of[HF_STATE_QUEUED], 20);
}

static void a_task_that_is_cancelled_before_its_turn_is_not_sent(void **state)
{
    struct fixture *f = *state;
    bool moved = false;
    struct hf_job job = add_tasks(f, 4);
    start(f, 2);
    step(f);
    assert_int_equal(session.count, 2);
    int64_t third = fixture_get(f, "task-3").number;
    assert_ok(f, hf_tasks_cancel(f->ledger, third, "cancelled", NOW, &moved, &f->fault));
    while (!hf_outbox_is_idle(outbox)) {
        say(HF_SESSION_CONFIRMED, session.next_sequence - 1, true);
        step(f);
    }
    assert_int_equal(session.count, 3);
    assert_string_equal(fake_last(&session)->id, "task-4");
    assert_string_equal(hf_outbox_held(outbox), "");
    assert_int_equal(fixture_counts(f, job.number).of[HF_STATE_CANCELLED], 1);
}

static void confirms_are_written_down_soon_though_others_are_still_in_flight(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 2);
    start(f, 8);
    step(f);
    say(HF_SESSION_CONFIRMED, 1, false);
    step(f);
    assert_true(hf_outbox_deadline(outbox) <= clock_ms + 100);
    wait_ms(f, 100);
    assert_int_equal(state_of(f, "task-1"), HF_STATE_QUEUED);
    assert_int_equal(state_of(f, "task-2"), HF_STATE_PENDING);
}

static void a_full_send_buffer_is_waited_for_in_the_middle_of_a_body(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 3);
    start(f, 8);
    session.room = 3;
    step(f);
    assert_int_equal(session.count, 1);
    assert_int_equal(fake_last(&session)->body_got, 3);
    session.room = 4;
    session.piece = 1;
    step(f);
    assert_int_equal(session.count, 2);
    session.room = SIZE_MAX;
    step(f);
    assert_int_equal(session.count, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(session.messages[i].body, "hello");
}

static void a_crash_before_the_mark_publishes_the_same_id_again(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = add_tasks(f, 2);
    start(f, 8);
    step(f);
    say(HF_SESSION_CONFIRMED, 2, true); /* the broker has them, the ledger does not know yet */
    fixture_reopen(f);
    start(f, 8);
    step(f);
    assert_int_equal(session.count, 2);
    assert_string_equal(session.messages[0].id, "task-1");
    say(HF_SESSION_CONFIRMED, 2, true);
    step(f);
    struct hf_counts counts = fixture_counts(f, job.number);
    assert_int_equal(counts.of[HF_STATE_QUEUED], 2);
    assert_int_equal(hf_counts_total(&counts), 2);
    assert_int_equal(fixture_report(f, "task-1", HF_STATUS_DONE, 1), HF_VERDICT_ENDED);
    assert_int_equal(fixture_report(f, "task-1", HF_STATUS_DONE, 1), HF_VERDICT_DUPLICATE);
}

static void a_lost_link_publishes_again_what_was_not_confirmed_and_nothing_else(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 3);
    start(f, 8);
    step(f);
    say(HF_SESSION_CONFIRMED, 1, false);
    step(f);
    hf_outbox_lost(outbox);
    fake_start(&session);
    hf_outbox_begin(outbox, &session);
    step(f);
    assert_int_equal(session.count, 2);
    assert_string_equal(session.messages[0].id, "task-2");
    assert_string_equal(session.messages[1].id, "task-3");
}

static void a_retry_goes_through_its_rung_with_its_attempt(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 1);
    start(f, 8);
    step(f);
    say(HF_SESSION_CONFIRMED, 1, false);
    step(f);
    assert_int_equal(fixture_report(f, "task-1", HF_STATUS_RETRY, 1), HF_VERDICT_RETRY);
    hf_outbox_wake(outbox);
    assert_false(hf_outbox_is_idle(outbox));
    assert_true(hf_outbox_deadline(outbox) <= clock_ms);
    step(f);
    assert_int_equal(session.count, 2);
    assert_string_equal(fake_last(&session)->exchange, "hf.retry.5s");
    assert_string_equal(fake_last(&session)->key, "default");
    assert_int_equal(fake_last(&session)->attempt, 2);
}

static void tasks_of_another_process_are_found_without_a_wake(void **state)
{
    struct fixture *f = *state;
    start(f, 8);
    step(f);
    assert_true(hf_outbox_is_idle(outbox));
    add_tasks(f, 1);
    wait_ms(f, 1500);
    assert_int_equal(session.count, 1);
}

static void a_plain_task_goes_out_as_json_without_a_message_id(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_entry entry = entry_of(&job, 1, "task-1");
    struct hf_body payload = {.size = 6, .bytes = "say \"1"};
    entry.task.plain = true;
    entry.target = (struct hf_target){HF_TARGET_QUEUE, "task_queue"};
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    assert_ok(f, hf_tasks_add(f->ledger, &entry, &payload, &f->fault));
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    start(f, 8);
    step(f);
    assert_string_equal(fake_last(&session)->id, "");
    assert_string_equal(fake_last(&session)->exchange, "");
    assert_string_equal(fake_last(&session)->key, "task_queue");
    assert_string_equal(fake_last(&session)->body,
                        "{\"task_id\":\"task-1\",\"type\":\"echo\",\"data\":\"say \\\"1\"}");
    say_returned("");
    say(HF_SESSION_CONFIRMED, 1, false);
    step(f);
    assert_non_null(strstr(fixture_get(f, "task-1").reason, "'task_queue'"));
}

static void a_large_payload_is_streamed_from_its_file(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_body body;
    add_large(f, &job, 1, "task-1", &body);
    start(f, 8);
    for (int i = 0; i < 100 && (session.count == 0 || fake_last(&session)->body_got < 200000);
         i++) {
        session.room = 7001;
        step(f);
    }
    assert_int_equal(fake_last(&session)->body_size, 200000);
    assert_int_equal(fake_last(&session)->body_got, 200000);
}

static void finishing_sends_no_more_and_writes_down_what_is_in_flight(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 5);
    start(f, 2);
    step(f);
    hf_outbox_finish(outbox);
    assert_true(hf_outbox_is_in_flight(outbox));
    assert_false(hf_outbox_is_idle(outbox));
    say(HF_SESSION_CONFIRMED, 2, true);
    step(f);
    assert_int_equal(session.count, 2);
    assert_false(hf_outbox_is_in_flight(outbox));
    assert_true(hf_outbox_is_idle(outbox));
    assert_int_equal(state_of(f, "task-2"), HF_STATE_QUEUED);
    assert_int_equal(state_of(f, "task-3"), HF_STATE_PENDING);
}

static void finishing_ends_a_body_that_has_begun(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 2);
    start(f, 8);
    session.room = 3;
    step(f);
    hf_outbox_finish(outbox);
    session.room = SIZE_MAX;
    step(f);
    assert_int_equal(session.count, 1);
    assert_string_equal(session.messages[0].body, "hello");
    say(HF_SESSION_CONFIRMED, 1, false);
    step(f);
    assert_false(hf_outbox_is_in_flight(outbox));
}

static void a_closed_channel_is_an_error(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 1);
    start(f, 8);
    session.closed = true;
    assert_int_equal(hf_outbox_step(outbox, clock_ms, NOW, &f->fault), HF_ERR_ILLEGAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_task_is_queued_only_after_its_confirm),
        TEST(a_message_is_persistent_mandatory_and_speaks_for_the_manager),
        TEST(publishing_stops_at_the_window_and_goes_on_with_the_confirms),
        TEST(a_task_that_is_cancelled_before_its_turn_is_not_sent),
        TEST(confirms_are_written_down_soon_though_others_are_still_in_flight),
        TEST(a_full_send_buffer_is_waited_for_in_the_middle_of_a_body),
        TEST(a_crash_before_the_mark_publishes_the_same_id_again),
        TEST(a_lost_link_publishes_again_what_was_not_confirmed_and_nothing_else),
        TEST(a_retry_goes_through_its_rung_with_its_attempt),
        TEST(tasks_of_another_process_are_found_without_a_wake),
        TEST(a_plain_task_goes_out_as_json_without_a_message_id),
        TEST(a_large_payload_is_streamed_from_its_file),
        TEST(finishing_sends_no_more_and_writes_down_what_is_in_flight),
        TEST(finishing_ends_a_body_that_has_begun),
        TEST(a_closed_channel_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
