/* One slot with a real journal, outbox and child, and a session that only notes what is said. */
#include "fake_session.h"
#include "fault_disk.h"
#include "journals.h"
#include "link/clock.h"
#include "worker/slot.h"

#include <poll.h>

#define SLOTS   2
#define CHANNEL 4 /* of the first; results go on 1 */
#define MOST_MS 20000

static struct hf_config config;
static struct hf_state state_folder;
static struct hf_outbox outbox;
static struct hf_tombstones tombstones;
static struct hf_slot_shared shared;
static struct hf_slot slots[SLOTS];
static int64_t now_ms; /* the clock that the slots see */

static int set_up(void **state)
{
    fake_start();
    if (journal_setup(state) != 0)
        return -1;
    now_ms = hf_clock_mono_ms();
    memset(&config, 0, sizeof config);
    (void)snprintf(config.board, sizeof config.board, "pi-1");
    (void)snprintf(config.pool, sizeof config.pool, "attic");
    (void)snprintf(config.default_handler, sizeof config.default_handler, "echo");
    (void)snprintf(config.handlers, sizeof config.handlers, "%s/handlers", folder);
    config.task_timeout_s = config.consumer_timeout_s = 60;
    config.max_payload_bytes = config.max_output_bytes = 1 << 20;
    config.crash_limit = 2;
    config.slots = SLOTS;
    state_folder.lock_fd = -1;
    if (hf_state_open(&state_folder, folder_path("state"), NULL) != HF_ERR_OK ||
        hf_tombstones_open(&tombstones, NULL, NULL) != HF_ERR_OK)
        return -1;
    reopen(HF_JOURNAL_FLASH);
    hf_outbox_init(&outbox, &journal, &fake, 1, "pi-1");
    shared = (struct hf_slot_shared){.config = &config,
                                     .monitor_fd = -1,
                                     .state = &state_folder,
                                     .session = &fake,
                                     .journal = &journal,
                                     .outbox = &outbox,
                                     .tombstones = &tombstones,
                                     .identity = "pi-1",
                                     .first_sequence = journal.next_sequence};
    for (int i = 0; i < SLOTS; i++) {
        if (hf_slot_init(&slots[i], &shared, i, (uint16_t)(CHANNEL + i), NULL) != HF_ERR_OK)
            return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    for (int i = 0; i < SLOTS; i++)
        hf_slot_close(&slots[i]);
    hf_outbox_close(&outbox);
    hf_state_close(&state_folder);
    return journal_teardown(state);
}

/* What happens to it. */

static void link_up(void)
{
    for (int i = 0; i < SLOTS; i++)
        hf_slot_link_up(&slots[i], now_ms);
}

static void link_down(void)
{
    hf_outbox_link_down(&outbox);
    for (int i = 0; i < SLOTS; i++)
        hf_slot_link_down(&slots[i], now_ms);
    fake_start();
}

/* A delivery of the pool's queue, or of the board's own, to slot `index`. */
struct delivery {
    int index;
    uint64_t tag;
    const char *task, *handler, *payload;
    bool redelivered, own;
};

static void deliver(struct delivery given)
{
    struct hf_session_event event = {
        .kind = HF_SESSION_DELIVERY,
        .channel = (uint16_t)(CHANNEL + given.index),
        .tag = given.tag,
        .redelivered = given.redelivered,
        .queue = hf_str(given.own ? "hf.q.device.pi-1" : "hf.q.tasks.attic"),
        .body_size = given.payload != NULL ? strlen(given.payload) : 0,
        .envelope = {.message_id = hf_str(given.task),
                     .type = hf_str(given.handler),
                     .correlation_id = hf_str("job-1")},
    };
    struct hf_slot *slot = &slots[given.index];
    hf_slot_delivery(slot, &event, slots, SLOTS, now_ms);
    event.kind = HF_SESSION_BODY;
    event.bytes = hf_str(given.payload != NULL ? given.payload : "");
    if (event.body_size > 0)
        hf_slot_delivery(slot, &event, slots, SLOTS, now_ms);
    event.kind = HF_SESSION_DELIVERED;
    hf_slot_delivery(slot, &event, slots, SLOTS, now_ms);
}

static void turn(int index)
{
    struct pollfd fds[HF_RUNNER_FDS_MAX];
    const size_t count = hf_slot_pollfds(&slots[index], fds, HF_RUNNER_FDS_MAX);
    (void)poll(fds, (nfds_t)count, 10);
    hf_slot_step(&slots[index], now_ms, fds, count);
}

/* Until its child is gone. */
static void work(int index)
{
    const int64_t until_ms = hf_clock_mono_ms() + MOST_MS;
    while (slots[index].flow.state == HF_FLOW_RUNNING && hf_clock_mono_ms() < until_ms)
        turn(index);
    assert_int_not_equal(slots[index].flow.state, HF_FLOW_RUNNING);
}

static void send_results(void)
{
    while (hf_outbox_step(&outbox, now_ms, NULL) == HF_ERR_OK) {
    }
}

static void answer(enum hf_session_event_kind kind, uint64_t sequence)
{
    const struct hf_session_event event = fake_answer(kind, sequence, false);
    int owner = -1;
    bool kept = false;
    hf_outbox_event(&outbox, &event, now_ms);
    while (hf_outbox_take_settled(&outbox, &owner, &kept))
        hf_slot_settled(&slots[owner], kept, now_ms);
}

static void said_is(const char *wanted)
{
    if (strcmp(fake.said, wanted) != 0)
        fail_msg("'%s' was said instead of '%s'", fake.said, wanted);
    fake.said[0] = '\0';
}

static void up_and_quiet(void)
{
    link_up();
    fake.said[0] = '\0';
}

/* The tests. */

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

#define with_slots(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

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
        with_slots(a_redelivery_of_what_runs_is_adopted_and_acked_under_its_new_tag),
        with_slots(a_redelivery_to_another_slot_is_adopted_where_its_child_runs),
        with_slots(a_redelivery_of_what_is_done_is_acked_without_a_run),
        with_slots(a_task_that_took_the_board_down_too_often_is_reported_and_not_run),
        with_slots(a_result_that_cannot_be_stored_holds_the_slot_until_it_can),
        with_slots(a_large_result_is_stored_in_several_turns_and_the_slot_hears_others_meanwhile),
        with_slots(a_slot_that_is_closed_while_it_stores_leaves_nothing_in_the_journal),
        with_slots(a_result_that_ends_without_a_link_is_the_outboxes),
        with_slots(what_the_own_queue_brings_meanwhile_waits_and_can_be_cancelled),
        with_slots(a_pipelined_result_is_acked_in_one_flight_and_kept_until_confirmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
