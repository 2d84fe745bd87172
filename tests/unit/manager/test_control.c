#include "../cmocka_all.h"
#include "fake_session.h"
#include "manager/control.h"

#include <stdio.h>

#define CHANNEL 4
#define NOW     INT64_C(1770000000000)

static struct hf_session session;
static struct hf_controls controls;

static int setup(void **state)
{
    (void)state;
    fake_start(&session);
    hf_controls_init(&controls, CHANNEL);
    hf_controls_begin(&controls, &session);
    return 0;
}

static const struct hf_control_order *give(enum hf_control_kind kind, const char *key)
{
    char id[HF_ID_MAX + 1];
    struct hf_control control = {.kind = kind};
    struct hf_fault fault = {0};
    assert_int_equal(hf_controls_add(&controls, &control, key, id, &fault), HF_ERR_OK);
    return hf_controls_find(&controls, id);
}

static void say(enum hf_session_event_kind kind, uint64_t sequence, const char *id)
{
    struct hf_session_event event = {.kind = kind, .channel = CHANNEL, .sequence = sequence};
    event.envelope.message_id = hf_str(id);
    hf_controls_event(&controls, &event);
}

static void a_command_is_the_managers_and_carries_its_id_and_the_time_it_was_sent(void **state)
{
    char expected[96];
    (void)state;
    const struct hf_control_order *order = give(HF_CONTROL_PING, "device.pi-1");
    hf_controls_step(&controls, NOW);
    struct fake_message *message = fake_last(&session);
    assert_string_equal(message->exchange, "hf.control");
    assert_string_equal(message->key, "device.pi-1");
    assert_string_equal(message->user, "manager");
    assert_string_equal(message->id, order->control.id);
    assert_true(message->mandatory && message->persistent);
    assert_int_equal(message->body_got, message->body_size);
    assert_int_equal(order->control.time_ms, NOW);
    snprintf(expected, sizeof expected, "{\"command\":\"ping\",\"id\":\"%s\"", order->control.id);
    assert_memory_equal(message->body, expected, strlen(expected));
    assert_false(hf_controls_settled(&controls));
    say(HF_SESSION_CONFIRMED, 1, "");
    assert_int_equal(order->fate, HF_CONTROL_STORED);
    assert_true(hf_controls_settled(&controls));
}

static void what_no_queue_takes_is_known_although_it_is_confirmed(void **state)
{
    (void)state;
    const struct hf_control_order *order = give(HF_CONTROL_DRAIN, "pool.nowhere");
    hf_controls_step(&controls, NOW);
    say(HF_SESSION_RETURNED, 0, order->control.id);
    say(HF_SESSION_CONFIRMED, 1, "");
    assert_int_equal(order->fate, HF_CONTROL_NOBODY);
}

static void after_a_lost_link_what_was_not_confirmed_is_sent_again(void **state)
{
    (void)state;
    const struct hf_control_order *first = give(HF_CONTROL_DRAIN, "all");
    const struct hf_control_order *second = give(HF_CONTROL_RESUME, "all");
    hf_controls_step(&controls, NOW);
    say(HF_SESSION_CONFIRMED, 1, "");
    hf_controls_lost(&controls);
    hf_controls_step(&controls, NOW);
    fake_start(&session);
    hf_controls_begin(&controls, &session);
    hf_controls_step(&controls, NOW + 5);
    assert_int_equal(session.count, 1);
    assert_string_equal(fake_last(&session)->id, second->control.id);
    assert_int_equal(first->fate, HF_CONTROL_STORED);
    assert_int_equal(second->control.time_ms, NOW + 5);
}

static void what_the_broker_does_not_take_is_sent_again(void **state)
{
    (void)state;
    const struct hf_control_order *order = give(HF_CONTROL_PING, "all");
    hf_controls_step(&controls, NOW);
    say(HF_SESSION_NACKED, 1, "");
    assert_int_equal(order->fate, HF_CONTROL_WAITS);
    hf_controls_step(&controls, NOW);
    assert_int_equal(session.count, 2);
}

static void without_room_nothing_is_begun(void **state)
{
    (void)state;
    session.room = 100;
    give(HF_CONTROL_PING, "all");
    hf_controls_step(&controls, NOW);
    assert_int_equal(session.count, 0);
}

static void settled_ones_make_room_and_open_ones_do_not(void **state)
{
    struct hf_control control = {.kind = HF_CONTROL_PING};
    struct hf_fault fault = {0};
    (void)state;
    for (int i = 0; i < HF_CONTROLS_MAX; i++)
        give(HF_CONTROL_PING, "all");
    assert_int_equal(hf_controls_add(&controls, &control, "all", NULL, &fault), HF_ERR_BUSY);
    hf_controls_step(&controls, NOW);
    say(HF_SESSION_CONFIRMED, 7, "");
    assert_int_equal(hf_controls_add(&controls, &control, "all", NULL, &fault), HF_ERR_OK);
    assert_int_equal(controls.count, HF_CONTROLS_MAX);
}

static void a_command_that_boards_would_refuse_is_not_taken(void **state)
{
    struct hf_control control = {.kind = HF_CONTROL_CANCEL};
    struct hf_fault fault = {0};
    (void)state;
    assert_int_equal(hf_controls_add(&controls, &control, "all", NULL, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "cancel"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(a_command_is_the_managers_and_carries_its_id_and_the_time_it_was_sent),
        TEST(what_no_queue_takes_is_known_although_it_is_confirmed),
        TEST(after_a_lost_link_what_was_not_confirmed_is_sent_again),
        TEST(what_the_broker_does_not_take_is_sent_again),
        TEST(without_room_nothing_is_begun),
        TEST(settled_ones_make_room_and_open_ones_do_not),
        TEST(a_command_that_boards_would_refuse_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
