#include "worker/slot.h"

#include "handlers/table.h"
#include "link/clock.h"
#include "link/log.h"
#include "wire/topology.h"

#include <inttypes.h>
#include <string.h>

#define RETRY_PAUSE_MS 2000

static void happen(struct hf_slot *slot, const struct hf_flow_event *event);

static void happen_kind(struct hf_slot *slot, enum hf_flow_event_kind kind)
{
    const struct hf_flow_event event = {.kind = kind};
    happen(slot, &event);
}

void hf_slot_init(struct hf_slot *slot, const struct hf_slot_setup *setup)
{
    memset(slot, 0, sizeof *slot);
    slot->config = setup->config;
    slot->state = setup->state;
    slot->session = setup->session;
    slot->identity = setup->identity;
    slot->channel = setup->channel;
    slot->publish_channel = setup->publish_channel;
    slot->retry_at_ms = INT64_MAX;
    if (slot->config->queue[0] != '\0')
        memcpy(slot->queue, slot->config->queue, sizeof slot->queue);
    else
        hf_route(slot->queue, HF_QUEUE_TASKS_PREFIX, slot->config->pool);
    hf_flow_init(&slot->flow);
    hf_intake_init(&slot->intake);
    hf_runner_init(&slot->runner);
}

void hf_slot_close(struct hf_slot *slot)
{
    hf_intake_clear(&slot->intake);
    hf_runner_close(&slot->runner);
}

/* Results. */

static void begin_result(struct hf_slot *slot)
{
    struct hf_result *result = &slot->result;
    memset(result, 0, sizeof *result);
    memcpy(result->id, slot->task.id, sizeof result->id);
    memcpy(result->job, slot->task.job, sizeof result->job);
    (void)hf_str_copy(result->board, sizeof result->board, hf_str(slot->identity));
    result->attempt = slot->task.attempt;
    result->exit_code = -1;
}

static void refuse(struct hf_slot *slot, enum hf_status status, const char *reason)
{
    begin_result(slot);
    slot->result.status = status;
    (void)hf_str_copy(slot->result.reason, sizeof slot->result.reason, hf_str(reason));
    hf_log(HF_LOG_WARN, "task.refused", "task=%s attempt=%" PRIu32 " status=%s reason=\"%s\"",
           slot->task.id, slot->task.attempt, hf_status_text(status), reason);
}

static void log_ended(const struct hf_slot *slot)
{
    const struct hf_result *result = &slot->result;
    hf_log(HF_LOG_INFO, "task.ended",
           "task=%s attempt=%" PRIu32 " handler=%s status=%s ms=%" PRId64 " bytes=%" PRId64
           "%s%s%s",
           result->id, result->attempt, slot->task.handler, hf_status_text(result->status),
           result->duration_ms, slot->runner.output.size_bytes,
           result->reason[0] != '\0' ? " reason=\"" : "", result->reason,
           result->reason[0] != '\0' ? "\"" : "");
}

/* The flow's actions. */

static void run(struct hf_slot *slot)
{
    struct hf_fault fault;
    struct hf_handler handler;
    slot->task = slot->intake.task;
    enum hf_err err = hf_handler_find(slot->config->handlers, slot->task.handler, &handler, &fault);
    if (err == HF_ERR_OK) {
        const struct hf_run_spec spec = {
            .task = slot->task.id,
            .job = slot->task.job,
            .board = slot->config->board,
            .handler_name = slot->task.handler,
            .handler = &handler,
            .payload = &slot->intake.payload,
            .state_folder = slot->state->folder,
            .work_folder = slot->state->work,
            .attempt = slot->task.attempt,
            .timeout_ms = slot->task.timeout_ms > 0 ? slot->task.timeout_ms
                                                    : slot->config->task_timeout_s * 1000,
            .grace_ms = slot->config->kill_grace_s * 1000,
            .max_output_bytes = slot->config->max_output_bytes,
        };
        err = hf_runner_start(&slot->runner, &spec, slot->now_ms, hf_clock_unix_ms(), &fault);
        if (err != HF_ERR_OK)
            refuse(slot, HF_STATUS_RETRY, fault.text); /* this board's trouble, not the task's */
    } else {
        refuse(slot, HF_STATUS_REFUSED, fault.text);
    }
    hf_intake_clear(&slot->intake);
    if (err != HF_ERR_OK)
        happen_kind(slot, HF_FLOW_EXITED);
    else
        hf_log(HF_LOG_DEBUG, "task.started", "task=%s attempt=%" PRIu32 " handler=%s",
               slot->task.id, slot->task.attempt, slot->task.handler);
}

static void refuse_delivery(struct hf_slot *slot)
{
    slot->task = slot->intake.task;
    refuse(slot, slot->intake.verdict, slot->intake.reason);
    hf_intake_clear(&slot->intake);
}

static void publish(struct hf_slot *slot)
{
    const struct hf_spool *body =
        slot->runner.phase == HF_RUNNER_ENDED ? &slot->runner.output : NULL;
    slot->retry_at_ms = INT64_MAX;
    hf_report_begin(&slot->report, &slot->result, body, slot->config->board, slot->publish_channel);
}

static void forget(struct hf_slot *slot)
{
    if (slot->result.status == HF_STATUS_DONE)
        slot->done++;
    else
        slot->failed++;
    hf_runner_clear(&slot->runner);
}

/* The session takes it, or the link is about to drop and what we say is void anyway. */
static void expect_sent(const struct hf_slot *slot, const char *what, enum hf_err err)
{
    if (err != HF_ERR_OK)
        hf_log(HF_LOG_WARN, "link.unsent", "what=%s queue=%s error=%s", what, slot->queue,
               hf_err_name(err));
}

static void perform(struct hf_slot *slot, enum hf_flow_action_kind kind, uint64_t tag)
{
    switch (kind) {
    case HF_FLOW_CONSUME:
        expect_sent(slot, "consume",
                    hf_session_consume(slot->session, slot->channel, slot->queue, 1));
        break;
    case HF_FLOW_CANCEL:
        expect_sent(slot, "cancel", hf_session_cancel(slot->session, slot->channel));
        break;
    case HF_FLOW_RUN: run(slot); break;
    case HF_FLOW_REFUSE: refuse_delivery(slot); break;
    case HF_FLOW_DISCARD: hf_intake_clear(&slot->intake); break;
    case HF_FLOW_STORE:
        happen_kind(slot, HF_FLOW_STORE_OK); /* it is where it stays: in memory and the spool */
        break;
    case HF_FLOW_PUBLISH: publish(slot); break;
    case HF_FLOW_RETRY: slot->retry_at_ms = slot->now_ms + RETRY_PAUSE_MS; break;
    case HF_FLOW_ACK:
        expect_sent(slot, "ack", hf_session_ack(slot->session, slot->channel, tag, false));
        break;
    case HF_FLOW_HAND_BACK:
        hf_log(HF_LOG_INFO, "task.handed_back", "state=%s", hf_flow_state_text(slot->flow.state));
        expect_sent(slot, "reject", hf_session_reject(slot->session, slot->channel, tag, true));
        break;
    case HF_FLOW_FORGET: forget(slot); break;
    case HF_FLOW_KILL: hf_runner_close(&slot->runner); break;
    case HF_FLOW_LEAVE: break; /* the loop sees flow.left */
    }
}

static void happen(struct hf_slot *slot, const struct hf_flow_event *event)
{
    struct hf_flow_actions actions;
    if (hf_flow_step(&slot->flow, event, &actions) != HF_ERR_OK) {
        hf_log(HF_LOG_DEBUG, "flow.ignored", "event=%d state=%s", (int)event->kind,
               hf_flow_state_text(slot->flow.state));
        return;
    }
    for (size_t i = 0; i < actions.count; i++)
        perform(slot, actions.list[i].kind, actions.list[i].tag);
}

/* The world's events. */

static void delivered(struct hf_slot *slot)
{
    struct hf_intake *intake = &slot->intake;
    hf_intake_end(intake, slot->config, hf_clock_unix_ms());
    const struct hf_flow_event event = {
        .kind = HF_FLOW_DELIVERED,
        .id = intake->task.id,
        .attempt = intake->task.attempt,
        .tag = intake->tag,
        .redelivered = intake->redelivered,
        .refused = intake->verdict != HF_STATUS_DONE,
    };
    happen(slot, &event);
}

static void link_down(struct hf_slot *slot)
{
    hf_intake_clear(&slot->intake);
    slot->report.phase = HF_REPORT_NONE;
    if (slot->flow.link_up)
        happen_kind(slot, HF_FLOW_LINK_DOWN);
}

static void settled(struct hf_slot *slot, const struct hf_session_event *event)
{
    bool kept = false;
    if (!hf_report_settled(&slot->report, event, &kept))
        return;
    if (!kept)
        hf_log(HF_LOG_WARN, "result.not_kept", "task=%s reason=\"%s\" retry_ms=%d", slot->result.id,
               slot->report.returned ? "no queue takes results: does the manager's topology exist?"
                                     : "the broker could not store it",
               RETRY_PAUSE_MS);
    happen_kind(slot, kept ? HF_FLOW_CONFIRMED : HF_FLOW_NACKED);
}

void hf_slot_session_event(struct hf_slot *slot, const struct hf_session_event *event,
                           int64_t now_ms)
{
    slot->now_ms = now_ms;
    const bool ours = event->channel == slot->channel;
    switch (event->kind) {
    case HF_SESSION_UP: happen_kind(slot, HF_FLOW_LINK_UP); break;
    case HF_SESSION_DOWN: link_down(slot); break;
    case HF_SESSION_DELIVERY:
        if (ours)
            hf_intake_begin(&slot->intake, slot->config, event);
        break;
    case HF_SESSION_BODY:
        if (ours)
            hf_intake_body(&slot->intake, event);
        break;
    case HF_SESSION_DELIVERED:
        if (ours)
            delivered(slot);
        break;
    case HF_SESSION_CONFIRMED:
    case HF_SESSION_NACKED:
    case HF_SESSION_RETURNED: settled(slot, event); break;
    case HF_SESSION_CONSUMER_CANCELLED:
    case HF_SESSION_CHANNEL_CLOSED:
    case HF_SESSION_BLOCKED:
    case HF_SESSION_UNBLOCKED: break;
    }
}

void hf_slot_step(struct hf_slot *slot, int64_t now_ms, const struct pollfd *fds, size_t count)
{
    slot->now_ms = now_ms;
    if (hf_runner_step(&slot->runner, now_ms, fds, count) && slot->flow.state == HF_FLOW_RUNNING) {
        begin_result(slot);
        hf_outcome_result(&slot->runner.outcome, &slot->result);
        log_ended(slot);
        happen_kind(slot, HF_FLOW_EXITED);
    }
    if (now_ms >= slot->retry_at_ms) {
        slot->retry_at_ms = INT64_MAX;
        happen_kind(slot, HF_FLOW_RETRY_DUE);
    }
}

bool hf_slot_send(struct hf_slot *slot, int64_t now_ms)
{
    struct hf_fault fault;
    const enum hf_err err = hf_report_step(&slot->report, slot->session, &fault);
    if (err == HF_ERR_OK)
        return true;
    if (err != HF_ERR_WOULD_WRITE) {
        hf_log(HF_LOG_ERROR, "result.unsendable", "task=%s reason=\"%s\"", slot->result.id,
               fault.text);
        hf_session_close(slot->session, now_ms);
    }
    return false;
}

size_t hf_slot_pollfds(const struct hf_slot *slot, struct pollfd *fds, size_t max)
{
    return hf_runner_pollfds(&slot->runner, fds, max);
}

int64_t hf_slot_deadline(const struct hf_slot *slot)
{
    const int64_t runner_ms = hf_runner_deadline(&slot->runner);
    return runner_ms < slot->retry_at_ms ? runner_ms : slot->retry_at_ms;
}

void hf_slot_drain(struct hf_slot *slot, int64_t now_ms)
{
    slot->now_ms = now_ms;
    happen_kind(slot, HF_FLOW_DRAIN);
}

void hf_slot_stop(struct hf_slot *slot, int64_t now_ms)
{
    slot->now_ms = now_ms;
    happen_kind(slot, HF_FLOW_STOP);
}
