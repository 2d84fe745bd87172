/*
 * Every state that the flow can reach in its world is visited, every event that can happen there is
 * tried, and every action is judged.
 */
#include "flow_happenings.h"

#include <stdlib.h>

#define STATES_MAX 400000
#define BUCKETS    (1 << 19)

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_events_keeps_the_promises),
        cmocka_unit_test(so_it_does_when_acks_are_pipelined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
