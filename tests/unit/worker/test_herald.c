/* Small events of the board, with a session that takes what it is told to. */
#include "../cmocka_all.h"
#include "fake_session.h"
#include "wire/topology.h"
#include "worker/herald.h"

static const struct hf_herald herald = {
    .session = &fake, .channel = 1, .board = "pi-1", .identity = "board-user"};

static struct hf_event progress(void)
{
    return (struct hf_event){.kind = HF_EVENT_PROGRESS,
                             .progress = {.task = "task-1", .attempt = 2, .percent = 40}};
}

static void decode_last(struct hf_event *event)
{
    const struct fake_message *m = fake_last();
    struct hf_fault fault;
    assert_true(fake.count > 0 && m->body_got == m->body_size && m->body_size < sizeof m->body);
    if (hf_event_decode(m->body, m->body_size, event, &fault) != HF_ERR_OK)
        fail_msg("%s", fault.text);
}

static void an_event_is_published_in_the_boards_name(void **state)
{
    (void)state;
    struct hf_event got;
    const struct hf_event event = progress();
    fake_start();
    hf_herald_send(&herald, &event);
    decode_last(&got);
    assert_int_equal(got.kind, HF_EVENT_PROGRESS);
    assert_int_equal(got.progress.percent, 40);
    assert_string_equal(got.progress.task, "task-1");
    assert_string_equal(fake_last()->exchange, HF_EXCHANGE_EVENTS);
    assert_string_equal(fake_last()->key, "progress.pi-1");
    assert_string_equal(fake_last()->user, "board-user");
    assert_string_equal(fake_last()->content_type, "application/json");
    assert_false(fake_last()->mandatory); /* it may be lost */
}

static void it_is_dropped_when_the_link_has_no_room_for_all_of_it(void **state)
{
    (void)state;
    const struct hf_event event = progress();
    fake_start();
    fake.room = HF_EVENT_BODY_MAX;
    hf_herald_send(&herald, &event);
    fake_start();
    fake.full = true;
    hf_herald_send(&herald, &event);
    fake_start();
    fake.down = true;
    hf_herald_send(&herald, &event);
    fake_start();
    fake.blocked = true;
    hf_herald_send(&herald, &event);
    assert_int_equal(fake.count, 0);
}

static void it_does_not_come_between_the_pieces_of_a_result(void **state)
{
    (void)state;
    uint64_t sequence = 0;
    size_t taken = 0;
    const struct hf_event event = progress();
    const struct hf_envelope envelope = {.message_id = hf_str("task-1")};
    const struct hf_publish result = {
        .exchange = "hf.results", .routing_key = "k", .envelope = &envelope, .body_size = 10};
    fake_start();
    assert_int_equal(hf_session_publish(&fake, 1, &result, &sequence), HF_ERR_OK);
    assert_int_equal(hf_session_publish_body(&fake, 1, "half.", 5, &taken), HF_ERR_OK);
    hf_herald_send(&herald, &event);
    assert_int_equal(fake.count, 1);
    assert_int_equal(fake_last()->body_got, 5);
}

static void an_answer_names_its_command_and_says_how_it_went(void **state)
{
    (void)state;
    struct hf_event got;
    fake_start();
    hf_herald_answer(&herald, "order-1", false, "no such task");
    decode_last(&got);
    assert_int_equal(got.kind, HF_EVENT_ANSWER);
    assert_string_equal(got.answer.id, "order-1");
    assert_false(got.answer.ok);
    assert_string_equal(got.answer.text, "no such task");
    assert_string_equal(fake_last()->key, "answer.pi-1");
}

static void presence_is_filled_with_what_is_known_of_the_process_and_the_link(void **state)
{
    (void)state;
    struct hf_event got, event = {.kind = HF_EVENT_PRESENCE, .presence = {.state = "idle"}};
    fake_start();
    hf_herald_fill_presence(&herald, "/tmp", &event.presence);
    assert_string_equal(event.presence.version, HOLDFAST_VERSION);
    assert_string_equal(event.presence.board, HOLDFAST_BOARD);
    assert_string_equal(event.presence.tls, "TLSv1.3");
    assert_int_equal(event.presence.handshake_ms, 42);
    assert_in_range(event.presence.rss_kb, 100, INT64_C(1) << 32);
    assert_string_equal(event.presence.state, "idle");
    hf_herald_send(&herald, &event);
    decode_last(&got);
    assert_int_equal(got.presence.rss_kb, event.presence.rss_kb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_published_in_the_boards_name),
        cmocka_unit_test(it_is_dropped_when_the_link_has_no_room_for_all_of_it),
        cmocka_unit_test(it_does_not_come_between_the_pieces_of_a_result),
        cmocka_unit_test(an_answer_names_its_command_and_says_how_it_went),
        cmocka_unit_test(presence_is_filled_with_what_is_known_of_the_process_and_the_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
