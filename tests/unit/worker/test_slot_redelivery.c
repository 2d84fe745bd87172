/* What a slot makes of a task that it has had before. */
#include "slots.h"

static void a_redelivery_of_what_runs_is_adopted_and_acked_under_its_new_tag(void **state)
{
    (void)state;
    up_and_quiet();
    deliver((struct delivery){.tag = 7, .task = "t-1", .handler = "sleep", .payload = "0.3"});
    const pid_t child = slots[0].runner.child.pid;
    link_down();
    link_up();
    deliver((struct delivery){
        .tag = 3, .task = "t-1", .handler = "sleep", .payload = "0.3", .redelivered = true});
    assert_int_equal(slots[0].runner.child.pid, child);
    work(0);
    send_results();
    assert_int_equal(fake.count, 1);
    answer(HF_SESSION_CONFIRMED, 1);
    assert_non_null(strstr(fake.said, "ack 4 3; "));
}

static void a_redelivery_to_another_slot_is_adopted_where_its_child_runs(void **state)
{
    (void)state;
    up_and_quiet();
    deliver((struct delivery){.tag = 7, .task = "t-1", .handler = "sleep", .payload = "0.3"});
    link_down();
    link_up();
    deliver((struct delivery){.index = 1,
                              .tag = 3,
                              .task = "t-1",
                              .handler = "sleep",
                              .payload = "0.3",
                              .redelivered = true});
    assert_int_equal(slots[1].flow.state, HF_FLOW_IDLE);
    work(0);
    send_results();
    answer(HF_SESSION_CONFIRMED, 1);
    assert_non_null(strstr(fake.said, "ack 5 3; ")); /* on the channel that it came on */
}

static void a_redelivery_of_what_is_done_is_acked_without_a_run(void **state)
{
    (void)state;
    up_and_quiet();
    deliver((struct delivery){.tag = 7, .task = "t-1", .handler = "echo"});
    work(0);
    send_results();
    answer(HF_SESSION_CONFIRMED, 1);
    link_down();
    link_up();
    fake.said[0] = '\0';
    deliver((struct delivery){.tag = 1, .task = "t-1", .handler = "echo", .redelivered = true});
    assert_int_equal(slots[0].flow.state, HF_FLOW_IDLE);
    assert_memory_equal(fake.said, "ack 4 1; ", 9);
    assert_int_equal(fake.count, 0);
}

static void done(uint64_t tag, const char *task, bool own)
{
    deliver((struct delivery){.tag = tag, .task = task, .handler = "echo", .own = own});
    work(0);
    send_results();
    answer(HF_SESSION_CONFIRMED, (uint64_t)fake.count);
}

static bool settled(const char *task)
{
    return hf_journal_find(&journal, task, 1)->settled;
}

static void an_ack_has_arrived_when_the_next_delivery_of_its_queue_comes(void **state)
{
    (void)state;
    up_and_quiet();
    done(1, "t-1", false);
    done(2, "t-2", true); /* of the other queue: sent before the ack came in, perhaps */
    assert_false(settled("t-1"));
    done(3, "t-3", true);
    assert_true(settled("t-2"));
    assert_false(settled("t-1"));
    done(4, "t-4", false);
    assert_true(settled("t-1"));
    assert_false(settled("t-3"));
    link_down();
    link_up();
    done(1, "t-5", false);
    assert_false(settled("t-4")); /* it may have been lost with the link */
}

static void an_ack_of_what_was_known_has_arrived_when_the_next_delivery_comes(void **state)
{
    (void)state;
    up_and_quiet();
    done(1, "t-1", false);
    link_down();
    link_up();
    deliver((struct delivery){.tag = 1, .task = "t-1", .handler = "echo", .redelivered = true});
    assert_false(settled("t-1"));
    done(2, "t-2", false);
    assert_true(settled("t-1"));
    assert_false(settled("t-2"));
}

static void a_task_that_took_the_board_down_too_often_is_reported_and_not_run(void **state)
{
    (void)state;
    up_and_quiet();
    for (int64_t i = 0; i < config.crash_limit; i++) {
        uint32_t before = 0;
        assert_int_equal(hf_journal_mark(&journal, "t-1", 1, &before, NULL), HF_ERR_OK);
    }
    deliver((struct delivery){.tag = 7, .task = "t-1", .handler = "echo", .redelivered = true});
    send_results();
    assert_string_equal(fake_last()->status, "retry");
    assert_non_null(strstr(slots[0].result.reason, "went down 2 times"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_slots(a_redelivery_of_what_runs_is_adopted_and_acked_under_its_new_tag),
        with_slots(a_redelivery_to_another_slot_is_adopted_where_its_child_runs),
        with_slots(a_redelivery_of_what_is_done_is_acked_without_a_run),
        with_slots(an_ack_has_arrived_when_the_next_delivery_of_its_queue_comes),
        with_slots(an_ack_of_what_was_known_has_arrived_when_the_next_delivery_comes),
        with_slots(a_task_that_took_the_board_down_too_often_is_reported_and_not_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
