#ifndef HF_MANAGER_CONTROL_H
#define HF_MANAGER_CONTROL_H

#include "link/session.h"
#include "pki/seal_key.h"
#include "wire/control.h"
#include "wire/topology.h"

/*
 * Commands on their way to boards: published to hf.control on a channel of their own, with
 * confirms. One that was given stays here until the broker has it, across lost links; a second
 * time does no harm (wire/control.h). What boards answer comes as events (manager/events.h).
 *
 * Pure but for the session. Bounded: HF_CONTROLS_MAX at a time. Driven by the caller's poll loop.
 */

#define HF_CONTROLS_MAX 64

enum hf_control_fate {
    HF_CONTROL_WAITS,  /* to be sent, now or after a lost link */
    HF_CONTROL_SENT,   /* not confirmed yet */
    HF_CONTROL_STORED, /* in the queues of those it is for */
    HF_CONTROL_NOBODY, /* no queue took it: no such board or pool was enrolled */
};

struct hf_control_order {
    struct hf_control control; /* `id` and `time_ms` are set here */
    char key[HF_ROUTE_MAX + 1];
    enum hf_control_fate fate;
    uint64_t sequence;
};

struct hf_controls {
    struct hf_session *session;    /* NULL: down */
    struct hf_seal_signer *signer; /* borrowed, set by the caller; NULL: they go unsigned */
    uint16_t channel;
    size_t count;
    struct hf_control_order list[HF_CONTROLS_MAX];
};

void hf_controls_init(struct hf_controls *controls, uint16_t channel);

void hf_controls_begin(struct hf_controls *controls, struct hf_session *session);
void hf_controls_lost(struct hf_controls *controls);

/*
 * Takes a command for `key` ("device.<board>", "pool.<pool>" or "all") and gives it an id, which
 * is copied to `id` when that is not NULL. Those that are settled make room. HF_ERR_BUSY: full.
 * HF_ERR_INVALID: a command that cannot be sent.
 */
enum hf_err hf_controls_add(struct hf_controls *controls, const struct hf_control *control,
                            const char *key, char id[HF_ID_MAX + 1], struct hf_fault *fault);

/* CONFIRMED, NACKED and RETURNED on its channel; others are ignored. */
void hf_controls_event(struct hf_controls *controls, const struct hf_session_event *event);

/* Sends what waits, as far as there is room. */
void hf_controls_step(struct hf_controls *controls, int64_t unix_ms);

/* Whether the broker's word on all of them is known. */
bool hf_controls_settled(const struct hf_controls *controls);

/* NULL: it is not here (any more). */
const struct hf_control_order *hf_controls_find(const struct hf_controls *controls, const char *id);

#endif
