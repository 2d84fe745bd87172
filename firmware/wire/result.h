#ifndef HF_WIRE_RESULT_H
#define HF_WIRE_RESULT_H

#include "wire/envelope.h"
#include "wire/fault.h"
#include "wire/ident.h"

#include <stdint.h>

/*
 * What became of one attempt at a task. The body beside it is what the handler wrote to stdout,
 * as it is.
 */

#define HF_REASON_MAX   240  /* bytes of hf-reason, without the final 0 */
#define HF_LOG_TAIL_MAX 2048 /* bytes of hf-log-tail, without the final 0 */

/* The id of a refusal when the task had none that could be read; its reason says what was there. */
#define HF_ID_UNREADABLE "unreadable"

/* X(name, text): the text is what stands in `hf-status`. */
#define HF_STATUS_LIST(X)                                                                          \
    X(DONE, "done")           /* exit 0 */                                                         \
    X(RETRY, "retry")         /* a temporary failure: the manager decides whether to try again */  \
    X(FAILED, "failed")       /* the handler says no: any other exit */                            \
    X(CANCELLED, "cancelled") /* ended on request */                                               \
    X(EXPIRED, "expired")     /* its not-after had passed before it started */                     \
    X(REFUSED, "refused")     /* never started: unreadable, no such handler, over a limit */

enum hf_status {
#define X(name, text) HF_STATUS_##name,
    HF_STATUS_LIST(X)
#undef X
};

struct hf_result {
    char id[HF_ID_MAX + 1];
    char job[HF_ID_MAX + 1];     /* empty: none */
    char board[HF_NAME_MAX + 1]; /* user_id: who speaks */
    enum hf_status status;
    uint32_t attempt;                     /* 1 is the first; 0: unknown (a refused task) */
    int32_t exit_code;                    /* -1: did not exit by itself */
    int32_t signal;                       /* 0: was not killed by one */
    int64_t started_ms;                   /* Unix ms by the board's clock; 0: never started */
    int64_t duration_ms;                  /* by the monotonic clock */
    int64_t peak_kb;                      /* largest resident size of the child (ru_maxrss) */
    int64_t cpu_ms;                       /* user and system time of the child */
    char reason[HF_REASON_MAX + 1];       /* empty when done */
    char log_tail[HF_LOG_TAIL_MAX + 1];   /* the end of stderr; no 0 byte inside */
    char signature[HF_SIGNATURE_MAX + 1]; /* the board's (wire/seal.h); empty: none */
};

const char *hf_status_text(enum hf_status status);

/* HF_ERR_INVALID for a text that is none (`out` untouched). */
enum hf_err hf_status_parse(struct hf_str text, enum hf_status *out);

/*
 * Result -> envelope; views into `result`, which must outlive it. Fields at their default (empty,
 * 0, exit code -1) are left out; an empty id becomes HF_ID_UNREADABLE.
 */
void hf_result_encode(const struct hf_result *result, struct hf_envelope *out);

/*
 * Envelope -> result. HF_ERR_MISSING: no message_id, user_id or hf-status. HF_ERR_INVALID: a
 * field out of its range or form. `fault` names it; `out` is zero then. A reason that is too long
 * loses its end, a log tail its beginning; both come out as valid UTF-8 ('?' for what was not), the
 * reason without any control characters, the tail with none but tabs and newlines. Whether the
 * signature is one is for link/signature.h to say.
 */
enum hf_err hf_result_decode(const struct hf_envelope *envelope, struct hf_result *out,
                             struct hf_fault *fault);

#endif
