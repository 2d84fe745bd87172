#ifndef HF_WORKER_SLOT_H
#define HF_WORKER_SLOT_H

#include "link/session.h"
#include "worker/config.h"
#include "worker/flow.h"
#include "worker/intake.h"
#include "worker/report.h"
#include "worker/runner.h"
#include "worker/state.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Where one task at a time is worked on: what happens in the world becomes events for the flow,
 * and the flow's actions become I/O here. One AMQP channel of its own, prefetch 1.
 *
 * A result is kept in memory (and the spool) until the broker has confirmed it; it survives any
 * loss of the link, not of the process: then the broker still has the task.
 */

struct hf_slot {
    struct hf_flow flow;
    /* What the loop shows of it. */
    int64_t done, failed; /* results confirmed by the broker, with status done and any other */
    /* The slot's own. */
    const struct hf_config *config;
    const struct hf_state *state;
    struct hf_session *session;
    uint16_t channel, publish_channel;
    char queue[HF_CONFIG_TEXT_MAX + 1];
    const char *identity; /* user_id of what we publish */
    struct hf_intake intake;
    struct hf_task task; /* in hand, unless the flow is idle */
    struct hf_runner runner;
    struct hf_result result;
    struct hf_report report;
    int64_t retry_at_ms; /* INT64_MAX: none */
    int64_t now_ms;      /* of the call under way */
};

/* All of it is borrowed and must outlive the slot. Starts the runner's guard process. */
struct hf_slot_setup {
    const struct hf_config *config;
    const struct hf_state *state;
    struct hf_session *session;
    const char *identity;
    uint16_t channel, publish_channel;
};

void hf_slot_init(struct hf_slot *slot, const struct hf_slot_setup *setup);
void hf_slot_close(struct hf_slot *slot); /* ends a running child */

/* An event of the session: UP, DOWN, or one that is about this slot's channels. Others are let be.
 */
void hf_slot_session_event(struct hf_slot *slot, const struct hf_session_event *event,
                           int64_t now_ms);

/* After every poll(): the child, the pause before a retry. `fds` as hf_slot_pollfds filled them. */
void hf_slot_step(struct hf_slot *slot, int64_t now_ms, const struct pollfd *fds, size_t count);

/* Sends what is due of a result. True when something was sent: let the session turn again. */
bool hf_slot_send(struct hf_slot *slot, int64_t now_ms);

size_t hf_slot_pollfds(const struct hf_slot *slot, struct pollfd *fds, size_t max);
int64_t hf_slot_deadline(const struct hf_slot *slot);

void hf_slot_drain(struct hf_slot *slot, int64_t now_ms);
void hf_slot_stop(struct hf_slot *slot, int64_t now_ms);

#endif
