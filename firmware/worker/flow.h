#ifndef HF_WORKER_FLOW_H
#define HF_WORKER_FLOW_H

#include "wire/err.h"
#include "wire/ident.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What one slot of the worker does next: an event goes in, actions come out. Pure: no I/O, no
 * clock, no memory but the struct. The loop turns the world into events and actions into I/O, in
 * the order in which they stand.
 *
 *              delivered          exited           stored            confirmed: ACK
 *      IDLE ────────────▶ RUNNING ──────▶ STORING ──────▶ REPORTED ──────────────────▶ IDLE
 *        │  RUN                    STORE     ▲    PUBLISH    │  ▲
 *        │                                   │               │  │ link up, retry due: PUBLISH
 *        └── delivered, refused: STORE ──────┘     link down,▼  │
 *                                                  nacked   STORED
 *
 * What holds in every order of events (tests/unit/worker/test_flow.c walks them all):
 *   - a delivery is acked only after the broker has confirmed its result;
 *   - one child at a time, and never a second one for a delivery whose result is known;
 *   - a stored result is published until it is confirmed, however often the link drops;
 *   - a delivery that is neither worked on nor adopted is handed back, once.
 *
 * While the link is down the child runs on. After it is back the slot consumes again although it
 * is busy, so that the redelivery of its own task is *adopted* (new tag, same child). Another task
 * that comes instead shows that its own went elsewhere: the consumer is cancelled first, so that
 * the task handed back goes to another board, and consuming begins again when the slot is free.
 *
 * The last task finished is remembered: if its ack was lost with the link, its redelivery is acked
 * again without running.
 */

enum hf_flow_state {
    HF_FLOW_IDLE,
    HF_FLOW_RUNNING,  /* a child works */
    HF_FLOW_STORING,  /* its result is being made durable */
    HF_FLOW_STORED,   /* durable, not with the broker */
    HF_FLOW_REPORTED, /* published, the broker's confirm is awaited */
    HF_FLOW_STATES
};

enum hf_flow_event_kind {
    HF_FLOW_LINK_UP,
    HF_FLOW_LINK_DOWN,
    HF_FLOW_DELIVERED, /* id, attempt, tag, redelivered, refused */
    HF_FLOW_EXITED,    /* the child is gone and its result known; or it could not be started */
    HF_FLOW_STORE_OK,
    HF_FLOW_STORE_FAILED,
    HF_FLOW_CONFIRMED,
    HF_FLOW_NACKED, /* or returned: the broker did not keep the result */
    HF_FLOW_RETRY_DUE,
    HF_FLOW_DRAIN, /* finish what is in hand, take no more, leave */
    HF_FLOW_STOP,  /* leave now; the broker gives the task to another board */
    HF_FLOW_EVENTS
};

struct hf_flow_event {
    enum hf_flow_event_kind kind;
    /* HF_FLOW_DELIVERED: the body is complete. */
    const char *id; /* at most HF_ID_MAX bytes */
    uint32_t attempt;
    uint64_t tag;
    bool redelivered;
    bool refused; /* it will not be run: its result says why */
};

enum hf_flow_action_kind {
    HF_FLOW_CONSUME,   /* ask the broker for one delivery */
    HF_FLOW_CANCEL,    /* cancel the consumer */
    HF_FLOW_RUN,       /* start a child with the delivery that came */
    HF_FLOW_REFUSE,    /* make the result that says why it is not run */
    HF_FLOW_DISCARD,   /* the body of the delivery that came is not needed */
    HF_FLOW_STORE,     /* make the result durable, then HF_FLOW_STORE_OK or _FAILED */
    HF_FLOW_PUBLISH,   /* publish the stored result, from its beginning */
    HF_FLOW_RETRY,     /* give HF_FLOW_RETRY_DUE after a pause */
    HF_FLOW_ACK,       /* tag */
    HF_FLOW_HAND_BACK, /* tag: basic.reject with requeue */
    HF_FLOW_FORGET,    /* the result is confirmed: its bytes may go */
    HF_FLOW_KILL,      /* end the child now */
    HF_FLOW_LEAVE,     /* nothing in hand any more: close the connection and exit */
};

#define HF_FLOW_ACTIONS_MAX 4

struct hf_flow_actions {
    size_t count;
    struct {
        enum hf_flow_action_kind kind;
        uint64_t tag; /* HF_FLOW_ACK, HF_FLOW_HAND_BACK */
    } list[HF_FLOW_ACTIONS_MAX];
};

/* One attempt at one task. */
struct hf_flow_task {
    char id[HF_ID_MAX + 1];
    uint32_t attempt;
};

struct hf_flow {
    enum hf_flow_state state;
    bool link_up;
    bool consuming;
    bool draining;
    bool left;                /* HF_FLOW_LEAVE was given: nothing moves any more */
    struct hf_flow_task task; /* in hand, unless IDLE */
    uint64_t tag;             /* its live delivery; 0: none (the link dropped since) */
    struct hf_flow_task last; /* finished and confirmed before; empty id: none */
};

void hf_flow_init(struct hf_flow *flow);

/*
 * One event. `out` is filled with what to do, in order; it may be empty.
 * HF_ERR_ILLEGAL: the event cannot happen in this state; nothing changes and `out` is empty.
 */
enum hf_err hf_flow_step(struct hf_flow *flow, const struct hf_flow_event *event,
                         struct hf_flow_actions *out);

/* "idle", "running", ...: static. */
const char *hf_flow_state_text(enum hf_flow_state state);

#endif
