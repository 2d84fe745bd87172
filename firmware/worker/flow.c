#include "worker/flow.h"

#include <string.h>

typedef void move_fn(struct hf_flow *flow, const struct hf_flow_event *event,
                     struct hf_flow_actions *out);

static void put(struct hf_flow_actions *out, struct hf_flow_action action)
{
    out->list[out->count++] = action;
}

static void act(struct hf_flow_actions *out, enum hf_flow_action_kind kind)
{
    put(out, (struct hf_flow_action){.kind = kind});
}

static void act_on_tag(struct hf_flow_actions *out, enum hf_flow_action_kind kind, uint64_t tag)
{
    put(out, (struct hf_flow_action){.kind = kind, .tag = tag});
}

static bool same_task(const struct hf_flow_task *a, const struct hf_flow_task *b)
{
    return a->id[0] != '\0' && a->attempt == b->attempt && strcmp(a->id, b->id) == 0;
}

/* Consumers. */

static bool awaits_adoption(const struct hf_flow *flow)
{
    return flow->state != HF_FLOW_IDLE && flow->tag == 0;
}

static bool wants(const struct hf_flow *flow, enum hf_flow_source source)
{
    if (!flow->link_up || (source == HF_FLOW_OWN && !flow->serves_own))
        return false;
    if (awaits_adoption(flow) && flow->source == source)
        return true;
    if (flow->paused || flow->draining)
        return false;
    return source == HF_FLOW_OWN || (flow->state == HF_FLOW_IDLE && !flow->holding);
}

static void consume_what_is_wanted(struct hf_flow *flow, struct hf_flow_actions *out)
{
    for (enum hf_flow_source source = 0; source < HF_FLOW_SOURCES; source++) {
        if (!flow->consuming[source] && wants(flow, source)) {
            flow->consuming[source] = true;
            put(out, (struct hf_flow_action){.kind = HF_FLOW_CONSUME, .source = source});
        }
    }
}

static void stop_consuming(struct hf_flow *flow, enum hf_flow_source source,
                           struct hf_flow_actions *out)
{
    if (flow->consuming[source])
        put(out, (struct hf_flow_action){.kind = HF_FLOW_CANCEL, .source = source});
    flow->consuming[source] = false;
}

static void cancel_what_is_unwanted(struct hf_flow *flow, struct hf_flow_actions *out)
{
    for (enum hf_flow_source source = 0; source < HF_FLOW_SOURCES; source++) {
        if (!wants(flow, source))
            stop_consuming(flow, source, out);
    }
}

/* From delivery to result. */

static void begin(struct hf_flow *flow, enum hf_flow_verdict verdict, struct hf_flow_actions *out)
{
    if (verdict == HF_FLOW_REFUSED) {
        flow->state = HF_FLOW_STORING;
        act(out, HF_FLOW_REFUSE);
        act(out, HF_FLOW_STORE);
    } else {
        flow->state = HF_FLOW_RUNNING;
        act(out, HF_FLOW_RUN);
    }
}

static void begin_held(struct hf_flow *flow, struct hf_flow_actions *out)
{
    flow->task = flow->held;
    flow->tag = flow->held_tag;
    flow->source = HF_FLOW_OWN;
    flow->holding = false;
    act(out, HF_FLOW_TAKE_HELD);
    begin(flow, flow->held_verdict, out);
}

static void leave(struct hf_flow *flow, struct hf_flow_actions *out)
{
    flow->left = true;
    act(out, HF_FLOW_LEAVE);
}

/* The slot is free again. */
static void finish(struct hf_flow *flow, struct hf_flow_actions *out)
{
    memset(&flow->task, 0, sizeof flow->task);
    flow->tag = 0;
    flow->retrying = false;
    flow->state = HF_FLOW_IDLE;
    if (flow->draining)
        leave(flow, out);
    else if (flow->holding)
        begin_held(flow, out);
    else
        consume_what_is_wanted(flow, out);
}

static void hand_back(struct hf_flow *flow, const struct hf_flow_event *event,
                      struct hf_flow_actions *out)
{
    /* The cancel goes first: else the broker would give the same task to us again at once. */
    stop_consuming(flow, event->source, out);
    act(out, HF_FLOW_DISCARD);
    act_on_tag(out, HF_FLOW_HAND_BACK, event->tag);
}

static void hold(struct hf_flow *flow, const struct hf_flow_event *event,
                 struct hf_flow_actions *out)
{
    flow->holding = true;
    flow->held = event->task;
    flow->held_tag = event->tag;
    flow->held_verdict = event->verdict;
    act(out, HF_FLOW_HOLD);
}

static void admit(struct hf_flow *flow, const struct hf_flow_event *event,
                  struct hf_flow_actions *out)
{
    flow->task = event->task;
    flow->tag = event->tag;
    flow->source = event->source;
    if (event->source == HF_FLOW_OWN)
        stop_consuming(flow, HF_FLOW_POOL, out);
    act(out, HF_FLOW_ADMIT);
    begin(flow, event->verdict, out);
}

static void ack_known(const struct hf_flow_event *event, struct hf_flow_actions *out)
{
    act(out, HF_FLOW_DISCARD);
    act_on_tag(out, HF_FLOW_ACK, event->tag);
}

static void delivered_idle(struct hf_flow *flow, const struct hf_flow_event *event,
                           struct hf_flow_actions *out)
{
    if (event->verdict == HF_FLOW_KNOWN)
        ack_known(event, out);
    else if (flow->paused)
        hand_back(flow, event, out);
    else
        admit(flow, event, out);
}

static void delivered_busy(struct hf_flow *flow, const struct hf_flow_event *event,
                           struct hf_flow_actions *out)
{
    if (flow->tag == 0 && same_task(&flow->task, &event->task)) {
        flow->tag = event->tag;
        act(out, HF_FLOW_DISCARD);
        if (flow->paused || flow->draining)
            cancel_what_is_unwanted(flow, out);
    } else if (event->verdict == HF_FLOW_KNOWN) {
        ack_known(event, out);
    } else if (event->source == HF_FLOW_OWN && !flow->holding && !flow->paused && !flow->draining) {
        hold(flow, event, out);
    } else {
        hand_back(flow, event, out);
    }
}

static void exited(struct hf_flow *flow, const struct hf_flow_event *event,
                   struct hf_flow_actions *out)
{
    (void)event;
    flow->state = HF_FLOW_STORING;
    act(out, HF_FLOW_STORE);
}

/* Everything stays unacked: the broker gives it to the program that comes. */
static void becomes(struct hf_flow *flow, const struct hf_flow_event *event,
                    struct hf_flow_actions *out)
{
    (void)event;
    if (flow->holding)
        act(out, HF_FLOW_DROP_HELD);
    flow->holding = false;
    leave(flow, out);
}

static void stored(struct hf_flow *flow, const struct hf_flow_event *event,
                   struct hf_flow_actions *out)
{
    (void)event;
    if (flow->link_up)
        act(out, HF_FLOW_PUBLISH);
    /* Without a live delivery there is nothing to ack ahead: its redelivery may be on its way, and
     * must find the result either in hand or confirmed. */
    if (flow->link_up && (!flow->pipelined || flow->tag == 0)) {
        flow->state = HF_FLOW_REPORTED;
        return;
    }
    act(out, HF_FLOW_RELEASE);
    if (flow->tag != 0)
        act_on_tag(out, HF_FLOW_ACK, flow->tag);
    finish(flow, out);
}

static void ask_for_retry(struct hf_flow *flow, const struct hf_flow_event *event,
                          struct hf_flow_actions *out)
{
    (void)event;
    flow->retrying = true;
    act(out, HF_FLOW_RETRY);
}

static void retry(struct hf_flow *flow, const struct hf_flow_event *event,
                  struct hf_flow_actions *out)
{
    (void)event;
    if (!flow->retrying)
        return; /* what it was asked for is over */
    flow->retrying = false;
    act(out, flow->state == HF_FLOW_STORING ? HF_FLOW_STORE : HF_FLOW_PUBLISH);
}

static void confirmed(struct hf_flow *flow, const struct hf_flow_event *event,
                      struct hf_flow_actions *out)
{
    (void)event;
    if (flow->tag != 0)
        act_on_tag(out, HF_FLOW_ACK, flow->tag);
    act(out, HF_FLOW_FORGET);
    finish(flow, out);
}

/* The link. */

static void link_up(struct hf_flow *flow, const struct hf_flow_event *event,
                    struct hf_flow_actions *out)
{
    (void)event;
    flow->link_up = true;
    consume_what_is_wanted(flow, out);
}

static void link_down(struct hf_flow *flow, const struct hf_flow_event *event,
                      struct hf_flow_actions *out)
{
    (void)event;
    flow->link_up = false;
    flow->consuming[HF_FLOW_POOL] = flow->consuming[HF_FLOW_OWN] = false;
    flow->tag = 0;
    if (flow->holding)
        act(out, HF_FLOW_DROP_HELD);
    flow->holding = false;
    if (flow->state == HF_FLOW_REPORTED) {
        act(out, HF_FLOW_RELEASE);
        finish(flow, out);
    }
}

/* The end, and the pause. */

static void give_back_held(struct hf_flow *flow, struct hf_flow_actions *out)
{
    if (!flow->holding)
        return;
    act(out, HF_FLOW_DROP_HELD);
    act_on_tag(out, HF_FLOW_HAND_BACK, flow->held_tag);
    flow->holding = false;
}

static void pause(struct hf_flow *flow, const struct hf_flow_event *event,
                  struct hf_flow_actions *out)
{
    (void)event;
    flow->paused = true;
    cancel_what_is_unwanted(flow, out);
    give_back_held(flow, out);
}

static void resume(struct hf_flow *flow, const struct hf_flow_event *event,
                   struct hf_flow_actions *out)
{
    (void)event;
    flow->paused = false;
    consume_what_is_wanted(flow, out);
}

static void drain(struct hf_flow *flow, const struct hf_flow_event *event,
                  struct hf_flow_actions *out)
{
    (void)event;
    flow->draining = true;
    cancel_what_is_unwanted(flow, out);
    give_back_held(flow, out);
    if (flow->state == HF_FLOW_IDLE)
        leave(flow, out);
}

static void stop(struct hf_flow *flow, const struct hf_flow_event *event,
                 struct hf_flow_actions *out)
{
    (void)event;
    if (flow->state == HF_FLOW_RUNNING)
        act(out, HF_FLOW_KILL);
    leave(flow, out);
}

static void nothing(struct hf_flow *flow, const struct hf_flow_event *event,
                    struct hf_flow_actions *out)
{
    (void)flow;
    (void)event;
    (void)out;
}

/* The legal moves. What is not here cannot happen. */
#define IN_EVERY_STATE                                                                             \
    [HF_FLOW_LINK_UP] = link_up, [HF_FLOW_LINK_DOWN] = link_down, [HF_FLOW_PAUSE] = pause,         \
    [HF_FLOW_RESUME] = resume, [HF_FLOW_DRAIN] = drain, [HF_FLOW_STOP] = stop

static move_fn *const moves[HF_FLOW_STATES][HF_FLOW_EVENTS] = {
    [HF_FLOW_IDLE] =
        {
            IN_EVERY_STATE,
            [HF_FLOW_DELIVERED] = delivered_idle,
            [HF_FLOW_RETRY_DUE] = nothing,
        },
    [HF_FLOW_RUNNING] =
        {
            IN_EVERY_STATE,
            [HF_FLOW_DELIVERED] = delivered_busy,
            [HF_FLOW_EXITED] = exited,
            [HF_FLOW_BECOMES] = becomes,
            [HF_FLOW_RETRY_DUE] = nothing,
        },
    [HF_FLOW_STORING] =
        {
            IN_EVERY_STATE,
            [HF_FLOW_DELIVERED] = delivered_busy,
            [HF_FLOW_STORE_OK] = stored,
            [HF_FLOW_STORE_FAILED] = ask_for_retry,
            [HF_FLOW_RETRY_DUE] = retry,
        },
    [HF_FLOW_REPORTED] =
        {
            IN_EVERY_STATE,
            [HF_FLOW_DELIVERED] = delivered_busy,
            [HF_FLOW_CONFIRMED] = confirmed,
            [HF_FLOW_NACKED] = ask_for_retry,
            [HF_FLOW_RETRY_DUE] = retry,
        },
};

void hf_flow_init(struct hf_flow *flow, bool serves_own, bool pipelined)
{
    memset(flow, 0, sizeof *flow);
    flow->serves_own = serves_own;
    flow->pipelined = pipelined;
}

static bool link_allows(const struct hf_flow *flow, enum hf_flow_event_kind kind)
{
    if (kind == HF_FLOW_LINK_UP)
        return !flow->link_up;
    if (kind == HF_FLOW_LINK_DOWN || kind == HF_FLOW_DELIVERED)
        return flow->link_up;
    return true;
}

enum hf_err hf_flow_step(struct hf_flow *flow, const struct hf_flow_event *event,
                         struct hf_flow_actions *out)
{
    out->count = 0;
    if (flow->left || event->kind >= HF_FLOW_EVENTS)
        return HF_ERR_ILLEGAL;
    move_fn *move = moves[flow->state][event->kind];
    if (move == NULL || !link_allows(flow, event->kind))
        return HF_ERR_ILLEGAL;
    move(flow, event, out);
    return HF_ERR_OK;
}

const char *hf_flow_state_text(enum hf_flow_state state)
{
    static const char *const texts[] = {"idle", "running", "storing", "reported"};
    return state < HF_FLOW_STATES ? texts[state] : "?";
}
