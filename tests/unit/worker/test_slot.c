/* One task in a slot, from its queue to its ack, or to its cancellation. */
#include "slots.h"

static void pool_and_own_queue_are_consumed_one_message_at_a_time(void **state)
{
    (void)state;
    hf_slot_link_up(&slots[0], now_ms);
    said_is("consume 4 hf.q.tasks.attic 1; consume 4 hf.q.device.pi-1 1; ");
}

static void a_queue_of_the_settings_is_consumed_alone(void **state)
{
    (void)state;
    (void)snprintf(config.queue, sizeof config.queue, "task_queue");
    hf_slot_close(&slots[0]);
    assert_int_equal(hf_slot_init(&slots[0], &shared, 0, CHANNEL, NULL), HF_ERR_OK);
    hf_slot_link_up(&slots[0], now_ms);
    said_is("consume 4 task_queue 1; ");
}

static void a_result_is_confirmed_before_the_delivery_is_acked(void **state)
{
    (void)state;
    up_and_quiet();
    deliver((struct delivery){.tag = 7, .task = "t-1", .handler = "echo", .payload = "hello"});
    work(0);
    send_results();
    assert_null(strstr(fake.said, "ack"));
    assert_string_equal(fake_last()->status, "done");
    assert_memory_equal(fake_last()->body, "hello", 5);
    fake.said[0] = '\0';
    answer(HF_SESSION_CONFIRMED, 1);
    assert_memory_equal(fake.said, "ack 4 7; ", 9);
    assert_int_equal(slots[0].flow.state, HF_FLOW_IDLE);
    assert_int_equal(shared.done, 1);
}

static void a_result_that_was_not_kept_is_published_again_and_not_acked(void **state)
{
    (void)state;
    up_and_quiet();
    deliver((struct delivery){.tag = 7, .task = "t-1", .handler = "echo"});
    work(0);
    send_results();
    answer(HF_SESSION_NACKED, 1);
    send_results();
    assert_int_equal(fake.count, 1);
    now_ms = hf_slot_deadline(&slots[0]);
    turn(0);
    send_results();
    assert_int_equal(fake.count, 2);
    assert_null(strstr(fake.said, "ack"));
    answer(HF_SESSION_CONFIRMED, 2);
    assert_non_null(strstr(fake.said, "ack 4 7; "));
}

static void a_task_that_cannot_be_run_is_answered_and_acked(void **state)
{
    (void)state;
    up_and_quiet();
    deliver((struct delivery){.tag = 7, .task = "t-1", .handler = "no-such"});
    send_results();
    assert_string_equal(fake_last()->status, "refused");
    answer(HF_SESSION_CONFIRMED, 1);
    assert_non_null(strstr(fake.said, "ack 4 7; "));
    assert_int_equal(shared.failed, 1);
}

static bool cancel(int slot, enum hf_tombstone_kind kind, const char *id, uint16_t attempt)
{
    struct hf_tombstone stone = {.kind = kind, .attempt = attempt};
    (void)snprintf(stone.id, sizeof stone.id, "%s", id);
    return hf_slot_cancel(&slots[slot], &stone, now_ms);
}

static void a_running_task_is_cancelled_by_its_id_or_its_job(void **state)
{
    (void)state;
    up_and_quiet();
    deliver((struct delivery){.tag = 7, .task = "t-1", .handler = "sleep", .payload = "60"});
    deliver((struct delivery){
        .index = 1, .tag = 8, .task = "t-2", .handler = "sleep", .payload = "60"});
    assert_false(cancel(0, HF_TOMBSTONE_TASK, "t-2", 0));
    assert_false(cancel(0, HF_TOMBSTONE_JOB, "job-2", 0));
    slots[0].task.attempt = 2;
    assert_false(cancel(0, HF_TOMBSTONE_TASK, "t-1", 1)); /* a command about the attempt before */
    slots[0].task.attempt = 1;
    assert_true(cancel(0, HF_TOMBSTONE_TASK, "t-1", 0));
    assert_true(cancel(1, HF_TOMBSTONE_JOB, "job-1", 0));
    for (int i = 0; i < SLOTS; i++) {
        work(i);
        send_results();
        assert_string_equal(fake_last()->status, "cancelled");
    }
}

static void a_task_that_was_cancelled_before_it_came_never_starts(void **state)
{
    (void)state;
    up_and_quiet();
    const struct hf_tombstone stone = {
        .kind = HF_TOMBSTONE_JOB, .id = "job-1", .set_ms = hf_clock_unix_ms()};
    assert_int_equal(hf_tombstones_set(&tombstones, &stone, NULL), HF_ERR_OK);
    deliver((struct delivery){.tag = 7, .task = "t-1", .handler = "sleep", .payload = "60"});
    assert_int_not_equal(slots[0].flow.state, HF_FLOW_RUNNING);
    send_results();
    assert_string_equal(fake_last()->status, "cancelled");
    answer(HF_SESSION_CONFIRMED, 1);
    assert_non_null(strstr(fake.said, "ack 4 7; "));
}

static void what_the_own_queue_brings_meanwhile_waits_and_can_be_cancelled(void **state)
{
    (void)state;
    up_and_quiet();
    deliver((struct delivery){.tag = 7, .task = "t-1", .handler = "echo"});
    deliver((struct delivery){.tag = 8, .task = "t-2", .handler = "echo", .own = true});
    assert_true(cancel(0, HF_TOMBSTONE_TASK, "t-2", 0));
    work(0);
    send_results();
    answer(HF_SESSION_CONFIRMED, 1);
    send_results();
    assert_string_equal(fake_last()->id, "t-2");
    assert_string_equal(fake_last()->status, "cancelled");
    answer(HF_SESSION_CONFIRMED, 2);
    assert_non_null(strstr(fake.said, "ack 4 7; "));
    assert_non_null(strstr(fake.said, "ack 4 8; "));
}

static void a_pipelined_result_is_acked_in_one_flight_and_kept_until_confirmed(void **state)
{
    (void)state;
    config.ack_pipelined = true;
    hf_slot_close(&slots[0]);
    assert_int_equal(hf_slot_init(&slots[0], &shared, 0, CHANNEL, NULL), HF_ERR_OK);
    up_and_quiet();
    deliver((struct delivery){.tag = 7, .task = "t-1", .handler = "echo"});
    work(0);
    send_results();
    assert_string_equal(fake.said, "ack 4 7; publish 1 t-1; ");
    assert_int_equal(slots[0].flow.state, HF_FLOW_IDLE);
    assert_non_null(hf_journal_next_unconfirmed(&journal, 0));
    answer(HF_SESSION_CONFIRMED, 1);
    assert_null(hf_journal_next_unconfirmed(&journal, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_slots(pool_and_own_queue_are_consumed_one_message_at_a_time),
        with_slots(a_queue_of_the_settings_is_consumed_alone),
        with_slots(a_result_is_confirmed_before_the_delivery_is_acked),
        with_slots(a_result_that_was_not_kept_is_published_again_and_not_acked),
        with_slots(a_task_that_cannot_be_run_is_answered_and_acked),
        with_slots(a_running_task_is_cancelled_by_its_id_or_its_job),
        with_slots(a_task_that_was_cancelled_before_it_came_never_starts),
        with_slots(what_the_own_queue_brings_meanwhile_waits_and_can_be_cancelled),
        with_slots(a_pipelined_result_is_acked_in_one_flight_and_kept_until_confirmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
