#include "worker/flow.h"

#include <string.h>

typedef void move_fn(struct hf_flow *flow, const struct hf_flow_event *event,
                     struct hf_flow_actions *out);

static void act(struct hf_flow_actions *out, enum hf_flow_action_kind kind, uint64_t tag)
{
    out->list[out->count].kind = kind;
    out->list[out->count].tag = tag;
    out->count++;
}

/* A task without a readable id is never taken for another. */
static bool same_task(const struct hf_flow_task *task, const struct hf_flow_event *event)
{
    return task->id[0] != '\0' && task->attempt == event->attempt &&
           strcmp(task->id, event->id) == 0;
}

static void consume(struct hf_flow *flow, struct hf_flow_actions *out)
{
    if (flow->link_up && !flow->consuming) {
        flow->consuming = true;
        act(out, HF_FLOW_CONSUME, 0);
    }
}

static void stop_consuming(struct hf_flow *flow, struct hf_flow_actions *out)
{
    if (flow->consuming)
        act(out, HF_FLOW_CANCEL, 0);
    flow->consuming = false;
}

static void leave(struct hf_flow *flow, struct hf_flow_actions *out)
{
    flow->left = true;
    act(out, HF_FLOW_LEAVE, 0);
}

static void publish(struct hf_flow *flow, struct hf_flow_actions *out)
{
    flow->state = HF_FLOW_REPORTED;
    act(out, HF_FLOW_PUBLISH, 0);
}

/* The link. */

static void up_idle(struct hf_flow *flow, const struct hf_flow_event *event,
                    struct hf_flow_actions *out)
{
    (void)event;
    flow->link_up = true;
    consume(flow, out);
}

static void up_stored(struct hf_flow *flow, const struct hf_flow_event *event,
                      struct hf_flow_actions *out)
{
    up_idle(flow, event, out);
    publish(flow, out);
}

static void down(struct hf_flow *flow, const struct hf_flow_event *event,
                 struct hf_flow_actions *out)
{
    (void)event;
    (void)out;
    flow->link_up = false;
    flow->consuming = false;
    flow->tag = 0;
    if (flow->state == HF_FLOW_REPORTED)
        flow->state = HF_FLOW_STORED;
}

/* A delivery. */

static void hand_back(struct hf_flow *flow, const struct hf_flow_event *event,
                      struct hf_flow_actions *out)
{
    /* The cancel goes first: else the broker would give the same task to us again at once. */
    stop_consuming(flow, out);
    act(out, HF_FLOW_DISCARD, 0);
    act(out, HF_FLOW_HAND_BACK, event->tag);
}

static void begin(struct hf_flow *flow, const struct hf_flow_event *event,
                  struct hf_flow_actions *out)
{
    if (flow->draining) {
        hand_back(flow, event, out);
        return;
    }
    if (event->redelivered && same_task(&flow->last, event)) {
        act(out, HF_FLOW_DISCARD, 0);
        act(out, HF_FLOW_ACK, event->tag);
        return;
    }
    strncpy(flow->task.id, event->id, HF_ID_MAX);
    flow->task.id[HF_ID_MAX] = '\0';
    flow->task.attempt = event->attempt;
    flow->tag = event->tag;
    if (event->refused) {
        flow->state = HF_FLOW_STORING;
        act(out, HF_FLOW_REFUSE, 0);
        act(out, HF_FLOW_STORE, 0);
    } else {
        flow->state = HF_FLOW_RUNNING;
        act(out, HF_FLOW_RUN, 0);
    }
}

static void adopt(struct hf_flow *flow, const struct hf_flow_event *event,
                  struct hf_flow_actions *out)
{
    if (flow->tag != 0 || !same_task(&flow->task, event)) {
        hand_back(flow, event, out);
        return;
    }
    flow->tag = event->tag;
    act(out, HF_FLOW_DISCARD, 0);
    if (flow->draining)
        stop_consuming(flow, out);
}

/* The child and its result. */

static void exited(struct hf_flow *flow, const struct hf_flow_event *event,
                   struct hf_flow_actions *out)
{
    (void)event;
    flow->state = HF_FLOW_STORING;
    act(out, HF_FLOW_STORE, 0);
}

static void stored(struct hf_flow *flow, const struct hf_flow_event *event,
                   struct hf_flow_actions *out)
{
    (void)event;
    flow->state = HF_FLOW_STORED;
    if (flow->link_up)
        publish(flow, out);
}

static void pause_then_retry(struct hf_flow *flow, const struct hf_flow_event *event,
                             struct hf_flow_actions *out)
{
    (void)event;
    if (flow->state == HF_FLOW_REPORTED)
        flow->state = HF_FLOW_STORED;
    act(out, HF_FLOW_RETRY, 0);
}

static void store_again(struct hf_flow *flow, const struct hf_flow_event *event,
                        struct hf_flow_actions *out)
{
    (void)flow;
    (void)event;
    act(out, HF_FLOW_STORE, 0);
}

static void publish_again(struct hf_flow *flow, const struct hf_flow_event *event,
                          struct hf_flow_actions *out)
{
    (void)event;
    if (flow->link_up)
        publish(flow, out);
}

static void confirmed(struct hf_flow *flow, const struct hf_flow_event *event,
                      struct hf_flow_actions *out)
{
    (void)event;
    if (flow->tag != 0)
        act(out, HF_FLOW_ACK, flow->tag);
    act(out, HF_FLOW_FORGET, 0);
    flow->last = flow->task;
    memset(&flow->task, 0, sizeof flow->task);
    flow->tag = 0;
    flow->state = HF_FLOW_IDLE;
    if (flow->draining)
        leave(flow, out);
    else
        consume(flow, out);
}

/* The end. */

static void drain_idle(struct hf_flow *flow, const struct hf_flow_event *event,
                       struct hf_flow_actions *out)
{
    (void)event;
    flow->draining = true;
    stop_consuming(flow, out);
    leave(flow, out);
}

/* The consumer stays only where the redelivery of the task in hand may still come. */
static void drain_busy(struct hf_flow *flow, const struct hf_flow_event *event,
                       struct hf_flow_actions *out)
{
    (void)event;
    flow->draining = true;
    if (flow->tag != 0)
        stop_consuming(flow, out);
}

static void stop(struct hf_flow *flow, const struct hf_flow_event *event,
                 struct hf_flow_actions *out)
{
    (void)event;
    if (flow->state == HF_FLOW_RUNNING)
        act(out, HF_FLOW_KILL, 0);
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
static move_fn *const moves[HF_FLOW_STATES][HF_FLOW_EVENTS] = {
    [HF_FLOW_IDLE] =
        {
            [HF_FLOW_LINK_UP] = up_idle,
            [HF_FLOW_LINK_DOWN] = down,
            [HF_FLOW_DELIVERED] = begin,
            [HF_FLOW_RETRY_DUE] = nothing,
            [HF_FLOW_DRAIN] = drain_idle,
            [HF_FLOW_STOP] = stop,
        },
    [HF_FLOW_RUNNING] =
        {
            [HF_FLOW_LINK_UP] = up_idle,
            [HF_FLOW_LINK_DOWN] = down,
            [HF_FLOW_DELIVERED] = adopt,
            [HF_FLOW_EXITED] = exited,
            [HF_FLOW_RETRY_DUE] = nothing,
            [HF_FLOW_DRAIN] = drain_busy,
            [HF_FLOW_STOP] = stop,
        },
    [HF_FLOW_STORING] =
        {
            [HF_FLOW_LINK_UP] = up_idle,
            [HF_FLOW_LINK_DOWN] = down,
            [HF_FLOW_DELIVERED] = adopt,
            [HF_FLOW_STORE_OK] = stored,
            [HF_FLOW_STORE_FAILED] = pause_then_retry,
            [HF_FLOW_RETRY_DUE] = store_again,
            [HF_FLOW_DRAIN] = drain_busy,
            [HF_FLOW_STOP] = stop,
        },
    [HF_FLOW_STORED] =
        {
            [HF_FLOW_LINK_UP] = up_stored,
            [HF_FLOW_LINK_DOWN] = down,
            [HF_FLOW_DELIVERED] = adopt,
            [HF_FLOW_RETRY_DUE] = publish_again,
            [HF_FLOW_DRAIN] = drain_busy,
            [HF_FLOW_STOP] = stop,
        },
    [HF_FLOW_REPORTED] =
        {
            [HF_FLOW_LINK_DOWN] = down,
            [HF_FLOW_DELIVERED] = adopt,
            [HF_FLOW_CONFIRMED] = confirmed,
            [HF_FLOW_NACKED] = pause_then_retry,
            [HF_FLOW_RETRY_DUE] = nothing,
            [HF_FLOW_DRAIN] = drain_busy,
            [HF_FLOW_STOP] = stop,
        },
};

void hf_flow_init(struct hf_flow *flow)
{
    memset(flow, 0, sizeof *flow);
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
    static const char *const texts[] = {"idle", "running", "storing", "stored", "reported"};
    return state < HF_FLOW_STATES ? texts[state] : "?";
}
