#ifndef HF_TEST_WORKER_FLOW_WORLD_H
#define HF_TEST_WORKER_FLOW_WORLD_H

#include "../cmocka_all.h"
#include "worker/flow.h"

#include <stdio.h>
#include <string.h>

/*
 * A model of the world around the flow: a broker with the queue of a pool and the board's own, a
 * link that drops between any two events, a child, a disk that fails, a broker that refuses
 * results. It does what the flow asks, and judges whether it may.
 */

enum { A, B, C, TASKS }; /* A and B are the pool's, B is refused at will; C is the board's own */

#define NOBODY (-1)

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

#endif
