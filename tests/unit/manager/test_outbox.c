#include "../ledger/fixture.h"
#include "fake_session.h"
#include "manager/outbox.h"

static struct hf_session session;
static struct hf_outbox *outbox;
static int64_t clock_ms;

static int setup(void **state)
{
    return fixture_setup(state);
}

static int teardown(void **state)
{
    hf_outbox_free(outbox);
    outbox = NULL;
    return fixture_teardown(state);
}

static void start(struct fixture *f, uint32_t window)
{
    struct hf_outbox_config config = {.ledger = f->ledger, .channel = 1, .window = window};
    hf_outbox_free(outbox);
    outbox = NULL;
    clock_ms = 1000;
    fake_start(&session);
    assert_ok(f, hf_outbox_new(&config, &outbox, &f->fault));
    hf_outbox_begin(outbox, &session);
}

static void step(struct fixture *f)
{
    assert_ok(f, hf_outbox_step(outbox, clock_ms, NOW + clock_ms, &f->fault));
}

/* Lets so much time go by, in steps where the outbox asks for them. */
static void wait_ms(struct fixture *f, int64_t ms)
{
    int64_t end = clock_ms + ms;
    while (clock_ms < end) {
        int64_t next = hf_outbox_deadline(outbox);
        clock_ms = next > end ? end : next > clock_ms ? next : clock_ms + 1;
        step(f);
    }
}

static void say(enum hf_session_event_kind kind, uint64_t sequence, bool multiple)
{
    struct hf_session_event event = {
        .kind = kind, .channel = 1, .sequence = sequence, .multiple = multiple};
    hf_outbox_event(outbox, &event);
}

static void say_returned(const char *id)
{
    struct hf_session_event event = {.kind = HF_SESSION_RETURNED, .channel = 1, .code = 312};
    event.envelope.message_id = hf_str(id);
    hf_outbox_event(outbox, &event);
}

static struct hf_job add_tasks(struct fixture *f, int count)
{
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_body payload = {.size = 5, .bytes = "hello"};
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    for (int i = 1; i <= count; i++) {
        char id[24];
        snprintf(id, sizeof id, "task-%d", i);
        struct hf_entry entry = entry_of(&job, i, id);
        assert_ok(f, hf_tasks_add(f->ledger, &entry, &payload, &f->fault));
    }
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    return job;
}

static enum hf_state state_of(struct fixture *f, const char *id)
{
    return fixture_get(f, id).state;
}

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

static void a_returned_task_stays_pending_with_the_mend_as_its_reason(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 1);
    start(f, 8);
    step(f);
    say_returned("task-1");
    say(HF_SESSION_CONFIRMED, 1, false);
    step(f);
    struct hf_entry entry = fixture_get(f, "task-1");
    assert_int_equal(entry.state, HF_STATE_PENDING);
    assert_non_null(strstr(entry.reason, "pool 'default'"));
    assert_string_equal(hf_outbox_held(outbox), entry.reason);
    assert_true(hf_outbox_is_idle(outbox));
}

static void a_held_task_goes_out_in_a_later_pass(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 1);
    start(f, 8);
    step(f);
    say_returned("task-1");
    say(HF_SESSION_CONFIRMED, 1, false);
    step(f);
    assert_int_equal(session.count, 1);
    wait_ms(f, 1500);
    assert_int_equal(session.count, 2); /* the board was enrolled meanwhile */
    say(HF_SESSION_CONFIRMED, 2, false);
    step(f);
    struct hf_entry entry = fixture_get(f, "task-1");
    assert_int_equal(entry.state, HF_STATE_QUEUED);
    assert_string_equal(entry.reason, "");
}

static void what_nobody_takes_is_tried_less_and_less_often(void **state)
{
    struct fixture *f = *state;
    size_t seen = 0;
    int64_t last = 0;
    int64_t gap = 0;
    add_tasks(f, 1);
    start(f, 8);
    for (int i = 0; i < 200000 && session.count < 9; i++) {
        step(f);
        if (session.count > seen) {
            gap = clock_ms - last;
            last = clock_ms;
            seen = session.count;
            say(HF_SESSION_NACKED, session.next_sequence - 1, false);
        }
        clock_ms += 10;
    }
    assert_int_equal(session.count, 9);
    assert_in_range(gap, 30000, 30100);
}

static void one_missing_pool_does_not_keep_the_others_waiting(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = add_tasks(f, 3000);
    struct hf_job other = {.id = "job-b", .target = {HF_TARGET_POOL, "other"}, .handler = "echo"};
    assert_ok(f, hf_jobs_add(f->ledger, &other, &f->fault));
    fixture_task(f, &other, 1, "task-b");
    start(f, 4);
    for (int i = 0; i < 2000 && !hf_outbox_is_idle(outbox); i++) {
        step(f);
        for (size_t m = 0; m < session.count; m++) {
            if (strcmp(session.messages[m].key, "default") == 0)
                say_returned(session.messages[m].id);
        }
        say(HF_SESSION_CONFIRMED, session.next_sequence - 1, true);
    }
    assert_int_equal(state_of(f, "task-b"), HF_STATE_QUEUED);
    assert_in_range(session.count, 2, 20); /* most were never sent in vain */
    assert_int_equal(fixture_counts(f, job.number).of[HF_STATE_PENDING], 3000);
    assert_non_null(strstr(fixture_get(f, "task-2999").reason, "pool 'default'"));
}

static void a_nacked_task_is_tried_again_and_says_why_it_waits(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 1);
    start(f, 8);
    step(f);
    say(HF_SESSION_NACKED, 1, false);
    step(f);
    assert_non_null(strstr(fixture_get(f, "task-1").reason, "nack"));
    wait_ms(f, 1100);
    assert_int_equal(session.count, 2);
}

static void a_blocked_connection_gets_no_new_message(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 2);
    start(f, 8);
    session.blocked = true;
    step(f);
    assert_int_equal(session.count, 0);
    session.blocked = false;
    step(f);
    assert_int_equal(session.count, 2);
}

static void a_message_that_has_begun_is_ended_though_the_connection_is_blocked(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 2);
    start(f, 8);
    session.room = 2;
    step(f);
    session.room = SIZE_MAX;
    session.blocked = true;
    step(f);
    assert_int_equal(session.count, 1);
    assert_int_equal(fake_last(&session)->body_got, 5);
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

static void add_large(struct fixture *f, const struct hf_job *job, int seq, const char *id,
                      struct hf_body *body)
{
    static char piece[40000];
    struct hf_body_writer *writer = NULL;
    struct hf_entry entry = entry_of(job, seq, id);
    memset(piece, 'L', sizeof piece);
    assert_ok(f, hf_body_writer_new(hf_ledger_bodies(f->ledger), &writer, &f->fault));
    for (int i = 0; i < 5; i++)
        assert_ok(f, hf_body_write(writer, piece, sizeof piece, &f->fault));
    assert_ok(f, hf_body_finish(writer, body, &f->fault));
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    assert_ok(f, hf_tasks_add(f->ledger, &entry, body, &f->fault));
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    hf_body_writer_free(writer);
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

static void a_task_whose_payload_is_gone_does_not_keep_the_others_waiting(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_body body;
    char path[200];
    add_large(f, &job, 1, "task-1", &body);
    fixture_task(f, &job, 2, "task-2");
    snprintf(path, sizeof path, "%s/bodies/%s", f->folder, body.hash);
    assert_int_equal(remove(path), 0);
    start(f, 8);
    step(f);
    assert_int_equal(session.count, 1);
    assert_string_equal(fake_last(&session)->id, "task-2");
    say(HF_SESSION_CONFIRMED, 1, false);
    step(f);
    assert_non_null(strstr(fixture_get(f, "task-1").reason, body.hash));
}

/* A broker that has no queue for pool "typo", and closes the channel upon task-3. True when it did.
 */
static bool play_broker(struct fixture *f)
{
    static const char text[] = "PRECONDITION_FAILED - message size 9 is larger than 8";
    size_t answered = 0;
    for (int i = 0; i < 20; i++) {
        step(f);
        for (; answered < session.count; answered++) {
            const struct fake_message *m = &session.messages[answered];
            if (strcmp(m->id, "task-3") == 0) {
                assert_ok(f, hf_outbox_rejected(outbox, hf_str(text), NOW, &f->fault));
                return true;
            }
            if (strcmp(m->key, "typo") == 0)
                say_returned(m->id);
            say(HF_SESSION_CONFIRMED, m->sequence, false);
        }
    }
    return false;
}

static void a_message_that_the_broker_refuses_is_found_and_ended(void **state)
{
    struct fixture *f = *state;
    struct hf_job typo = {.id = "job-0", .target = {HF_TARGET_POOL, "typo"}};
    assert_ok(f, hf_jobs_add(f->ledger, &typo, &f->fault));
    for (int i = 1; i <= 9; i++) {
        char id[24];
        snprintf(id, sizeof id, "held-%d", i);
        fixture_task(f, &typo, i, id);
    }
    add_tasks(f, 5);
    start(f, 64);
    for (int i = 0; i < 3 && play_broker(f); i++) {
        hf_outbox_lost(outbox);
        fake_start(&session);
        hf_outbox_begin(outbox, &session);
    }
    struct hf_entry entry = fixture_get(f, "task-3");
    assert_int_equal(entry.state, HF_STATE_REFUSED);
    assert_non_null(strstr(entry.reason, "larger than 8"));
    assert_int_equal(state_of(f, "task-1"), HF_STATE_QUEUED);
    assert_int_equal(state_of(f, "task-2"), HF_STATE_QUEUED);
    assert_int_equal(state_of(f, "task-4"), HF_STATE_QUEUED);
    assert_int_equal(state_of(f, "task-5"), HF_STATE_QUEUED);
    assert_int_equal(state_of(f, "held-9"), HF_STATE_PENDING);
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
        TEST(confirms_are_written_down_soon_though_others_are_still_in_flight),
        TEST(a_full_send_buffer_is_waited_for_in_the_middle_of_a_body),
        TEST(a_crash_before_the_mark_publishes_the_same_id_again),
        TEST(a_lost_link_publishes_again_what_was_not_confirmed_and_nothing_else),
        TEST(a_returned_task_stays_pending_with_the_mend_as_its_reason),
        TEST(a_held_task_goes_out_in_a_later_pass),
        TEST(what_nobody_takes_is_tried_less_and_less_often),
        TEST(one_missing_pool_does_not_keep_the_others_waiting),
        TEST(a_nacked_task_is_tried_again_and_says_why_it_waits),
        TEST(a_blocked_connection_gets_no_new_message),
        TEST(a_message_that_has_begun_is_ended_though_the_connection_is_blocked),
        TEST(a_retry_goes_through_its_rung_with_its_attempt),
        TEST(tasks_of_another_process_are_found_without_a_wake),
        TEST(a_plain_task_goes_out_as_json_without_a_message_id),
        TEST(a_large_payload_is_streamed_from_its_file),
        TEST(a_task_whose_payload_is_gone_does_not_keep_the_others_waiting),
        TEST(a_message_that_the_broker_refuses_is_found_and_ended),
        TEST(a_closed_channel_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
