#include "link/clock.h"
#include "link/digest.h"
#include "link/log.h"
#include "wire/topology.h"
#include "worker/slot_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RETRY_PAUSE_MS 2000

static uint16_t channel_of(uint64_t packed)
{
    return (uint16_t)(packed >> HF_SLOT_TAG_BITS);
}

static uint64_t tag_of(uint64_t packed)
{
    return packed & ((UINT64_C(1) << HF_SLOT_TAG_BITS) - 1);
}

void hf_slot_happen_kind(struct hf_slot *slot, enum hf_flow_event_kind kind)
{
    const struct hf_flow_event event = {.kind = kind};
    hf_slot_happen(slot, &event);
}

static enum hf_err make_work_folder(struct hf_slot *slot, struct hf_fault *fault)
{
    const int len =
        snprintf(slot->work, sizeof slot->work, "%s/%d", slot->shared->state->work, slot->index);
    if (len < 0 || (size_t)len >= sizeof slot->work)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "the path of the state folder is too long");
    if (slot->shared->monitor_fd >= 0)
        return HF_ERR_OK; /* it has made them */
    return hf_confine_make_folder(slot->shared->confine, slot->work, fault);
}

/* What is signed says who is to do it, and that is whoever consumes this queue. */
static void trust(struct hf_slot *slot, enum hf_flow_source source, const char *kind,
                  const char *name)
{
    struct hf_intake_trust *trust = &slot->trust[source];
    trust->manager = slot->shared->manager;
    (void)snprintf(trust->target, sizeof trust->target, "%s %.127s", kind, name);
}

enum hf_err hf_slot_init(struct hf_slot *slot, struct hf_slot_shared *shared, int index,
                         uint16_t channel, struct hf_fault *fault)
{
    const struct hf_config *config = shared->config;
    const bool foreign = config->queue[0] != '\0';
    memset(slot, 0, sizeof *slot);
    slot->shared = shared;
    slot->index = index;
    slot->channel = channel;
    slot->retry_at_ms = INT64_MAX;
    if (foreign)
        memcpy(slot->queues[HF_FLOW_POOL], config->queue, sizeof config->queue);
    else
        hf_route(slot->queues[HF_FLOW_POOL], HF_QUEUE_TASKS_PREFIX, config->pool);
    hf_route(slot->queues[HF_FLOW_OWN], HF_QUEUE_DEVICE_PREFIX, config->board);
    trust(slot, HF_FLOW_POOL, foreign ? "queue" : "pool", foreign ? config->queue : config->pool);
    trust(slot, HF_FLOW_OWN, "board", config->board);
    hf_flow_init(&slot->flow, !foreign, config->ack_pipelined);
    hf_intake_init(&slot->intake);
    hf_intake_init(&slot->held);
    hf_runner_init(&slot->runner, shared->monitor_fd);
    return make_work_folder(slot, fault);
}

void hf_slot_close(struct hf_slot *slot)
{
    hf_intake_clear(&slot->intake);
    hf_intake_clear(&slot->held);
    hf_journal_abandon(slot->shared->journal, &slot->writing);
    hf_runner_close(&slot->runner);
}

/* Results. */

static void begin_result(struct hf_slot *slot)
{
    struct hf_result *result = &slot->result;
    memset(result, 0, sizeof *result);
    memcpy(result->id, slot->task.id, sizeof result->id);
    memcpy(result->job, slot->task.job, sizeof result->job);
    (void)hf_str_copy(result->board, sizeof result->board, hf_str(slot->shared->identity));
    result->attempt = slot->task.attempt;
    result->exit_code = -1;
}

void hf_slot_refuse(struct hf_slot *slot, enum hf_status status, const char *reason)
{
    begin_result(slot);
    slot->result.status = status;
    (void)hf_str_copy(slot->result.reason, sizeof slot->result.reason, hf_str(reason));
    hf_log(HF_LOG_WARN, "task.refused", "task=%s attempt=%" PRIu32 " status=%s reason=\"%s\"",
           slot->task.id, slot->task.attempt, hf_status_text(status), reason);
}

void hf_slot_tell(struct hf_slot *slot)
{
    const struct hf_result *result = &slot->result;
    if (!slot->untold)
        return;
    slot->untold = false;
    hf_log(HF_LOG_INFO, "task.ended",
           "task=%s attempt=%" PRIu32 " handler=%s status=%s ms=%" PRId64 " bytes=%" PRId64
           "%s%s%s",
           result->id, result->attempt, slot->task.handler, hf_status_text(result->status),
           result->duration_ms, slot->runner.output.size_bytes,
           result->reason[0] != '\0' ? " reason=\"" : "", result->reason,
           result->reason[0] != '\0' ? "\"" : "");
}

/* Once for each result, before it is stored: what is published again bears the same signature. */
static void sign_result(struct hf_slot *slot)
{
    struct hf_seal seal;
    struct hf_result *result = &slot->result;
    uint8_t words[HF_SHA256_BYTES], body[HF_SHA256_BYTES];
    if (slot->shared->signer == NULL || result->signature[0] != '\0')
        return;
    hf_runner_hash(&slot->runner, body);
    hf_digest_words(hf_str(result->reason), hf_str(result->log_tail), words);
    hf_seal_result(&seal, result, words, body);
    if (hf_signer_sign(slot->shared->signer, &seal, result->signature) != HF_ERR_OK)
        hf_log(HF_LOG_ERROR, "result.unsigned", "task=%s reason=\"signing failed\"", result->id);
}

static const struct hf_spool *result_body(const struct hf_slot *slot)
{
    return slot->runner.phase == HF_RUNNER_ENDED ? &slot->runner.output : NULL;
}

/* The flow's other actions. */

static void refuse_delivery(struct hf_slot *slot)
{
    slot->task = slot->hand->task;
    hf_slot_refuse(slot, slot->hand->verdict, slot->hand->reason);
    hf_intake_clear(slot->hand);
}

static void hold(struct hf_slot *slot)
{
    slot->held = slot->intake;
    hf_intake_init(&slot->intake); /* the spool has moved with the rest */
}

/* Said when it begins and when it is over, not at every try. */
static void say_paused(struct hf_slot *slot, bool paused, const char *reason)
{
    if (paused && !slot->store_paused) {
        hf_slot_tell(slot); /* first */
        hf_log(HF_LOG_ERROR, "journal.paused",
               "task=%s reason=\"%s\": no task is taken until its result can be stored",
               slot->result.id, reason);
    }
    if (!paused && slot->store_paused)
        hf_log(HF_LOG_INFO, "journal.resumed", "task=%s", slot->result.id);
    slot->store_paused = paused;
}

/* A large result is not stored in one turn of the loop. */
static void store(struct hf_slot *slot)
{
    struct hf_fault fault;
    struct hf_journal *journal = slot->shared->journal;
    sign_result(slot);
    const enum hf_err err = hf_journal_store(journal, &slot->writing, &slot->result,
                                             result_body(slot), &slot->sequence, &fault);
    if (err == HF_ERR_WOULD_WRITE)
        return;
    say_paused(slot, err != HF_ERR_OK, err != HF_ERR_OK ? fault.text : "");
    if (err == HF_ERR_OK)
        hf_journal_unmark(journal, slot->result.id, slot->result.attempt);
    hf_slot_happen_kind(slot, err == HF_ERR_OK ? HF_FLOW_STORE_OK : HF_FLOW_STORE_FAILED);
}

static void count_result(struct hf_slot *slot)
{
    hf_slot_tell(slot);
    if (slot->result.status == HF_STATUS_DONE)
        slot->shared->done++;
    else
        slot->shared->failed++;
}

static void release(struct hf_slot *slot)
{
    count_result(slot);
    hf_outbox_release(slot->shared->outbox, slot->sequence);
    hf_runner_clear(&slot->runner);
}

static void forget(struct hf_slot *slot)
{
    count_result(slot);
    hf_journal_confirmed(slot->shared->journal, slot->sequence);
    hf_runner_clear(&slot->runner);
}

/* The session takes it, or the link is about to drop and what we say is void anyway. */
static void expect_sent(const char *what, enum hf_err err)
{
    if (err != HF_ERR_OK)
        hf_log(HF_LOG_WARN, "link.unsent", "what=%s error=%s", what, hf_err_name(err));
}

/* The proof that it has arrived is the next delivery of that queue on this channel. */
static void note_ack(struct hf_slot *slot, uint16_t channel)
{
    if (channel != slot->channel || slot->copy)
        return;
    if (slot->known != 0)
        slot->acked[slot->intake.source] = slot->known;
    else if (slot->flow.state == HF_FLOW_IDLE)
        slot->acked[slot->flow.source] = slot->sequence;
}

static void perform_link(struct hf_slot *slot, const struct hf_flow_action *action)
{
    struct hf_session *session = slot->shared->session;
    const char *queue = slot->queues[action->source];
    const uint16_t channel = channel_of(action->tag);
    const uint64_t tag = tag_of(action->tag);
    switch ((int)action->kind) {
    case HF_FLOW_CONSUME:
        expect_sent("consume", hf_session_consume(session, slot->channel, queue, 1));
        break;
    case HF_FLOW_CANCEL:
        expect_sent("cancel", hf_session_cancel(session, slot->channel, queue));
        break;
    case HF_FLOW_ACK:
        expect_sent("ack", hf_session_ack(session, channel, tag, false));
        hf_log(HF_LOG_DEBUG, "task.acked", "slot=%d", slot->index);
        note_ack(slot, channel);
        break;
    case HF_FLOW_HAND_BACK:
        hf_log(HF_LOG_INFO, "task.handed_back", "state=%s", hf_flow_state_text(slot->flow.state));
        expect_sent("reject", hf_session_reject(session, channel, tag, true));
        break;
    default: break;
    }
}

static void perform(struct hf_slot *slot, const struct hf_flow_action *action)
{
    switch (action->kind) {
    case HF_FLOW_CONSUME:
    case HF_FLOW_CANCEL:
    case HF_FLOW_ACK:
    case HF_FLOW_HAND_BACK: perform_link(slot, action); break;
    case HF_FLOW_ADMIT: slot->hand = &slot->intake; break;
    case HF_FLOW_TAKE_HELD: slot->hand = &slot->held; break;
    case HF_FLOW_RUN: hf_slot_run(slot); break;
    case HF_FLOW_REFUSE: refuse_delivery(slot); break;
    case HF_FLOW_DISCARD: hf_intake_clear(&slot->intake); break;
    case HF_FLOW_HOLD: hold(slot); break;
    case HF_FLOW_DROP_HELD: hf_intake_clear(&slot->held); break;
    case HF_FLOW_STORE: store(slot); break;
    case HF_FLOW_PUBLISH:
        hf_outbox_add(slot->shared->outbox, slot->index, slot->sequence, &slot->result,
                      result_body(slot));
        break;
    case HF_FLOW_RELEASE: release(slot); break;
    case HF_FLOW_RETRY: slot->retry_at_ms = slot->now_ms + RETRY_PAUSE_MS; break;
    case HF_FLOW_FORGET: forget(slot); break;
    case HF_FLOW_KILL: hf_runner_close(&slot->runner); break;
    case HF_FLOW_LEAVE: break; /* the loop sees flow.left */
    }
}

void hf_slot_happen(struct hf_slot *slot, const struct hf_flow_event *event)
{
    struct hf_flow_actions actions;
    if (hf_flow_step(&slot->flow, event, &actions) != HF_ERR_OK) {
        hf_log(HF_LOG_DEBUG, "flow.ignored", "event=%d state=%s", (int)event->kind,
               hf_flow_state_text(slot->flow.state));
        return;
    }
    for (size_t i = 0; i < actions.count; i++)
        perform(slot, &actions.list[i]);
}

/* The world's events. */

void hf_slot_link_up(struct hf_slot *slot, int64_t now_ms)
{
    slot->now_ms = now_ms;
    hf_slot_happen_kind(slot, HF_FLOW_LINK_UP);
}

void hf_slot_link_down(struct hf_slot *slot, int64_t now_ms)
{
    slot->now_ms = now_ms;
    memset(slot->acked, 0, sizeof slot->acked);
    hf_intake_clear(&slot->intake);
    if (slot->flow.link_up)
        hf_slot_happen_kind(slot, HF_FLOW_LINK_DOWN);
}

void hf_slot_settled(struct hf_slot *slot, bool kept, int64_t now_ms)
{
    slot->now_ms = now_ms;
    hf_slot_happen_kind(slot, kept ? HF_FLOW_CONFIRMED : HF_FLOW_NACKED);
}

/* What upkeep asks of the worker, by its own good end. */
static enum hf_flow_event_kind follow_upkeep(struct hf_slot *slot)
{
    const struct hf_result *result = &slot->result;
    if (slot->runner.outcome.end == HF_RUN_EXITED && result->exit_code == HF_UPKEEP_BECOME) {
        hf_log(HF_LOG_INFO, "worker.becomes", "task=%s handler=%s", result->id, slot->upkeep->name);
        hf_runner_clear(&slot->runner);
        slot->shared->becomes = true;
        return HF_FLOW_BECOMES;
    }
    if (result->status == HF_STATUS_DONE && slot->upkeep->reload)
        slot->shared->wants_reload = true;
    return HF_FLOW_EXITED;
}

void hf_slot_ended(struct hf_slot *slot)
{
    begin_result(slot);
    hf_outcome_result(&slot->runner.outcome, &slot->result);
    const enum hf_flow_event_kind what = slot->upkeep ? follow_upkeep(slot) : HF_FLOW_EXITED;
    slot->untold = what == HF_FLOW_EXITED;
    hf_slot_happen_kind(slot, what);
}

void hf_slot_step(struct hf_slot *slot, int64_t now_ms, const struct pollfd *fds, size_t count)
{
    slot->now_ms = now_ms;
    if (slot->writing.busy)
        store(slot);
    if (hf_runner_step(&slot->runner, now_ms, fds, count) && slot->flow.state == HF_FLOW_RUNNING &&
        !slot->flow.left)
        hf_slot_ended(slot);
    if (now_ms >= slot->retry_at_ms) {
        slot->retry_at_ms = INT64_MAX;
        hf_slot_happen_kind(slot, HF_FLOW_RETRY_DUE);
    }
}

size_t hf_slot_pollfds(const struct hf_slot *slot, struct pollfd *fds, size_t max)
{
    return hf_runner_pollfds(&slot->runner, fds, max);
}

int64_t hf_slot_deadline(const struct hf_slot *slot)
{
    const int64_t runner_ms = hf_runner_deadline(&slot->runner);
    if (slot->writing.busy)
        return slot->now_ms;
    return runner_ms < slot->retry_at_ms ? runner_ms : slot->retry_at_ms;
}

void hf_slot_order(struct hf_slot *slot, enum hf_flow_event_kind order, int64_t now_ms)
{
    slot->now_ms = now_ms;
    hf_slot_happen_kind(slot, order);
}

bool hf_slot_cancel(struct hf_slot *slot, const struct hf_tombstone *stone, int64_t now_ms)
{
    slot->now_ms = now_ms;
    if (slot->flow.holding && hf_tombstone_means(stone, &slot->held.task)) {
        hf_intake_turn_down(&slot->held, HF_STATUS_CANCELLED, "cancelled before it started");
        slot->flow.held_verdict = HF_FLOW_REFUSED;
        return true;
    }
    if (slot->flow.state != HF_FLOW_RUNNING || !hf_tombstone_means(stone, &slot->task))
        return false;
    hf_runner_stop(&slot->runner, HF_RUN_CANCELLED, now_ms);
    return true;
}
