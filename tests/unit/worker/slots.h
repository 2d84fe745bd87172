#ifndef TESTS_UNIT_WORKER_SLOTS_H
#define TESTS_UNIT_WORKER_SLOTS_H

/* Slots with a real journal, outbox and children, and a session that only notes what is said. The
 * clock stands still unless the test moves it. */

#include "fake_session.h"
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
static struct hf_timefloor timefloor; /* it has learnt nothing */
static struct hf_slot slots[SLOTS];
static int64_t now_ms; /* the clock that the slots see */

__attribute__((unused)) static int slots_setup(void **state)
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
                                     .timefloor = &timefloor,
                                     .identity = "pi-1",
                                     .first_sequence = journal.next_sequence};
    for (int i = 0; i < SLOTS; i++) {
        if (hf_slot_init(&slots[i], &shared, i, (uint16_t)(CHANNEL + i), NULL) != HF_ERR_OK)
            return -1;
    }
    return 0;
}

__attribute__((unused)) static int slots_teardown(void **state)
{
    for (int i = 0; i < SLOTS; i++)
        hf_slot_close(&slots[i]);
    hf_outbox_close(&outbox);
    hf_state_close(&state_folder);
    return journal_teardown(state);
}

/* What happens to it. */

__attribute__((unused)) static void link_up(void)
{
    for (int i = 0; i < SLOTS; i++)
        hf_slot_link_up(&slots[i], now_ms);
}

__attribute__((unused)) static void link_down(void)
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

__attribute__((unused)) static void deliver(struct delivery given)
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

__attribute__((unused)) static void turn(int index)
{
    struct pollfd fds[HF_RUNNER_FDS_MAX];
    const size_t count = hf_slot_pollfds(&slots[index], fds, HF_RUNNER_FDS_MAX);
    (void)poll(fds, (nfds_t)count, 10);
    hf_slot_step(&slots[index], now_ms, fds, count);
}

/* Until its child is gone. */
__attribute__((unused)) static void work(int index)
{
    const int64_t until_ms = hf_clock_mono_ms() + MOST_MS;
    while (slots[index].flow.state == HF_FLOW_RUNNING && hf_clock_mono_ms() < until_ms)
        turn(index);
    assert_int_not_equal(slots[index].flow.state, HF_FLOW_RUNNING);
}

__attribute__((unused)) static void send_results(void)
{
    while (hf_outbox_step(&outbox, now_ms, NULL) == HF_ERR_OK) {
    }
}

__attribute__((unused)) static void answer(enum hf_session_event_kind kind, uint64_t sequence)
{
    const struct hf_session_event event = fake_answer(kind, sequence, false);
    int owner = -1;
    bool kept = false;
    hf_outbox_event(&outbox, &event, now_ms);
    while (hf_outbox_take_settled(&outbox, &owner, &kept))
        hf_slot_settled(&slots[owner], kept, now_ms);
}

__attribute__((unused)) static void said_is(const char *wanted)
{
    if (strcmp(fake.said, wanted) != 0)
        fail_msg("'%s' was said instead of '%s'", fake.said, wanted);
    fake.said[0] = '\0';
}

__attribute__((unused)) static void up_and_quiet(void)
{
    link_up();
    fake.said[0] = '\0';
}

#define with_slots(test) cmocka_unit_test_setup_teardown(test, slots_setup, slots_teardown)

#endif
