#ifndef HF_WORKER_SLOT_H
#define HF_WORKER_SLOT_H

#include "link/session.h"
#include "worker/config.h"
#include "worker/confine.h"
#include "worker/flow.h"
#include "worker/intake.h"
#include "worker/journal.h"
#include "worker/outbox.h"
#include "worker/runner.h"
#include "worker/state.h"
#include "worker/timefloor.h"
#include "worker/tombstones.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Where one task at a time is worked on: what happens in the world becomes events for the flow,
 * and the flow's actions become I/O here. One AMQP channel of its own, on which the pool's queue
 * and the board's own are consumed with a prefetch of 1 each.
 */

/* What all slots of a worker share; borrowed, must outlive them. */
struct hf_slot_shared {
    const struct hf_config *config;
    const char *config_path;
    int monitor_fd; /* worker/monitor.h; -1: there is none */
    const struct hf_state *state;
    const char *pushed; /* folder of handlers that come before those of the settings, or "" */
    struct hf_confine *confine; /* NULL: handlers are not confined */
    struct hf_session *session;
    struct hf_journal *journal;
    struct hf_outbox *outbox;
    const struct hf_tombstones *tombstones;
    const struct hf_timefloor *timefloor;
    const struct hf_verifier *manager; /* whose signature tasks must bear; NULL: none */
    struct hf_signer *signer;          /* of results; NULL: they are not signed */
    const char *identity;              /* user_id of what is published */
    uint64_t first_sequence;           /* in the journal, of this life of the worker */
    int64_t done, failed; /* results confirmed by the broker, with status done and any other */
    bool wants_reload;    /* an upkeep task asks for it */
    bool becomes;         /* likewise: the worker is to become another program */
};

struct hf_slot {
    struct hf_flow flow;
    struct hf_task task; /* in hand, unless the flow is idle */
    struct hf_runner runner;
    const struct hf_upkeep_row *upkeep; /* what was started last; NULL: a handler */
    /* The slot's own. */
    struct hf_slot_shared *shared;
    int index;
    uint16_t channel;
    char queues[HF_FLOW_SOURCES][HF_CONFIG_TEXT_MAX + 1];
    struct hf_intake_trust trust[HF_FLOW_SOURCES];
    struct hf_intake intake; /* the delivery that comes in */
    struct hf_intake held;   /* one of the own queue that waits */
    struct hf_intake *hand;  /* the one of both that is taken up now */
    struct hf_result result;
    bool copy;                         /* the delivery being answered: of what is in hand */
    bool untold;                       /* that the task in hand has ended is not in the log yet */
    bool store_paused;                 /* the result in hand could not be stored yet */
    struct hf_journal_writing writing; /* of the result in hand, while it takes several turns */
    /* Results' numbers in the journal, 0: none. */
    uint64_t sequence;                /* of the one in hand */
    uint64_t known;                   /* of the delivery that is being answered */
    uint64_t acked[HF_FLOW_SOURCES];  /* whose delivery was acked last; 0 when that has arrived */
    int64_t retry_at_ms;              /* INT64_MAX: none */
    int64_t now_ms;                   /* of the call under way */
    char work[HF_STATE_PATH_MAX + 1]; /* folder that its handlers run in */
};

/* Starts the runner's guard process. HF_ERR_*: the slot's work folder cannot be made. */
enum hf_err hf_slot_init(struct hf_slot *slot, struct hf_slot_shared *shared, int index,
                         uint16_t channel, struct hf_fault *fault);
void hf_slot_close(struct hf_slot *slot); /* ends a running child */

/* The link is up and the outbox has no orphan left; the link is down. */
void hf_slot_link_up(struct hf_slot *slot, int64_t now_ms);
void hf_slot_link_down(struct hf_slot *slot, int64_t now_ms);

/*
 * A DELIVERY, BODY or DELIVERED event of this slot's channel. `peers` are all slots of the worker:
 * a redelivery of what runs in one of the others is adopted there.
 */
void hf_slot_delivery(struct hf_slot *slot, const struct hf_session_event *event,
                      struct hf_slot *peers, size_t peer_count, int64_t now_ms);

/* The outbox had its answer for this slot's result. */
void hf_slot_settled(struct hf_slot *slot, bool kept, int64_t now_ms);

/* After every poll(): the child, the pause before a retry. `fds` as hf_slot_pollfds filled them. */
void hf_slot_step(struct hf_slot *slot, int64_t now_ms, const struct pollfd *fds, size_t count);

/* At the end of a turn: what has ended in it is logged, now that its result is on its way. */
void hf_slot_tell(struct hf_slot *slot);

size_t hf_slot_pollfds(const struct hf_slot *slot, struct pollfd *fds, size_t max);
int64_t hf_slot_deadline(const struct hf_slot *slot);

/* HF_FLOW_PAUSE, HF_FLOW_RESUME, HF_FLOW_DRAIN or HF_FLOW_STOP. */
void hf_slot_order(struct hf_slot *slot, enum hf_flow_event_kind order, int64_t now_ms);

/* Ends the task that is in hand, if it is meant. True: it was, and ends as cancelled. */
bool hf_slot_cancel(struct hf_slot *slot, const struct hf_tombstone *stone, int64_t now_ms);

#endif
