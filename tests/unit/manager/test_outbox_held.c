#include "outbox_fixture.h"

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

/* A job of its own, for a pool that nobody serves, with a task for each of these times. */
static void add_timed(struct fixture *f, const int64_t *not_after_ms, int count)
{
    struct hf_job job = fixture_job(f, "job-timed");
    struct hf_body payload = {.size = 5, .bytes = "hello"};
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    for (int i = 0; i < count; i++) {
        char id[24];
        snprintf(id, sizeof id, "timed-%d", i + 1);
        struct hf_entry entry = entry_of(&job, i + 1, id);
        entry.task.not_after_ms = not_after_ms[i];
        assert_ok(f, hf_tasks_add(f->ledger, &entry, &payload, &f->fault));
    }
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
}

static void a_task_whose_time_has_passed_is_not_sent_and_ends_as_expired(void **state)
{
    struct fixture *f = *state;
    const int64_t times[] = {NOW, NOW + 3600000, 0};
    add_timed(f, times, 3);
    start(f, 8);
    step(f);
    assert_int_equal(session.count, 2);
    say(HF_SESSION_CONFIRMED, session.next_sequence - 1, true);
    step(f);
    struct hf_entry late = fixture_get(f, "timed-1");
    assert_int_equal(late.state, HF_STATE_EXPIRED);
    assert_non_null(strstr(late.reason, "not-after"));
    assert_int_equal(state_of(f, "timed-2"), HF_STATE_QUEUED);
    assert_int_equal(state_of(f, "timed-3"), HF_STATE_QUEUED);
    assert_string_equal(hf_outbox_held(outbox), "");
    assert_int_equal(fixture_counts(f, late.job).of[HF_STATE_EXPIRED], 1);
}

static void a_task_that_is_held_expires_when_its_time_comes(void **state)
{
    struct fixture *f = *state;
    const int64_t soon = NOW + 1500;
    add_timed(f, &soon, 1);
    start(f, 8);
    step(f);
    say_returned("timed-1");
    say(HF_SESSION_CONFIRMED, 1, false);
    step(f);
    assert_int_equal(state_of(f, "timed-1"), HF_STATE_PENDING);
    wait_ms(f, 5000);
    assert_int_equal(state_of(f, "timed-1"), HF_STATE_EXPIRED);
    assert_int_equal(session.count, 1);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_returned_task_stays_pending_with_the_mend_as_its_reason),
        TEST(a_task_whose_time_has_passed_is_not_sent_and_ends_as_expired),
        TEST(a_task_that_is_held_expires_when_its_time_comes),
        TEST(a_held_task_goes_out_in_a_later_pass),
        TEST(what_nobody_takes_is_tried_less_and_less_often),
        TEST(one_missing_pool_does_not_keep_the_others_waiting),
        TEST(a_nacked_task_is_tried_again_and_says_why_it_waits),
        TEST(a_blocked_connection_gets_no_new_message),
        TEST(a_message_that_has_begun_is_ended_though_the_connection_is_blocked),
        TEST(a_task_whose_payload_is_gone_does_not_keep_the_others_waiting),
        TEST(a_message_that_the_broker_refuses_is_found_and_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
