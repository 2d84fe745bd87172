#ifndef HF_WORKER_REPORT_H
#define HF_WORKER_REPORT_H

#include "link/session.h"
#include "wire/result.h"
#include "worker/spool.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One result on its way out: its envelope, then its body from a spool, piece by piece as the send
 * buffer takes it. Published mandatory: a result that no queue takes is as good as refused.
 */

enum hf_report_phase {
    HF_REPORT_NONE,
    HF_REPORT_DUE,     /* to be begun as soon as the link takes it */
    HF_REPORT_SENDING, /* body under way */
    HF_REPORT_SENT,    /* the broker's confirm is awaited */
};

struct hf_report {
    enum hf_report_phase phase;
    const struct hf_result *result; /* borrowed until confirmed */
    const struct hf_spool *body;    /* borrowed until confirmed; NULL: empty */
    const char *board;              /* for the routing key */
    uint16_t channel;
    uint64_t sequence;
    int64_t offset;
    bool returned; /* basic.return came for it: the confirm that follows means nothing */
};

/* Asks for `result` to be published from its beginning. */
void hf_report_begin(struct hf_report *report, const struct hf_result *result,
                     const struct hf_spool *body, const char *board, uint16_t channel);

/*
 * Sends what the session takes now. HF_OK: something was sent, call again. HF_ERR_WOULD_WRITE:
 * nothing to do or no room; call again when the session has turned. Any other error: the result
 * cannot be read or is too large for a frame, the link is to be given up.
 */
enum hf_err hf_report_step(struct hf_report *report, struct hf_session *session,
                           struct hf_fault *fault);

/* True when `event` (CONFIRMED, NACKED) speaks of this report; it is then over (NONE). `*kept`: the
 * broker has it. A RETURNED event is noted and answers false. */
bool hf_report_settled(struct hf_report *report, const struct hf_session_event *event, bool *kept);

#endif
