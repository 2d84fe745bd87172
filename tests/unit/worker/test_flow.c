/* What the flow promises, one story each; test_flow_orders.c tries all orders of events. */
#include "../cmocka_all.h"
#include "worker/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hf_flow_actions take(struct hf_flow *flow, struct hf_flow_event event)
{
    struct hf_flow_actions actions;
    assert_int_equal(hf_flow_step(flow, &event, &actions), HF_ERR_OK);
    return actions;
}

static struct hf_flow_actions take_kind(struct hf_flow *flow, enum hf_flow_event_kind kind)
{
    return take(flow, (struct hf_flow_event){.kind = kind});
}

static struct hf_flow_event delivery(enum hf_flow_source source, const char *id, uint64_t tag,
                                     enum hf_flow_verdict verdict)
{
    struct hf_flow_event event = {.kind = HF_FLOW_DELIVERED,
                                  .source = source,
                                  .tag = tag,
                                  .verdict = verdict,
                                  .task.attempt = 1};
    assert_true(hf_str_copy(event.task.id, sizeof event.task.id, hf_str(id)));
    return event;
}

static void assert_actions(struct hf_flow_actions actions, const char *expected)
{
    static const char *const words[] = {
        [HF_FLOW_CONSUME] = "consume",
        [HF_FLOW_CANCEL] = "cancel",
        [HF_FLOW_RUN] = "run",
        [HF_FLOW_REFUSE] = "refuse",
        [HF_FLOW_ADMIT] = "admit",
        [HF_FLOW_DISCARD] = "discard",
        [HF_FLOW_HOLD] = "hold",
        [HF_FLOW_TAKE_HELD] = "take held",
        [HF_FLOW_DROP_HELD] = "drop held",
        [HF_FLOW_STORE] = "store",
        [HF_FLOW_PUBLISH] = "publish",
        [HF_FLOW_RELEASE] = "release",
        [HF_FLOW_RETRY] = "retry",
        [HF_FLOW_ACK] = "ack",
        [HF_FLOW_HAND_BACK] = "hand back",
        [HF_FLOW_FORGET] = "forget",
        [HF_FLOW_KILL] = "kill",
        [HF_FLOW_LEAVE] = "leave",
    };
    char got[256] = "";
    for (size_t i = 0; i < actions.count; i++) {
        const struct hf_flow_action *action = &actions.list[i];
        const size_t used = strlen(got);
        const char *comma = i > 0 ? ", " : "";
        if (action->kind == HF_FLOW_ACK || action->kind == HF_FLOW_HAND_BACK)
            (void)snprintf(got + used, sizeof got - used, "%s%s %d", comma, words[action->kind],
                           (int)action->tag);
        else if (action->kind == HF_FLOW_CONSUME || action->kind == HF_FLOW_CANCEL)
            (void)snprintf(got + used, sizeof got - used, "%s%s %s", comma, words[action->kind],
                           action->source == HF_FLOW_OWN ? "own" : "pool");
        else
            (void)snprintf(got + used, sizeof got - used, "%s%s", comma, words[action->kind]);
    }
    assert_string_equal(got, expected);
}

/* A slot that runs A of the pool, delivered under the tag 7. */
static struct hf_flow running(void)
{
    struct hf_flow flow;
    hf_flow_init(&flow, true, false);
    assert_actions(take_kind(&flow, HF_FLOW_LINK_UP), "consume pool, consume own");
    assert_actions(take(&flow, delivery(HF_FLOW_POOL, "A", 7, HF_FLOW_FIT)), "admit, run");
    return flow;
}

static void result_is_confirmed_before_the_delivery_is_acked(void **unused)
{
    (void)unused;
    struct hf_flow flow = running();
    assert_actions(take_kind(&flow, HF_FLOW_EXITED), "store");
    assert_actions(take_kind(&flow, HF_FLOW_STORE_OK), "publish");
    assert_actions(take_kind(&flow, HF_FLOW_CONFIRMED), "ack 7, forget");
    assert_int_equal(flow.state, HF_FLOW_IDLE);
}

static void pipelined_acks_leave_with_the_durable_result(void **unused)
{
    (void)unused;
    struct hf_flow flow = running();
    flow.pipelined = true;
    assert_actions(take_kind(&flow, HF_FLOW_EXITED), "store");
    assert_actions(take_kind(&flow, HF_FLOW_STORE_OK), "publish, release, ack 7");
}

static void redelivery_of_a_running_task_is_adopted(void **unused)
{
    (void)unused;
    struct hf_flow flow = running();
    assert_actions(take_kind(&flow, HF_FLOW_LINK_DOWN), "");
    assert_actions(take_kind(&flow, HF_FLOW_LINK_UP), "consume pool, consume own");
    assert_actions(take(&flow, delivery(HF_FLOW_POOL, "A", 1, HF_FLOW_FIT)), "discard");
    (void)take_kind(&flow, HF_FLOW_EXITED);
    (void)take_kind(&flow, HF_FLOW_STORE_OK);
    assert_actions(take_kind(&flow, HF_FLOW_CONFIRMED), "ack 1, forget");
}

static void another_task_in_its_place_is_handed_back_and_the_consumer_rests(void **unused)
{
    (void)unused;
    struct hf_flow flow = running();
    (void)take_kind(&flow, HF_FLOW_LINK_DOWN);
    (void)take_kind(&flow, HF_FLOW_LINK_UP);
    assert_actions(take(&flow, delivery(HF_FLOW_POOL, "B", 1, HF_FLOW_FIT)),
                   "cancel pool, discard, hand back 1");
    (void)take_kind(&flow, HF_FLOW_EXITED);
    (void)take_kind(&flow, HF_FLOW_STORE_OK);
    assert_actions(take_kind(&flow, HF_FLOW_CONFIRMED), "forget, consume pool");
}

static void a_result_outlives_the_link_in_the_outbox(void **unused)
{
    (void)unused;
    struct hf_flow flow = running();
    (void)take_kind(&flow, HF_FLOW_EXITED);
    (void)take_kind(&flow, HF_FLOW_STORE_OK);
    assert_actions(take_kind(&flow, HF_FLOW_LINK_DOWN), "release");

    flow = running();
    (void)take_kind(&flow, HF_FLOW_LINK_DOWN);
    (void)take_kind(&flow, HF_FLOW_EXITED);
    assert_actions(take_kind(&flow, HF_FLOW_STORE_OK), "release");
}

static void redelivery_of_what_is_done_is_acked_without_running(void **unused)
{
    (void)unused;
    struct hf_flow flow;
    hf_flow_init(&flow, true, false);
    (void)take_kind(&flow, HF_FLOW_LINK_UP);
    assert_actions(take(&flow, delivery(HF_FLOW_POOL, "A", 3, HF_FLOW_KNOWN)), "discard, ack 3");
}

static void a_result_that_is_not_kept_is_published_again_after_a_pause(void **unused)
{
    (void)unused;
    struct hf_flow flow = running();
    (void)take_kind(&flow, HF_FLOW_EXITED);
    (void)take_kind(&flow, HF_FLOW_STORE_OK);
    assert_actions(take_kind(&flow, HF_FLOW_NACKED), "retry");
    assert_actions(take_kind(&flow, HF_FLOW_RETRY_DUE), "publish");
    assert_actions(take_kind(&flow, HF_FLOW_RETRY_DUE), "");
}

static void a_full_disk_holds_the_slot_until_it_has_room(void **unused)
{
    (void)unused;
    struct hf_flow flow = running();
    (void)take_kind(&flow, HF_FLOW_EXITED);
    assert_actions(take_kind(&flow, HF_FLOW_STORE_FAILED), "retry");
    assert_actions(take_kind(&flow, HF_FLOW_RETRY_DUE), "store");
    assert_actions(take_kind(&flow, HF_FLOW_STORE_OK), "publish");
}

static void a_task_of_its_own_waits_for_the_one_in_hand(void **unused)
{
    (void)unused;
    struct hf_flow flow = running();
    assert_actions(take(&flow, delivery(HF_FLOW_OWN, "C", 8, HF_FLOW_FIT)), "hold");
    (void)take_kind(&flow, HF_FLOW_EXITED);
    (void)take_kind(&flow, HF_FLOW_STORE_OK);
    assert_actions(take_kind(&flow, HF_FLOW_CONFIRMED), "ack 7, forget, take held, run");
}

static void the_pool_is_not_consumed_while_its_own_task_runs(void **unused)
{
    (void)unused;
    struct hf_flow flow;
    hf_flow_init(&flow, true, false);
    (void)take_kind(&flow, HF_FLOW_LINK_UP);
    assert_actions(take(&flow, delivery(HF_FLOW_OWN, "C", 1, HF_FLOW_FIT)),
                   "cancel pool, admit, run");
    assert_actions(take(&flow, delivery(HF_FLOW_POOL, "A", 2, HF_FLOW_FIT)),
                   "discard, hand back 2");
}

static void unreadable_tasks_are_never_taken_for_one_another(void **unused)
{
    (void)unused;
    struct hf_flow flow;
    hf_flow_init(&flow, false, false);
    (void)take_kind(&flow, HF_FLOW_LINK_UP);
    assert_actions(take(&flow, delivery(HF_FLOW_POOL, "", 1, HF_FLOW_REFUSED)),
                   "admit, refuse, store");
    (void)take_kind(&flow, HF_FLOW_LINK_DOWN);
    (void)take_kind(&flow, HF_FLOW_LINK_UP);
    assert_actions(take(&flow, delivery(HF_FLOW_POOL, "", 1, HF_FLOW_REFUSED)),
                   "cancel pool, discard, hand back 1");
}

static void a_paused_slot_takes_nothing_until_it_is_resumed(void **unused)
{
    (void)unused;
    struct hf_flow flow = running();
    (void)take(&flow, delivery(HF_FLOW_OWN, "C", 8, HF_FLOW_FIT));
    assert_actions(take_kind(&flow, HF_FLOW_PAUSE),
                   "cancel pool, cancel own, drop held, hand back 8");
    (void)take_kind(&flow, HF_FLOW_EXITED);
    (void)take_kind(&flow, HF_FLOW_STORE_OK);
    assert_actions(take_kind(&flow, HF_FLOW_CONFIRMED), "ack 7, forget");
    assert_actions(take_kind(&flow, HF_FLOW_RESUME), "consume pool, consume own");
}

static void draining_finishes_the_task_in_hand_and_leaves(void **unused)
{
    (void)unused;
    struct hf_flow flow = running();
    assert_actions(take_kind(&flow, HF_FLOW_DRAIN), "cancel pool, cancel own");
    (void)take_kind(&flow, HF_FLOW_EXITED);
    (void)take_kind(&flow, HF_FLOW_STORE_OK);
    assert_actions(take_kind(&flow, HF_FLOW_CONFIRMED), "ack 7, forget, leave");
    assert_true(flow.left);
}

static void stopping_kills_the_child_and_leaves_the_task_to_the_broker(void **unused)
{
    (void)unused;
    struct hf_flow flow = running();
    assert_actions(take_kind(&flow, HF_FLOW_STOP), "kill, leave");
}

static void becoming_another_program_leaves_all_deliveries_to_the_broker(void **unused)
{
    (void)unused;
    struct hf_flow flow;
    hf_flow_init(&flow, true, false);
    (void)take_kind(&flow, HF_FLOW_LINK_UP);
    (void)take(&flow, delivery(HF_FLOW_OWN, "C", 1, HF_FLOW_FIT));
    assert_actions(take(&flow, delivery(HF_FLOW_OWN, "D", 2, HF_FLOW_FIT)), "hold");
    assert_actions(take_kind(&flow, HF_FLOW_BECOMES), "drop held, leave");
    assert_true(flow.left);
}

static void an_event_that_cannot_happen_changes_nothing(void **unused)
{
    (void)unused;
    struct hf_flow flow = running();
    const struct hf_flow before = flow;
    struct hf_flow_actions actions;
    const struct hf_flow_event event = {.kind = HF_FLOW_CONFIRMED};
    assert_int_equal(hf_flow_step(&flow, &event, &actions), HF_ERR_ILLEGAL);
    assert_int_equal(actions.count, 0);
    assert_memory_equal(&flow, &before, sizeof flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(result_is_confirmed_before_the_delivery_is_acked),
        cmocka_unit_test(pipelined_acks_leave_with_the_durable_result),
        cmocka_unit_test(redelivery_of_a_running_task_is_adopted),
        cmocka_unit_test(another_task_in_its_place_is_handed_back_and_the_consumer_rests),
        cmocka_unit_test(a_result_outlives_the_link_in_the_outbox),
        cmocka_unit_test(redelivery_of_what_is_done_is_acked_without_running),
        cmocka_unit_test(a_result_that_is_not_kept_is_published_again_after_a_pause),
        cmocka_unit_test(a_full_disk_holds_the_slot_until_it_has_room),
        cmocka_unit_test(a_task_of_its_own_waits_for_the_one_in_hand),
        cmocka_unit_test(the_pool_is_not_consumed_while_its_own_task_runs),
        cmocka_unit_test(unreadable_tasks_are_never_taken_for_one_another),
        cmocka_unit_test(a_paused_slot_takes_nothing_until_it_is_resumed),
        cmocka_unit_test(draining_finishes_the_task_in_hand_and_leaves),
        cmocka_unit_test(stopping_kills_the_child_and_leaves_the_task_to_the_broker),
        cmocka_unit_test(becoming_another_program_leaves_all_deliveries_to_the_broker),
        cmocka_unit_test(an_event_that_cannot_happen_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
