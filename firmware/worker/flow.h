#ifndef HF_WORKER_FLOW_H
#define HF_WORKER_FLOW_H

#include "wire/err.h"
#include "wire/ident.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What one slot of the worker does next: an event goes in, actions come out. Pure: no I/O, no
 * clock, no memory but the struct. The slot turns the world into events and actions into I/O, in
 * the order in which they stand.
 *
 *             delivered           exited          stored              confirmed: ACK, FORGET
 *      IDLE ────────────▶ RUNNING ──────▶ STORING ───────▶ REPORTED ─────────────────────▶ IDLE
 *        │  RUN                    STORE     ▲   │ PUBLISH    │
 *        └── delivered, refused: STORE ──────┘   │            │ link down: RELEASE
 *                                                │            ▼
 *                                 link is down: RELEASE ───▶ IDLE
 *
 * A child may end so that the worker has to become another program (BECOMES): then the slot leaves
 * at once and its delivery stays unacked, for that program.
 *
 * A released result belongs to the outbox (worker/outbox.h), which publishes it before anything
 * else when the link is back. The slot hears of a link only when no such result is left, so a
 * delivery whose result is known (verdict HF_FLOW_KNOWN) can be acked at once: the broker has it.
 * So can a copy of what is in hand by a delivery that stays unacked.
 *
 * What holds in every order of events (tests/unit/worker/test_flow.c walks them all):
 *   - a delivery is acked only after the broker has confirmed its result (with `pipelined`: only
 *     after its result is durable and the outbox's, which sends it in the same flight or, when the
 *     link has no room for it, as soon as there is);
 *   - one child at a time, and never a second one for a task whose result is known;
 *   - a result is never dropped before it is confirmed or released;
 *   - every delivery is worked on, adopted, acked as known or handed back: exactly one of these.
 *
 * Two queues are served, each with a prefetch of 1: the pool's, which other boards serve too, and
 * the board's own. While a task runs, the own queue may hold one delivery ready, which no other
 * board could take; the pool's may not: it is not consumed while the slot has other work, and what
 * comes all the same is handed back.
 *
 * While the link is down the child runs on. After it is back the queue that its task came from is
 * consumed although the slot is busy, so that the redelivery is *adopted* (new tag, same child).
 * Another task of the pool that comes instead shows that ours went to another board: the consumer
 * is cancelled before that task is handed back, so that it does not come again at once.
 */

enum hf_flow_source { HF_FLOW_POOL, HF_FLOW_OWN, HF_FLOW_SOURCES };

enum hf_flow_state {
    HF_FLOW_IDLE,
    HF_FLOW_RUNNING,  /* a child works */
    HF_FLOW_STORING,  /* its result is being made durable */
    HF_FLOW_REPORTED, /* published on this link, the broker's confirm is awaited */
    HF_FLOW_STATES
};

enum hf_flow_verdict {
    HF_FLOW_FIT,     /* to be run */
    HF_FLOW_REFUSED, /* not to be run: its result says why */
    HF_FLOW_KNOWN,   /* done, and its result stored; or a copy of what is in hand */
};

enum hf_flow_event_kind {
    HF_FLOW_LINK_UP,
    HF_FLOW_LINK_DOWN,
    HF_FLOW_DELIVERED, /* source, task, tag, verdict */
    HF_FLOW_EXITED,    /* the child is gone and its result known; or it could not be started */
    HF_FLOW_BECOMES,   /* the child is gone, and the worker becomes another program */
    HF_FLOW_STORE_OK,
    HF_FLOW_STORE_FAILED,
    HF_FLOW_CONFIRMED,
    HF_FLOW_NACKED, /* or returned: the broker did not keep the result */
    HF_FLOW_RETRY_DUE,
    HF_FLOW_PAUSE, /* take no more until RESUME */
    HF_FLOW_RESUME,
    HF_FLOW_DRAIN, /* finish what is in hand, take no more, leave */
    HF_FLOW_STOP,  /* leave now; the broker gives the task to another board */
    HF_FLOW_EVENTS
};

/* One attempt at one task. */
struct hf_flow_task {
    char id[HF_ID_MAX + 1]; /* empty: unreadable; such a one is never taken for another */
    uint32_t attempt;
};

struct hf_flow_event {
    enum hf_flow_event_kind kind;
    /* HF_FLOW_DELIVERED: the body is complete. */
    enum hf_flow_source source;
    struct hf_flow_task task;
    uint64_t tag; /* never 0 */
    enum hf_flow_verdict verdict;
};

enum hf_flow_action_kind {
    HF_FLOW_CONSUME,   /* source: begin to consume, prefetch 1 */
    HF_FLOW_CANCEL,    /* source: cancel the consumer */
    HF_FLOW_RUN,       /* start a child with the delivery in hand */
    HF_FLOW_REFUSE,    /* make the result that says why the delivery in hand is not run */
    HF_FLOW_ADMIT,     /* the delivery that came is the one in hand from now on */
    HF_FLOW_DISCARD,   /* the body of the delivery that came is not needed */
    HF_FLOW_HOLD,      /* keep the delivery that came for later */
    HF_FLOW_TAKE_HELD, /* the one kept is the one in hand from now on */
    HF_FLOW_DROP_HELD, /* the one kept is not needed */
    HF_FLOW_STORE,     /* make the result durable, then HF_FLOW_STORE_OK or _FAILED */
    HF_FLOW_PUBLISH,   /* publish the stored result */
    HF_FLOW_RELEASE,   /* the result is the outbox's from now on */
    HF_FLOW_RETRY,     /* give HF_FLOW_RETRY_DUE after a pause */
    HF_FLOW_ACK,       /* tag */
    HF_FLOW_HAND_BACK, /* tag: basic.reject with requeue */
    HF_FLOW_FORGET,    /* the result is confirmed: its bytes may go */
    HF_FLOW_KILL,      /* end the child now */
    HF_FLOW_LEAVE,     /* nothing in hand any more */
};

#define HF_FLOW_ACTIONS_MAX 8

struct hf_flow_action {
    enum hf_flow_action_kind kind;
    enum hf_flow_source source; /* HF_FLOW_CONSUME, HF_FLOW_CANCEL */
    uint64_t tag;               /* HF_FLOW_ACK, HF_FLOW_HAND_BACK */
};

struct hf_flow_actions {
    size_t count;
    struct hf_flow_action list[HF_FLOW_ACTIONS_MAX];
};

struct hf_flow {
    bool serves_own; /* set by hf_flow_init */
    bool pipelined;
    enum hf_flow_state state;
    bool link_up;
    bool consuming[HF_FLOW_SOURCES];
    bool paused;
    bool draining;
    bool left;                /* HF_FLOW_LEAVE was given: nothing moves any more */
    struct hf_flow_task task; /* in hand, unless IDLE */
    enum hf_flow_source source;
    uint64_t tag;  /* its live delivery; 0: none (the link dropped since) */
    bool retrying; /* HF_FLOW_RETRY was given, its RETRY_DUE is awaited */
    bool holding;  /* a delivery of the own queue waits */
    struct hf_flow_task held;
    uint64_t held_tag;
    enum hf_flow_verdict held_verdict;
};

/* `serves_own`: the board's own queue is consumed too. `pipelined`: ack in one flight with the
 * result, see PROTOCOL.md. */
void hf_flow_init(struct hf_flow *flow, bool serves_own, bool pipelined);

/*
 * One event. `out` is filled with what to do, in order; it may be empty.
 * HF_ERR_ILLEGAL: the event cannot happen in this state; nothing changes and `out` is empty.
 */
enum hf_err hf_flow_step(struct hf_flow *flow, const struct hf_flow_event *event,
                         struct hf_flow_actions *out);

/* "idle", "running", ...: static. */
const char *hf_flow_state_text(enum hf_flow_state state);

#endif
