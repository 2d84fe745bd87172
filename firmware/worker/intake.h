#ifndef HF_WORKER_INTAKE_H
#define HF_WORKER_INTAKE_H

#include "link/digest.h"
#include "link/session.h"
#include "link/signature.h"
#include "wire/result.h"
#include "wire/task.h"
#include "worker/config.h"
#include "worker/flow.h"
#include "worker/spool.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One delivery on its way in: its envelope is judged, and whether the disk has room for its body,
 * which then goes to a spool piece by piece. A
 * delivery that will not be run keeps no body, only the reason. Memory is the same for any size of
 * body but for a plain task's, whose JSON is read whole (HF_PLAIN_BODY_MAX).
 */

#define HF_INTAKE_TEXTS_MAX 2048 /* bytes of a plain task's properties */

/* Whose signature a task must bear, and who is to do it (wire/seal.h). Borrowed. */
struct hf_intake_trust {
    const struct hf_verifier *manager;
    char target[HF_SEAL_TARGET_MAX + 1];
};

enum hf_intake_phase { HF_INTAKE_EMPTY, HF_INTAKE_RECEIVING, HF_INTAKE_COMPLETE };

struct hf_intake {
    enum hf_intake_phase phase;
    uint64_t tag;
    bool redelivered;
    enum hf_flow_source source;          /* set by the slot */
    const struct hf_intake_trust *trust; /* likewise; NULL: no signature is wanted */
    struct hf_digest digest;             /* of the body, as far as it has come */
    struct hf_task task;
    struct hf_spool payload; /* complete and readable when it is to be run */
    /* HF_STATUS_DONE: to be run. HF_STATUS_REFUSED or _EXPIRED, with the reason: not; nor
     * HF_STATUS_RETRY, where this board has no room and another one, or a later day, may. */
    enum hf_status verdict;
    char reason[HF_REASON_MAX + 1];
    /* A plain task is read when its body is here; by then the session's views have ended. */
    struct hf_envelope envelope;
    char texts[HF_INTAKE_TEXTS_MAX];
};

void hf_intake_init(struct hf_intake *intake);

/* The session's HF_SESSION_DELIVERY, _BODY and _DELIVERED events, in this order. */
void hf_intake_begin(struct hf_intake *intake, const struct hf_config *config,
                     const struct hf_session_event *event);
void hf_intake_body(struct hf_intake *intake, const struct hf_session_event *event);

/* `unix_ms` is now, to judge not-after by. The intake is COMPLETE after it. */
void hf_intake_end(struct hf_intake *intake, const struct hf_config *config, int64_t unix_ms);

/* Decides that it will not be run: with any status but DONE. The first reason stands. */
__attribute__((format(printf, 3, 4))) void hf_intake_turn_down(struct hf_intake *intake,
                                                               enum hf_status verdict,
                                                               const char *format, ...);

/* Lets go of the body; EMPTY again. Right in every phase: when the link drops in the middle too. */
void hf_intake_clear(struct hf_intake *intake);

#endif
