/*
 * The flow against a model of the world: a broker with two tasks, a link that drops between any two
 * events, a child, a disk that fails, a broker that refuses results. Every state that can be
 * reached is visited, every event that can happen there is tried, and every action is judged.
 */
#include "../cmocka_all.h"
#include "worker/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TASKS      2
#define NOBODY     (-1)
#define STATES_MAX 200000
#define BUCKETS    (1 << 18)

enum place { QUEUED, WITH_US, DONE }; /* a task, as the broker sees it */

struct world {
    struct hf_flow flow;
    enum place place[TASKS];
    bool redelivered[TASKS];
    bool confirmed[TASKS]; /* the broker has a result */
    bool consumer;         /* the broker may deliver to us */
    int unacked;           /* the task whose delivery is ours, or NOBODY */
    bool ack_under_way;
    int child;  /* the task that is being run, or NOBODY */
    int result; /* the task whose result is in hand, or NOBODY */
    bool storing;
    bool stored;
    bool published; /* on this link, and not yet answered */
    bool retry;     /* a pause runs */
    bool drained, stopped;
};

static const char *const names[TASKS] = {"A", "B"};

static uint64_t tag_of(int task)
{
    return (uint64_t)task + 1;
}

/* What the last step did wrong; empty: nothing. Kept so that the path to it can be told. */
static char wrong[256];

#define expect(condition, what)                                                                    \
    do {                                                                                           \
        if (!(condition) && wrong[0] == '\0')                                                      \
            (void)snprintf(wrong, sizeof wrong, "%s (%s)", what, #condition);                      \
    } while (0)

/* The world does what the flow asks, and sees whether it may. */

static void on_run(struct world *w)
{
    expect(w->child == NOBODY, "a second child is started");
    expect(w->unacked != NOBODY, "a child is started without a delivery");
    expect(w->result != w->unacked, "a task whose result is in hand is run again");
    expect(!(w->redelivered[w->unacked] && strcmp(w->flow.last.id, names[w->unacked]) == 0),
           "the task finished last is run again on its redelivery");
    w->child = w->unacked;
}

static void on_ack(struct world *w, uint64_t tag)
{
    expect(w->flow.link_up, "an ack without a link");
    expect(w->unacked != NOBODY && tag == tag_of(w->unacked), "an ack of a dead delivery");
    expect(!w->ack_under_way, "a second ack of a delivery");
    if (w->unacked != NOBODY)
        expect(w->confirmed[w->unacked], "an ack before the result's confirm");
    w->ack_under_way = true;
}

static void on_hand_back(struct world *w, uint64_t tag)
{
    expect(w->unacked != NOBODY && tag == tag_of(w->unacked), "a dead delivery is handed back");
    expect(!w->consumer, "handed back while it would come again at once");
    expect(!w->ack_under_way, "acked and handed back");
    if (w->unacked != NOBODY) {
        w->place[w->unacked] = QUEUED;
        w->redelivered[w->unacked] = true;
    }
    w->unacked = NOBODY;
}

static void on_action(struct world *w, enum hf_flow_action_kind kind, uint64_t tag)
{
    switch (kind) {
    case HF_FLOW_CONSUME:
        expect(w->flow.link_up && !w->consumer, "consumes twice or without a link");
        w->consumer = true;
        break;
    case HF_FLOW_CANCEL:
        expect(w->consumer, "cancels a consumer that is not there");
        w->consumer = false;
        break;
    case HF_FLOW_RUN: on_run(w); break;
    case HF_FLOW_REFUSE: w->result = w->unacked; break;
    case HF_FLOW_DISCARD: break;
    case HF_FLOW_STORE:
        expect(w->result != NOBODY && w->child == NOBODY, "stores a result that is not known");
        expect(!w->stored, "stores a result twice");
        w->storing = true;
        break;
    case HF_FLOW_PUBLISH:
        expect(w->flow.link_up, "publishes without a link");
        expect(w->stored, "publishes what is not durable");
        expect(!w->published, "publishes a result twice on one link");
        w->published = true;
        break;
    case HF_FLOW_RETRY: w->retry = true; break;
    case HF_FLOW_ACK: on_ack(w, tag); break;
    case HF_FLOW_HAND_BACK: on_hand_back(w, tag); break;
    case HF_FLOW_FORGET:
        expect(w->result != NOBODY && w->confirmed[w->result], "forgets what is not confirmed");
        w->result = NOBODY;
        w->stored = false;
        break;
    case HF_FLOW_KILL:
        expect(w->child != NOBODY, "kills a child that is not there");
        w->child = NOBODY;
        break;
    case HF_FLOW_LEAVE:
        expect(w->child == NOBODY, "leaves a child behind");
        expect(w->stopped || w->result == NOBODY, "drains away from a result");
        break;
    }
}

static void step(struct world *w, const struct hf_flow_event *event)
{
    struct hf_flow_actions actions;
    expect(hf_flow_step(&w->flow, event, &actions) == HF_ERR_OK, "an event is called illegal");
    for (size_t i = 0; i < actions.count; i++)
        on_action(w, actions.list[i].kind, actions.list[i].tag);
}

static void step_kind(struct world *w, enum hf_flow_event_kind kind)
{
    const struct hf_flow_event event = {.kind = kind};
    step(w, &event);
}

/* What can happen. Each returns false where it cannot. */

static bool link_up(struct world *w)
{
    if (w->flow.link_up)
        return false;
    step_kind(w, HF_FLOW_LINK_UP);
    return true;
}

static bool link_down(struct world *w)
{
    if (!w->flow.link_up)
        return false;
    if (w->unacked != NOBODY) {
        w->place[w->unacked] = QUEUED;
        w->redelivered[w->unacked] = true;
    }
    w->unacked = NOBODY;
    w->ack_under_way = w->consumer = w->published = false;
    step_kind(w, HF_FLOW_LINK_DOWN);
    return true;
}

static bool deliver(struct world *w, int task, bool refused)
{
    if (!w->flow.link_up || !w->consumer || w->unacked != NOBODY || w->place[task] != QUEUED)
        return false;
    w->place[task] = WITH_US;
    w->unacked = task;
    const struct hf_flow_event event = {.kind = HF_FLOW_DELIVERED,
                                        .id = names[task],
                                        .attempt = 1,
                                        .tag = tag_of(task),
                                        .redelivered = w->redelivered[task],
                                        .refused = refused};
    step(w, &event);
    return true;
}

static bool deliver_a(struct world *w)
{
    return deliver(w, 0, false);
}

static bool deliver_b(struct world *w)
{
    return deliver(w, 1, false);
}

static bool deliver_b_to_be_refused(struct world *w)
{
    return deliver(w, 1, true);
}

static bool ack_arrives(struct world *w)
{
    if (!w->ack_under_way)
        return false;
    w->place[w->unacked] = DONE;
    w->unacked = NOBODY;
    w->ack_under_way = false;
    return true;
}

static bool child_exits(struct world *w)
{
    if (w->child == NOBODY)
        return false;
    w->result = w->child;
    w->child = NOBODY;
    step_kind(w, HF_FLOW_EXITED);
    return true;
}

static bool store_succeeds(struct world *w)
{
    if (!w->storing)
        return false;
    w->storing = false;
    w->stored = true;
    step_kind(w, HF_FLOW_STORE_OK);
    return true;
}

static bool store_fails(struct world *w)
{
    if (!w->storing)
        return false;
    w->storing = false;
    step_kind(w, HF_FLOW_STORE_FAILED);
    return true;
}

static bool broker_confirms(struct world *w)
{
    if (!w->published)
        return false;
    w->published = false;
    w->confirmed[w->result] = true;
    step_kind(w, HF_FLOW_CONFIRMED);
    return true;
}

static bool broker_refuses_result(struct world *w)
{
    if (!w->published)
        return false;
    w->published = false;
    step_kind(w, HF_FLOW_NACKED);
    return true;
}

/* Stored by the broker, but the link drops before its confirm comes. */
static bool confirm_is_lost(struct world *w)
{
    if (!w->published)
        return false;
    w->confirmed[w->result] = true;
    return link_down(w);
}

static bool pause_ends(struct world *w)
{
    if (!w->retry)
        return false;
    w->retry = false;
    step_kind(w, HF_FLOW_RETRY_DUE);
    return true;
}

static bool drain(struct world *w)
{
    if (w->drained)
        return false;
    w->drained = true;
    step_kind(w, HF_FLOW_DRAIN);
    return true;
}

static bool stop(struct world *w)
{
    if (!w->drained)
        return false;
    w->stopped = true;
    step_kind(w, HF_FLOW_STOP);
    return true;
}

static const struct {
    const char *name;
    bool (*happen)(struct world *w);
} happenings[] = {
    {"link up", link_up},
    {"link down", link_down},
    {"A delivered", deliver_a},
    {"B delivered", deliver_b},
    {"B delivered, to be refused", deliver_b_to_be_refused},
    {"ack arrives", ack_arrives},
    {"child exits", child_exits},
    {"store succeeds", store_succeeds},
    {"store fails", store_fails},
    {"broker confirms", broker_confirms},
    {"broker refuses the result", broker_refuses_result},
    {"confirm is lost with the link", confirm_is_lost},
    {"pause ends", pause_ends},
    {"drain", drain},
    {"stop", stop},
};
#define HAPPENINGS (sizeof happenings / sizeof *happenings)

/* In every state the slot waits for something that will come: nothing is stuck. */
static void judge_rest(const struct world *w)
{
    const struct hf_flow *flow = &w->flow;
    if (flow->left)
        return;
    if (flow->state == HF_FLOW_IDLE)
        expect(!flow->link_up || flow->draining || w->consumer, "idle, linked and deaf");
    if (flow->state == HF_FLOW_RUNNING)
        expect(w->child != NOBODY, "waits for a child that is not there");
    if (flow->state == HF_FLOW_STORING)
        expect(w->storing || w->retry, "waits for a disk that was not asked");
    if (flow->state == HF_FLOW_STORED && flow->link_up)
        expect(w->retry, "a stored result that nobody will publish");
    if (flow->state == HF_FLOW_REPORTED)
        expect(w->published, "waits for a confirm of nothing");
    if (flow->draining && flow->state == HF_FLOW_IDLE)
        expect(flow->left, "drained and still here");
    expect(flow->consuming == w->consumer, "mistaken about its consumer");
}

/* The walk over all states. */

struct seen {
    struct world world;
    size_t from;
    size_t by;
    size_t next; /* in the same bucket; 0: none */
};

static struct seen *states;
static size_t states_count;
static size_t *buckets;

/* All that tells two states apart, as text: the structs hold padding. */
static void key_of(const struct world *w, char *key, size_t size)
{
    const struct hf_flow *f = &w->flow;
    (void)snprintf(key, size, "%d%d%d%d%d %s %llu %s|%d%d %d%d %d%d|%d %d %d %d %d|%d%d%d%d%d%d",
                   (int)f->state, f->link_up, f->consuming, f->draining, f->left, f->task.id,
                   (unsigned long long)f->tag, f->last.id, (int)w->place[0], (int)w->place[1],
                   w->redelivered[0], w->redelivered[1], w->confirmed[0], w->confirmed[1],
                   w->consumer, w->unacked, w->ack_under_way, w->child, w->result, w->storing,
                   w->stored, w->published, w->retry, w->drained, w->stopped);
}

static size_t bucket_of(const char *key)
{
    uint64_t hash = 1469598103934665603U;
    for (; *key != '\0'; key++)
        hash = (hash ^ (unsigned char)*key) * 1099511628211U;
    return (size_t)(hash % BUCKETS);
}

static void visit(const struct world *w, size_t from, size_t by)
{
    char key[400];
    char other[400];
    key_of(w, key, sizeof key);
    const size_t bucket = bucket_of(key);
    for (size_t i = buckets[bucket]; i != 0; i = states[i].next) {
        key_of(&states[i].world, other, sizeof other);
        if (strcmp(key, other) == 0)
            return;
    }
    assert_true(states_count < STATES_MAX);
    states[states_count] =
        (struct seen){.world = *w, .from = from, .by = by, .next = buckets[bucket]};
    buckets[bucket] = states_count++;
}

static void tell_path(size_t at)
{
    if (at == 1)
        return;
    tell_path(states[at].from);
    print_error("  %s -> %s\n", happenings[states[at].by].name,
                hf_flow_state_text(states[at].world.flow.state));
}

static void begin_walk(void)
{
    states = calloc(STATES_MAX, sizeof *states);
    buckets = calloc(BUCKETS, sizeof *buckets);
    assert_non_null(states);
    assert_non_null(buckets);
    struct world start = {.unacked = NOBODY, .child = NOBODY, .result = NOBODY};
    hf_flow_init(&start.flow);
    states_count = 1; /* 0 stands for "none" */
    wrong[0] = '\0';
    visit(&start, 0, 0);
}

static void end_walk(void)
{
    free(states);
    free(buckets);
}

static void every_order_of_events_keeps_the_promises(void **unused)
{
    (void)unused;
    size_t moves = 0;
    begin_walk();
    for (size_t at = 1; at < states_count; at++) {
        for (size_t i = 0; i < HAPPENINGS && !states[at].world.flow.left; i++) {
            struct world w = states[at].world;
            if (!happenings[i].happen(&w))
                continue;
            moves++;
            judge_rest(&w);
            if (wrong[0] != '\0') {
                tell_path(at);
                print_error("  %s: %s\n", happenings[i].name, wrong);
                end_walk();
                fail();
            }
            visit(&w, at, i);
        }
    }
    print_message("%zu states, %zu moves\n", states_count - 1, moves);
    assert_true(states_count > 1000); /* the walk went somewhere */
    end_walk();
}

static bool all_done(const struct world *w)
{
    return w->place[0] == DONE && w->place[1] == DONE && w->confirmed[0] && w->confirmed[1];
}

/* From every state, a world without further trouble leads to both tasks done. */
static void from_every_state_good_weather_finishes_all_work(void **unused)
{
    static const size_t good[] = {5, 6, 7, 9, 12, 2, 3, 0}; /* happenings, the nearest first */
    (void)unused;
    begin_walk();
    for (size_t at = 1; at < states_count; at++) {
        for (size_t i = 0; i < HAPPENINGS - 2; i++) { /* nobody drains or stops */
            struct world w = states[at].world;
            if (happenings[i].happen(&w))
                visit(&w, at, i);
        }
        struct world w = states[at].world;
        for (int turns = 0; turns < 64 && !all_done(&w); turns++) {
            for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
                if (happenings[good[i]].happen(&w))
                    break;
            }
        }
        if (!all_done(&w)) {
            tell_path(at);
            end_walk();
            fail_msg("work is left over although nothing goes wrong any more");
        }
    }
    end_walk();
}

/* The same promises in small, one story each. */

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

static struct hf_flow_event delivery(const char *id, uint64_t tag, bool redelivered)
{
    return (struct hf_flow_event){
        .kind = HF_FLOW_DELIVERED, .id = id, .attempt = 1, .tag = tag, .redelivered = redelivered};
}

static void assert_actions(const struct hf_flow_actions *actions, const char *expected)
{
    char got[HF_FLOW_ACTIONS_MAX + 1] = "";
    for (size_t i = 0; i < actions->count; i++) {
        static const char by_kind[] = {
            [HF_FLOW_CONSUME] = 'C',   [HF_FLOW_CANCEL] = 'x',  [HF_FLOW_RUN] = 'R',
            [HF_FLOW_REFUSE] = 'N',    [HF_FLOW_DISCARD] = 'd', [HF_FLOW_STORE] = 'S',
            [HF_FLOW_PUBLISH] = 'P',   [HF_FLOW_RETRY] = 'r',   [HF_FLOW_ACK] = 'A',
            [HF_FLOW_HAND_BACK] = 'B', [HF_FLOW_FORGET] = 'f',  [HF_FLOW_KILL] = 'K',
            [HF_FLOW_LEAVE] = 'L',
        };
        got[i] = by_kind[actions->list[i].kind];
    }
    assert_string_equal(got, expected);
}

static struct hf_flow running_with_tag_7(void)
{
    struct hf_flow flow;
    hf_flow_init(&flow);
    struct hf_flow_actions actions = take_kind(&flow, HF_FLOW_LINK_UP);
    assert_actions(&actions, "C");
    actions = take(&flow, delivery("A", 7, false));
    assert_actions(&actions, "R");
    return flow;
}

static void result_is_confirmed_before_the_delivery_is_acked(void **unused)
{
    (void)unused;
    struct hf_flow flow = running_with_tag_7();
    struct hf_flow_actions actions = take_kind(&flow, HF_FLOW_EXITED);
    assert_actions(&actions, "S");
    actions = take_kind(&flow, HF_FLOW_STORE_OK);
    assert_actions(&actions, "P");
    actions = take_kind(&flow, HF_FLOW_CONFIRMED);
    assert_actions(&actions, "Af");
    assert_int_equal(actions.list[0].tag, 7);
    assert_int_equal(flow.state, HF_FLOW_IDLE);
}

static void redelivery_of_a_running_task_is_adopted(void **unused)
{
    (void)unused;
    struct hf_flow flow = running_with_tag_7();
    (void)take_kind(&flow, HF_FLOW_LINK_DOWN);
    struct hf_flow_actions actions = take_kind(&flow, HF_FLOW_LINK_UP);
    assert_actions(&actions, "C");
    actions = take(&flow, delivery("A", 1, true));
    assert_actions(&actions, "d");
    (void)take_kind(&flow, HF_FLOW_EXITED);
    (void)take_kind(&flow, HF_FLOW_STORE_OK);
    actions = take_kind(&flow, HF_FLOW_CONFIRMED);
    assert_actions(&actions, "Af");
    assert_int_equal(actions.list[0].tag, 1);
}

static void another_task_in_its_place_is_handed_back_and_the_consumer_rests(void **unused)
{
    (void)unused;
    struct hf_flow flow = running_with_tag_7();
    (void)take_kind(&flow, HF_FLOW_LINK_DOWN);
    (void)take_kind(&flow, HF_FLOW_LINK_UP);
    struct hf_flow_actions actions = take(&flow, delivery("B", 1, false));
    assert_actions(&actions, "xdB");
    (void)take_kind(&flow, HF_FLOW_EXITED);
    (void)take_kind(&flow, HF_FLOW_STORE_OK);
    actions = take_kind(&flow, HF_FLOW_CONFIRMED);
    assert_actions(&actions, "fC");
}

static void a_result_is_published_again_after_the_link_was_lost(void **unused)
{
    (void)unused;
    struct hf_flow flow = running_with_tag_7();
    (void)take_kind(&flow, HF_FLOW_EXITED);
    (void)take_kind(&flow, HF_FLOW_STORE_OK);
    (void)take_kind(&flow, HF_FLOW_LINK_DOWN);
    assert_int_equal(flow.state, HF_FLOW_STORED);
    const struct hf_flow_actions actions = take_kind(&flow, HF_FLOW_LINK_UP);
    assert_actions(&actions, "CP");
}

static void redelivery_of_the_task_finished_last_is_acked_without_running(void **unused)
{
    (void)unused;
    struct hf_flow flow = running_with_tag_7();
    (void)take_kind(&flow, HF_FLOW_EXITED);
    (void)take_kind(&flow, HF_FLOW_STORE_OK);
    (void)take_kind(&flow, HF_FLOW_CONFIRMED);
    (void)take_kind(&flow, HF_FLOW_LINK_DOWN);
    (void)take_kind(&flow, HF_FLOW_LINK_UP);
    const struct hf_flow_actions actions = take(&flow, delivery("A", 1, true));
    assert_actions(&actions, "dA");
}

static void the_same_id_sent_anew_is_run_anew(void **unused)
{
    (void)unused;
    struct hf_flow flow = running_with_tag_7();
    (void)take_kind(&flow, HF_FLOW_EXITED);
    (void)take_kind(&flow, HF_FLOW_STORE_OK);
    (void)take_kind(&flow, HF_FLOW_CONFIRMED);
    const struct hf_flow_actions actions = take(&flow, delivery("A", 8, false));
    assert_actions(&actions, "R");
}

static void unreadable_tasks_are_never_taken_for_one_another(void **unused)
{
    (void)unused;
    struct hf_flow flow;
    hf_flow_init(&flow);
    (void)take_kind(&flow, HF_FLOW_LINK_UP);
    struct hf_flow_event garbage = delivery("", 1, true);
    garbage.refused = true;
    struct hf_flow_actions actions = take(&flow, garbage);
    assert_actions(&actions, "NS");
    (void)take_kind(&flow, HF_FLOW_STORE_OK);
    (void)take_kind(&flow, HF_FLOW_CONFIRMED);
    garbage.tag = 2;
    actions = take(&flow, garbage);
    assert_actions(&actions, "NS");
}

static void draining_finishes_the_task_in_hand_and_leaves(void **unused)
{
    (void)unused;
    struct hf_flow flow = running_with_tag_7();
    struct hf_flow_actions actions = take_kind(&flow, HF_FLOW_DRAIN);
    assert_actions(&actions, "x");
    (void)take_kind(&flow, HF_FLOW_EXITED);
    (void)take_kind(&flow, HF_FLOW_STORE_OK);
    actions = take_kind(&flow, HF_FLOW_CONFIRMED);
    assert_actions(&actions, "AfL");
    assert_true(flow.left);
}

static void stopping_kills_the_child_and_leaves_the_task_to_the_broker(void **unused)
{
    (void)unused;
    struct hf_flow flow = running_with_tag_7();
    const struct hf_flow_actions actions = take_kind(&flow, HF_FLOW_STOP);
    assert_actions(&actions, "KL");
}

static void an_event_that_cannot_happen_changes_nothing(void **unused)
{
    (void)unused;
    struct hf_flow flow = running_with_tag_7();
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
        cmocka_unit_test(every_order_of_events_keeps_the_promises),
        cmocka_unit_test(from_every_state_good_weather_finishes_all_work),
        cmocka_unit_test(result_is_confirmed_before_the_delivery_is_acked),
        cmocka_unit_test(redelivery_of_a_running_task_is_adopted),
        cmocka_unit_test(another_task_in_its_place_is_handed_back_and_the_consumer_rests),
        cmocka_unit_test(a_result_is_published_again_after_the_link_was_lost),
        cmocka_unit_test(redelivery_of_the_task_finished_last_is_acked_without_running),
        cmocka_unit_test(the_same_id_sent_anew_is_run_anew),
        cmocka_unit_test(unreadable_tasks_are_never_taken_for_one_another),
        cmocka_unit_test(draining_finishes_the_task_in_hand_and_leaves),
        cmocka_unit_test(stopping_kills_the_child_and_leaves_the_task_to_the_broker),
        cmocka_unit_test(an_event_that_cannot_happen_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
