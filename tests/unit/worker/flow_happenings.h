#ifndef HF_TEST_WORKER_FLOW_HAPPENINGS_H
#define HF_TEST_WORKER_FLOW_HAPPENINGS_H

#include "flow_world.h"

/* What can happen in that world. Each returns false where it cannot. */

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

#endif
