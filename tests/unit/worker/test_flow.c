/*
 * The flow against a model of the world: a broker with the queue of a pool and the board's own, a
 * link that drops between any two events, a child, a disk that fails, a broker that refuses
 * results. Every state that can be reached is visited, every event that can happen there is tried,
 * and every action is judged.
 */
#include "../cmocka_all.h"
#include "worker/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { A, B, C, TASKS }; /* A and B are the pool's, B is refused at will; C is the board's own */

#define NOBODY     (-1)
#define STATES_MAX 400000
#define BUCKETS    (1 << 19)

enum place { QUEUED, WITH_US, DONE }; /* a task, as the broker sees it */

struct world {
    struct hf_flow flow;
    enum place place[TASKS];
    bool redelivered[TASKS];
    bool ran[TASKS];
    bool released[TASKS];  /* its result is the outbox's, not yet confirmed */
    bool confirmed[TASKS]; /* the broker has its result, and the board knows it */
    bool consumer[HF_FLOW_SOURCES];
    bool late[HF_FLOW_SOURCES];   /* one may still come although the consumer is cancelled */
    int unacked[HF_FLOW_SOURCES]; /* the task whose delivery is ours, or NOBODY */
    bool ack_under_way[HF_FLOW_SOURCES];
    int arriving; /* the delivery that the event is about */
    int hand;     /* the delivery that was admitted, as the slot sees it */
    int held;
    int child; /* the task that is being run, or NOBODY */
    bool result, storing, stored, published;
    bool retry; /* a pause runs */
    bool drained, stopped;
    bool became; /* the program is another one than at the beginning */
};

static const char *const names[TASKS] = {"A", "B", "C"};

static enum hf_flow_source home_of(int task)
{
    return task == C ? HF_FLOW_OWN : HF_FLOW_POOL;
}

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

static int task_of(const struct world *w, uint64_t tag)
{
    const int task = (int)tag - 1;
    const bool live = tag >= 1 && task < TASKS && w->unacked[home_of(task)] == task &&
                      !w->ack_under_way[home_of(task)];
    return live ? task : NOBODY;
}

static void on_run(struct world *w)
{
    expect(w->child == NOBODY, "a second child is started");
    expect(w->hand != NOBODY, "a child is started without a delivery");
    expect(w->hand == NOBODY || !w->ran[w->hand], "a task is run twice");
    w->child = w->hand;
    w->ran[w->hand] = true;
}

static void on_ack(struct world *w, uint64_t tag)
{
    const int task = task_of(w, tag);
    expect(task != NOBODY, "an ack of a dead delivery");
    if (task == NOBODY)
        return;
    expect(w->confirmed[task] || (w->flow.pipelined && w->released[task]),
           "an ack before the result's confirm");
    w->ack_under_way[home_of(task)] = true;
}

static void on_hand_back(struct world *w, uint64_t tag)
{
    const int task = task_of(w, tag);
    expect(task != NOBODY, "a dead delivery is handed back");
    if (task == NOBODY)
        return;
    expect(!w->consumer[home_of(task)], "handed back while it would come again at once");
    expect(task != w->child, "the task that runs is handed back");
    w->place[task] = QUEUED;
    w->redelivered[task] = true;
    w->unacked[home_of(task)] = NOBODY;
}

static void on_cancel(struct world *w, enum hf_flow_source source)
{
    expect(w->consumer[source], "cancels a consumer that is not there");
    w->consumer[source] = false;
    w->late[source] = w->unacked[source] == NOBODY;
}

static void forget_result(struct world *w)
{
    w->result = w->stored = w->published = false;
    w->hand = NOBODY;
}

static void on_action(struct world *w, const struct hf_flow_action *action)
{
    switch (action->kind) {
    case HF_FLOW_CONSUME:
        expect(w->flow.link_up && !w->consumer[action->source], "consumes twice or without a link");
        w->consumer[action->source] = true;
        break;
    case HF_FLOW_CANCEL: on_cancel(w, action->source); break;
    case HF_FLOW_RUN: on_run(w); break;
    case HF_FLOW_REFUSE:
        expect(w->hand == B, "refuses what is fit");
        w->result = true;
        break;
    case HF_FLOW_ADMIT:
        expect(w->hand == NOBODY && w->arriving != NOBODY, "admits a second task");
        w->hand = w->arriving;
        w->arriving = NOBODY;
        break;
    case HF_FLOW_DISCARD:
        expect(w->arriving != NOBODY, "discards nothing");
        w->arriving = NOBODY;
        break;
    case HF_FLOW_HOLD:
        expect(w->held == NOBODY && w->arriving == C, "holds what another board could take");
        w->held = w->arriving;
        w->arriving = NOBODY;
        break;
    case HF_FLOW_TAKE_HELD:
        expect(w->held != NOBODY && w->hand == NOBODY, "takes up nothing, or too much");
        w->hand = w->held;
        w->held = NOBODY;
        break;
    case HF_FLOW_DROP_HELD:
        expect(w->held != NOBODY, "drops nothing");
        w->held = NOBODY;
        break;
    case HF_FLOW_STORE:
        expect(w->result && w->child == NOBODY, "stores a result that is not known");
        expect(!w->stored, "stores a result twice");
        w->storing = true;
        break;
    case HF_FLOW_PUBLISH:
        expect(w->flow.link_up, "publishes without a link");
        expect(w->stored, "publishes what is not durable");
        expect(!w->published, "publishes a result twice on one link");
        w->published = true;
        break;
    case HF_FLOW_RELEASE:
        expect(w->stored, "releases what is not durable");
        w->released[w->hand] = true;
        forget_result(w);
        break;
    case HF_FLOW_RETRY: w->retry = true; break;
    case HF_FLOW_ACK: on_ack(w, action->tag); break;
    case HF_FLOW_HAND_BACK: on_hand_back(w, action->tag); break;
    case HF_FLOW_FORGET:
        expect(w->stored && w->confirmed[w->hand], "forgets what is not confirmed");
        forget_result(w);
        break;
    case HF_FLOW_KILL:
        expect(w->child != NOBODY, "kills a child that is not there");
        w->child = NOBODY;
        break;
    case HF_FLOW_LEAVE:
        expect(w->child == NOBODY, "leaves a child behind");
        expect(w->stopped || !w->result, "drains away from a result");
        break;
    }
}

static void step(struct world *w, const struct hf_flow_event *event)
{
    struct hf_flow_actions actions;
    expect(hf_flow_step(&w->flow, event, &actions) == HF_ERR_OK, "an event is called illegal");
    for (size_t i = 0; i < actions.count; i++)
        on_action(w, &actions.list[i]);
    expect(w->arriving == NOBODY, "a delivery is left lying");
}

static void step_kind(struct world *w, enum hf_flow_event_kind kind)
{
    const struct hf_flow_event event = {.kind = kind};
    step(w, &event);
}

/* What can happen. Each returns false where it cannot. */

static void outbox_gets_confirmed(struct world *w, int task)
{
    if (w->released[task])
        w->confirmed[task] = true;
    w->released[task] = false;
}

/* The slot hears of the link when the outbox has published what it had. */
static bool link_up(struct world *w)
{
    if (w->flow.link_up)
        return false;
    for (int task = 0; task < TASKS; task++)
        outbox_gets_confirmed(w, task);
    step_kind(w, HF_FLOW_LINK_UP);
    return true;
}

static void broker_loses_the_link(struct world *w)
{
    for (int source = 0; source < HF_FLOW_SOURCES; source++) {
        if (w->unacked[source] != NOBODY) {
            w->place[w->unacked[source]] = QUEUED;
            w->redelivered[w->unacked[source]] = true;
        }
        w->unacked[source] = NOBODY;
        w->ack_under_way[source] = w->consumer[source] = w->late[source] = false;
    }
    w->published = false;
}

static bool link_down(struct world *w)
{
    if (!w->flow.link_up)
        return false;
    broker_loses_the_link(w);
    step_kind(w, HF_FLOW_LINK_DOWN);
    return true;
}

static bool deliver(struct world *w, int task, bool refused)
{
    const enum hf_flow_source source = home_of(task);
    if (!w->flow.link_up || (!w->consumer[source] && !w->late[source]) ||
        w->unacked[source] != NOBODY || w->place[task] != QUEUED)
        return false;
    const bool known = w->redelivered[task] && w->confirmed[task];
    if (known && refused)
        return false;
    expect(!w->released[task], "delivered while its result is under way");
    w->late[source] = false;
    w->place[task] = WITH_US;
    w->unacked[source] = task;
    w->arriving = task;
    struct hf_flow_event event = {.kind = HF_FLOW_DELIVERED,
                                  .source = source,
                                  .tag = tag_of(task),
                                  .verdict = known     ? HF_FLOW_KNOWN
                                             : refused ? HF_FLOW_REFUSED
                                                       : HF_FLOW_FIT,
                                  .task.attempt = 1};
    (void)hf_str_copy(event.task.id, sizeof event.task.id, hf_str(names[task]));
    step(w, &event);
    return true;
}

static bool deliver_a(struct world *w)
{
    return deliver(w, A, false);
}

static bool deliver_b(struct world *w)
{
    return deliver(w, B, false);
}

static bool deliver_b_to_be_refused(struct world *w)
{
    return !w->ran[B] && deliver(w, B, true);
}

static bool deliver_c(struct world *w)
{
    return deliver(w, C, false);
}

static bool ack_arrives(struct world *w)
{
    for (int source = 0; source < HF_FLOW_SOURCES; source++) {
        if (w->ack_under_way[source]) {
            w->place[w->unacked[source]] = DONE;
            w->unacked[source] = NOBODY;
            w->ack_under_way[source] = false;
            return true;
        }
    }
    return false;
}

static bool child_exits(struct world *w)
{
    if (w->child == NOBODY)
        return false;
    w->result = true;
    w->child = NOBODY;
    step_kind(w, HF_FLOW_EXITED);
    return true;
}

/* C's child ends so that another program takes the place of this one: it begins with nothing but
 * the journal, and finds what was unacked in the queues. */
static bool child_makes_it_another_program(struct world *w)
{
    if (w->child != C || w->became)
        return false;
    w->child = NOBODY;
    step_kind(w, HF_FLOW_BECOMES);
    expect(w->flow.left, "becomes another program and does not leave");
    expect(w->place[C] != DONE && !w->ack_under_way[HF_FLOW_OWN], "what it became is acked");
    expect(w->held == NOBODY, "leaves a held delivery behind");
    if (w->drained)
        return true;
    broker_loses_the_link(w);
    hf_flow_init(&w->flow, true, w->flow.pipelined);
    w->became = true;
    w->ran[C] = false;
    w->hand = NOBODY;
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
    if (w->published) {
        w->published = false;
        w->confirmed[w->hand] = true;
        step_kind(w, HF_FLOW_CONFIRMED);
        return true;
    }
    for (int task = 0; task < TASKS; task++) {
        if (w->flow.link_up && w->released[task]) {
            outbox_gets_confirmed(w, task);
            return true;
        }
    }
    return false;
}

static bool broker_refuses_result(struct world *w)
{
    if (!w->published)
        return false;
    w->published = false;
    step_kind(w, HF_FLOW_NACKED);
    return true;
}

static bool pause_ends(struct world *w)
{
    if (!w->retry)
        return false;
    w->retry = false;
    step_kind(w, HF_FLOW_RETRY_DUE);
    return true;
}

static bool pause(struct world *w)
{
    if (w->flow.paused)
        return false;
    step_kind(w, HF_FLOW_PAUSE);
    return true;
}

static bool resume(struct world *w)
{
    if (!w->flow.paused)
        return false;
    step_kind(w, HF_FLOW_RESUME);
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
    int fair; /* 1: good weather brings it; the order is that of the rows */
} happenings[] = {
    {"ack arrives", ack_arrives, 1},
    {"child exits", child_exits, 1},
    {"store succeeds", store_succeeds, 1},
    {"broker confirms", broker_confirms, 1},
    {"pause ends", pause_ends, 1},
    {"resume", resume, 1},
    {"A delivered", deliver_a, 1},
    {"B delivered", deliver_b, 1},
    {"C delivered", deliver_c, 1},
    {"link up", link_up, 1},
    {"B delivered, to be refused", deliver_b_to_be_refused, 0},
    {"link down", link_down, 0},
    {"store fails", store_fails, 0},
    {"broker refuses the result", broker_refuses_result, 0},
    {"pause", pause, 0},
    {"drain", drain, 0},
    {"stop", stop, 0},
    {"another program", child_makes_it_another_program, 0},
};
#define HAPPENINGS (sizeof happenings / sizeof *happenings)

/* In every state the slot waits for something that will come: nothing is stuck. */
static void judge_rest(const struct world *w)
{
    const struct hf_flow *flow = &w->flow;
    if (flow->left)
        return;
    const bool open = flow->link_up && !flow->paused && !flow->draining;
    if (flow->state == HF_FLOW_IDLE && open)
        expect(w->consumer[HF_FLOW_POOL] && w->consumer[HF_FLOW_OWN], "idle, linked and deaf");
    if (flow->state == HF_FLOW_RUNNING)
        expect(w->child != NOBODY, "waits for a child that is not there");
    if (flow->state == HF_FLOW_STORING)
        expect(w->storing || w->retry, "waits for a disk that was not asked");
    if (flow->state == HF_FLOW_REPORTED)
        expect(w->published || w->retry, "waits for a confirm of nothing");
    if (flow->draining && flow->state == HF_FLOW_IDLE)
        expect(flow->left, "drained and still here");
    for (int source = 0; source < HF_FLOW_SOURCES; source++)
        expect(flow->consuming[source] == w->consumer[source], "mistaken about its consumers");
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
    int used = snprintf(key, size, "%d%d%d%d%d%d%d%d%d %s %d %d %d|", (int)f->state, f->link_up,
                        f->consuming[0], f->consuming[1], f->paused, f->draining, f->left,
                        f->retrying, f->holding, f->task.id, (int)f->tag, (int)f->source,
                        f->holding ? (int)f->held_verdict : 0);
    for (int task = 0; task < TASKS; task++)
        used += snprintf(key + used, size - (size_t)used, "%d%d%d%d%d ", (int)w->place[task],
                         w->redelivered[task], w->ran[task], w->released[task], w->confirmed[task]);
    for (int source = 0; source < HF_FLOW_SOURCES; source++)
        used += snprintf(key + used, size - (size_t)used, "%d%d%d%d ", w->consumer[source],
                         w->late[source], w->unacked[source], w->ack_under_way[source]);
    (void)snprintf(key + used, size - (size_t)used, "%d %d %d %d%d%d%d%d%d%d%d", w->hand, w->held,
                   w->child, w->result, w->storing, w->stored, w->published, w->retry, w->drained,
                   w->stopped, w->became);
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
    char key[600];
    char other[600];
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

static void begin_walk(bool pipelined)
{
    states = calloc(STATES_MAX, sizeof *states);
    buckets = calloc(BUCKETS, sizeof *buckets);
    assert_non_null(states);
    assert_non_null(buckets);
    struct world start = {.unacked = {NOBODY, NOBODY},
                          .arriving = NOBODY,
                          .hand = NOBODY,
                          .held = NOBODY,
                          .child = NOBODY};
    hf_flow_init(&start.flow, true, pipelined);
    states_count = 1; /* 0 stands for "none" */
    wrong[0] = '\0';
    visit(&start, 0, 0);
}

static void end_walk(void)
{
    free(states);
    free(buckets);
}

static bool all_done(const struct world *w)
{
    for (int task = 0; task < TASKS; task++) {
        if (w->place[task] != DONE || !w->confirmed[task])
            return false;
    }
    return true;
}

/* A world without further trouble leads to every task done. */
static void judge_good_weather(const struct world *from)
{
    struct world w = *from;
    if (w.flow.draining)
        return;
    for (int turns = 0; turns < 100 && !all_done(&w); turns++) {
        for (size_t i = 0; i < HAPPENINGS && happenings[i].fair; i++) {
            if (happenings[i].happen(&w))
                break;
        }
    }
    expect(all_done(&w), "work is left over although nothing goes wrong any more");
}

static void walk(bool pipelined)
{
    size_t moves = 0;
    begin_walk(pipelined);
    for (size_t at = 1; at < states_count; at++) {
        for (size_t i = 0; i < HAPPENINGS && !states[at].world.flow.left; i++) {
            struct world w = states[at].world;
            if (!happenings[i].happen(&w))
                continue;
            moves++;
            judge_rest(&w);
            if (wrong[0] == '\0')
                judge_good_weather(&w);
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

static void every_order_of_events_keeps_the_promises(void **unused)
{
    (void)unused;
    walk(false);
}

static void so_it_does_when_acks_are_pipelined(void **unused)
{
    (void)unused;
    walk(true);
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
        cmocka_unit_test(every_order_of_events_keeps_the_promises),
        cmocka_unit_test(so_it_does_when_acks_are_pipelined),
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
