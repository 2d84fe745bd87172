#include "link/clock.h"
#include "link/log.h"
#include "worker/slot_internal.h"

#include <inttypes.h>
#include <string.h>

/*
 * Of a task whose result the broker has already, or gets (pipelined), the result's sequence; 0: it
 * is to be run. A redelivery says so itself; but a broker that was killed hands out again what was
 * unacked as if it were new, so an ack of this life that is not known to have arrived counts as
 * well. Otherwise the same id is somebody's new task.
 */
static uint64_t known_as(const struct hf_slot *slot, const struct hf_intake *intake)
{
    const struct hf_journal_entry *entry =
        hf_journal_find(slot->shared->journal, intake->task.id, intake->task.attempt);
    if (entry == NULL || intake->task.id[0] == '\0')
        return 0;
    /* Nobody signs one attempt twice: who brings it again would have it run again. */
    if (slot->shared->manager != NULL && (entry->confirmed || slot->flow.pipelined))
        return entry->sequence;
    if (entry->confirmed && (intake->redelivered ||
                             (!entry->settled && entry->sequence >= slot->shared->first_sequence)))
        return entry->sequence;
    return 0;
}

static bool is_same(const struct hf_flow_task *task, const struct hf_intake *intake)
{
    return task->attempt == intake->task.attempt && strcmp(task->id, intake->task.id) == 0 &&
           intake->task.id[0] != '\0';
}

static bool awaits(const struct hf_slot *slot, const struct hf_intake *intake)
{
    return slot->flow.state != HF_FLOW_IDLE && slot->flow.tag == 0 &&
           is_same(&slot->flow.task, intake);
}

/* By another delivery that is not acked yet. Of one that was delivered before the broker may have
 * taken that back: then this is the only one, and not to be acked. */
static bool is_copy(const struct hf_intake *intake, const struct hf_slot *peers, size_t peer_count)
{
    if (intake->redelivered)
        return false;
    for (size_t i = 0; i < peer_count; i++) {
        const struct hf_flow *flow = &peers[i].flow;
        if ((flow->state != HF_FLOW_IDLE && flow->tag != 0 && is_same(&flow->task, intake)) ||
            (flow->holding && is_same(&flow->held, intake)))
            return true;
    }
    return false;
}

/* The one that runs it since before the link was lost; NULL: none. */
static struct hf_slot *adopter_of(const struct hf_intake *intake, struct hf_slot *peers,
                                  size_t peer_count)
{
    for (size_t i = 0; i < peer_count; i++) {
        if (awaits(&peers[i], intake))
            return &peers[i];
    }
    return NULL;
}

static void judge_tombstones(struct hf_slot *slot, struct hf_intake *intake, int64_t unix_ms)
{
    if (intake->verdict == HF_STATUS_DONE &&
        hf_tombstones_cover(slot->shared->tombstones, &intake->task, unix_ms))
        hf_intake_turn_down(intake, HF_STATUS_CANCELLED, "cancelled before it started");
}

static void delivered(struct hf_slot *slot, struct hf_slot *peers, size_t peer_count)
{
    struct hf_intake *intake = &slot->intake;
    const int64_t unix_ms =
        hf_timefloor_now(slot->shared->timefloor, hf_clock_unix_ms(), slot->now_ms).floor_ms;
    hf_intake_end(intake, slot->shared->config, unix_ms);
    judge_tombstones(slot, intake, unix_ms);
    slot->known = known_as(slot, intake);
    slot->copy = slot->shared->manager != NULL && is_copy(intake, peers, peer_count);
    const bool known = slot->known != 0 || slot->copy;
    struct hf_flow_event event = {
        .kind = HF_FLOW_DELIVERED,
        .source = intake->source,
        .tag = hf_slot_pack_tag(slot->channel, intake->tag),
        .verdict = known                               ? HF_FLOW_KNOWN
                   : intake->verdict == HF_STATUS_DONE ? HF_FLOW_FIT
                                                       : HF_FLOW_REFUSED,
        .task.attempt = intake->task.attempt,
    };
    memcpy(event.task.id, intake->task.id, sizeof event.task.id);
    struct hf_slot *taker = adopter_of(intake, peers, peer_count);
    if (taker != NULL || known)
        hf_log(HF_LOG_INFO, taker != NULL ? "task.adopted" : "task.known",
               "task=%s attempt=%" PRIu32, intake->task.id, intake->task.attempt);
    if (taker == NULL)
        taker = slot;
    taker->now_ms = slot->now_ms;
    hf_slot_happen(taker, &event);
    slot->known = 0;
    slot->copy = false;
    if (taker != slot)
        hf_intake_clear(intake);
}

void hf_slot_delivery(struct hf_slot *slot, const struct hf_session_event *event,
                      struct hf_slot *peers, size_t peer_count, int64_t now_ms)
{
    slot->now_ms = now_ms;
    switch ((int)event->kind) {
    case HF_SESSION_DELIVERY:
        hf_intake_begin(&slot->intake, slot->shared->config, event);
        slot->intake.source = hf_str_equal(event->queue, hf_str(slot->queues[HF_FLOW_OWN]))
                                  ? HF_FLOW_OWN
                                  : HF_FLOW_POOL;
        /* The next delivery of a queue with a prefetch of 1: the last ack has arrived. */
        hf_journal_settled(slot->shared->journal, slot->acked[slot->intake.source]);
        slot->acked[slot->intake.source] = 0;
        slot->intake.trust =
            slot->shared->manager != NULL ? &slot->trust[slot->intake.source] : NULL;
        break;
    case HF_SESSION_BODY: hf_intake_body(&slot->intake, event); break;
    case HF_SESSION_DELIVERED: delivered(slot, peers, peer_count); break;
    default: break;
    }
}
