#ifndef HF_WORKER_SLOT_INTERNAL_H
#define HF_WORKER_SLOT_INTERNAL_H

#include "worker/slot.h"

/*
 * What the parts of a slot share; nobody else's.
 *
 *   slot.c           the flow's actions: consume, run, store, publish, ack
 *   slot_run.c       a task's start
 *   slot_delivery.c  what comes in: whose it is, whether its result is known, what the flow is told
 */

/* The flow sees one number for a delivery: its tag and the channel that it is good on. */
#define HF_SLOT_TAG_BITS 48

static inline uint64_t hf_slot_pack_tag(uint16_t channel, uint64_t tag)
{
    return (uint64_t)channel << HF_SLOT_TAG_BITS | tag;
}

/* Takes the flow one event on and does what it asks for. */
void hf_slot_happen(struct hf_slot *slot, const struct hf_flow_event *event);
void hf_slot_happen_kind(struct hf_slot *slot, enum hf_flow_event_kind kind);

/* A child for the delivery in hand, or else a result that says why not. */
void hf_slot_run(struct hf_slot *slot);

/* The child's end has become the result in hand. */
void hf_slot_ended(struct hf_slot *slot);

/* The result in hand: a task that is not run. */
void hf_slot_refuse(struct hf_slot *slot, enum hf_status status, const char *reason);

#endif
