/* A slot and its result, until that is in the journal. */
#include "fault_disk.h"
#include "slots.h"

static void a_result_that_cannot_be_stored_holds_the_slot_until_it_can(void **state)
{
    (void)state;
    up_and_quiet();
    journal.disk = &fault_disk;
    fault_disk_left = 0;
    fault_disk_error = ENOSPC;
    fault_disk_for_good = true;
    deliver((struct delivery){.tag = 7, .task = "t-1", .handler = "echo", .payload = "hello"});
    work(0);
    assert_true(slots[0].store_paused);
    assert_int_equal(slots[0].flow.state, HF_FLOW_STORING);
    send_results();
    assert_int_equal(fake.count, 0);
    fault_disk_left = -1;
    fault_disk_for_good = false;
    now_ms = hf_slot_deadline(&slots[0]);
    turn(0);
    assert_false(slots[0].store_paused);
    send_results();
    assert_memory_equal(fake_last()->body, "hello", 5);
    answer(HF_SESSION_CONFIRMED, 1);
    assert_non_null(strstr(fake.said, "ack 4 7; "));
}

/* "echo" of 500 KB. */
static void deliver_large(uint64_t tag, bool redelivered)
{
    static char payload[500 * 1024 + 1];
    memset(payload, 'x', sizeof payload - 1);
    (void)snprintf(config.state, sizeof config.state, "%s", folder);
    deliver((struct delivery){.tag = tag,
                              .task = "t-1",
                              .handler = "echo",
                              .payload = payload,
                              .redelivered = redelivered});
}

static void a_large_result_is_stored_in_several_turns_and_the_slot_hears_others_meanwhile(
    void **state)
{
    (void)state;
    up_and_quiet();
    deliver_large(7, false);
    work(0);
    assert_int_equal(slots[0].flow.state, HF_FLOW_STORING);
    assert_true(hf_slot_deadline(&slots[0]) <= now_ms);
    assert_int_equal(fake.count, 0);
    link_down();
    link_up();
    assert_int_equal(slots[0].flow.state, HF_FLOW_STORING);
    deliver_large(1, true);
    int turns = 0;
    for (; slots[0].flow.state == HF_FLOW_STORING && turns < 100; turns++)
        turn(0);
    assert_in_range(turns, 2, 5);
    fake.said[0] = '\0';
    send_results();
    assert_int_equal(fake_last()->body_got, 500 * 1024);
    answer(HF_SESSION_CONFIRMED, 1);
    assert_non_null(strstr(fake.said, "ack 4 1; "));
}

static void a_slot_that_is_closed_while_it_stores_leaves_nothing_in_the_journal(void **state)
{
    (void)state;
    up_and_quiet();
    deliver_large(7, false);
    work(0);
    assert_true(slots[0].writing.busy);
    hf_slot_close(&slots[0]);
    assert_false(slots[0].writing.busy);
    reopen(HF_JOURNAL_FLASH);
    assert_null(hf_journal_next_unconfirmed(&journal, 0));
}

static void a_result_that_ends_without_a_link_is_the_outboxes(void **state)
{
    (void)state;
    up_and_quiet();
    deliver((struct delivery){.tag = 7, .task = "t-1", .handler = "sleep", .payload = "0.1"});
    link_down();
    fake.down = true;
    work(0);
    assert_int_equal(slots[0].flow.state, HF_FLOW_IDLE);
    assert_int_equal(hf_outbox_orphans(&outbox), 1);
    fake.down = false;
    send_results();
    assert_string_equal(fake_last()->id, "t-1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_slots(a_result_that_cannot_be_stored_holds_the_slot_until_it_can),
        with_slots(a_large_result_is_stored_in_several_turns_and_the_slot_hears_others_meanwhile),
        with_slots(a_slot_that_is_closed_while_it_stores_leaves_nothing_in_the_journal),
        with_slots(a_result_that_ends_without_a_link_is_the_outboxes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
