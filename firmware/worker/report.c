#include "worker/report.h"

#include "wire/topology.h"

#define PIECE_BYTES 4096

void hf_report_begin(struct hf_report *report, const struct hf_result *result,
                     const struct hf_spool *body, const char *board, uint16_t channel)
{
    *report = (struct hf_report){
        .phase = HF_REPORT_DUE, .result = result, .body = body, .board = board, .channel = channel};
}

static int64_t body_size(const struct hf_report *report)
{
    return report->body != NULL ? report->body->size_bytes : 0;
}

static enum hf_err begin(struct hf_report *report, struct hf_session *session,
                         struct hf_fault *fault)
{
    struct hf_envelope envelope;
    char key[HF_ROUTE_MAX + 1];
    hf_result_encode(report->result, &envelope);
    hf_route(key, HF_KEY_RESULT_PREFIX, report->board);
    const struct hf_publish message = {.exchange = HF_EXCHANGE_RESULTS,
                                       .routing_key = key,
                                       .envelope = &envelope,
                                       .body_size = (uint64_t)body_size(report),
                                       .mandatory = true};
    const enum hf_err err =
        hf_session_publish(session, report->channel, &message, &report->sequence);
    if (err == HF_ERR_OK) {
        report->offset = 0;
        report->phase = body_size(report) > 0 ? HF_REPORT_SENDING : HF_REPORT_SENT;
        return HF_ERR_OK;
    }
    if (err == HF_ERR_WOULD_WRITE)
        return err;
    return hf_fault_set(fault, err, 0, "the result of task %s could not be published: %s",
                        report->result->id, hf_err_text(err));
}

static enum hf_err send_piece(struct hf_report *report, struct hf_session *session,
                              struct hf_fault *fault)
{
    char piece[PIECE_BYTES];
    size_t got = 0;
    size_t taken = 0;
    enum hf_err err = hf_spool_read(report->body, report->offset, piece, sizeof piece, &got, fault);
    if (err != HF_ERR_OK)
        return err;
    err = hf_session_publish_body(session, report->channel, piece, got, &taken);
    report->offset += (int64_t)taken;
    if (report->offset == body_size(report))
        report->phase = HF_REPORT_SENT;
    if (err == HF_ERR_OK || err == HF_ERR_WOULD_WRITE)
        return err;
    return hf_fault_set(fault, err, 0, "the result of task %s could not be sent: %s",
                        report->result->id, hf_err_text(err));
}

enum hf_err hf_report_step(struct hf_report *report, struct hf_session *session,
                           struct hf_fault *fault)
{
    if (!hf_session_is_up(session) || hf_session_is_blocked(session))
        return HF_ERR_WOULD_WRITE;
    if (report->phase == HF_REPORT_DUE)
        return begin(report, session, fault);
    if (report->phase == HF_REPORT_SENDING)
        return send_piece(report, session, fault);
    return HF_ERR_WOULD_WRITE;
}

bool hf_report_settled(struct hf_report *report, const struct hf_session_event *event, bool *kept)
{
    if (report->phase != HF_REPORT_SENT && report->phase != HF_REPORT_SENDING)
        return false;
    if (event->channel != report->channel)
        return false;
    if (event->kind == HF_SESSION_RETURNED) {
        report->returned = report->returned ||
                           hf_str_equal(event->envelope.message_id, hf_str(report->result->id));
        return false;
    }
    const bool ours =
        event->multiple ? event->sequence >= report->sequence : event->sequence == report->sequence;
    if (!ours)
        return false;
    *kept = event->kind == HF_SESSION_CONFIRMED && !report->returned;
    report->phase = HF_REPORT_NONE;
    return true;
}
