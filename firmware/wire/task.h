#ifndef HF_WIRE_TASK_H
#define HF_WIRE_TASK_H

#include "wire/envelope.h"
#include "wire/fault.h"
#include "wire/ident.h"
#include "wire/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A task as it travels: facts in the envelope, payload in the body as it is. PROTOCOL.md is the
 * specification; the limits below are part of it.
 */

#define HF_ATTEMPTS_DEFAULT 5
#define HF_ATTEMPTS_MAX     1000
#define HF_TIMEOUT_MS_MAX   (INT64_C(7) * 24 * 3600 * 1000)
#define HF_NOT_AFTER_MS_MIN INT64_C(1000000000000) /* in 2001: less must have been seconds */
#define HF_SENDER_MAX       255                    /* bytes of a user_id: what AMQP can carry */
#define HF_PLAIN_BODY_MAX   262144                 /* bytes of a plain task's JSON: 256 KiB */

struct hf_task {
    char id[HF_ID_MAX + 1];
    char job[HF_ID_MAX + 1];              /* empty: none */
    char handler[HF_NAME_MAX + 1];        /* empty: the worker's default handler */
    char sender[HF_SENDER_MAX + 1];       /* user_id as the broker vouches for it; empty: absent */
    uint32_t attempt;                     /* 1 is the first */
    uint32_t max_attempts;                /* HF_ATTEMPTS_DEFAULT when absent */
    int64_t timeout_ms;                   /* 0: the worker's default */
    int64_t soft_timeout_ms;              /* below timeout_ms; 0: the worker's default */
    int64_t not_after_ms;                 /* Unix ms; 0: never expires */
    struct hf_limits limits;              /* 0: the worker's alone */
    uint8_t priority;                     /* 0 to 255 may arrive; Holdfast sends 0 to 9 */
    bool plain;                           /* came as a plain JSON body, or is to go out as one */
    char signature[HF_SIGNATURE_MAX + 1]; /* hf-sig: link/signature.h; empty: unsigned */
};

/*
 * True when the message carries its id in the envelope; false when only its body can tell (a
 * plain task). A message that is neither is refused after its body was read; a refusal without an
 * id goes out under HF_ID_UNREADABLE (wire/result.h).
 */
bool hf_task_has_envelope(const struct hf_envelope *envelope);

/*
 * Envelope -> task. Errors, each with `fault` naming the field and the value:
 * HF_ERR_MISSING (message_id), HF_ERR_INVALID (a field out of its range or form).
 * On an error `out->id`, `out->job` hold what could be read, for the refusal; the rest is zero.
 */
enum hf_err hf_task_decode(const struct hf_envelope *envelope, struct hf_task *out,
                           struct hf_fault *fault);

/*
 * The JSON body of a plain task -> task and payload. `task_id`: text or whole number; `data`: a
 * string is taken as its bytes, any other JSON value as it is written, absent is empty; `type`:
 * handler, may be absent or null. `envelope` gives sender, correlation id, priority and the numbers
 * of the headers where present; its `type` is not looked at (producers use it for their own ends).
 * `*payload` is allocated, followed by a 0 byte that `*payload_len` does not count, and the caller
 * frees it; both are untouched on an error. A field that is there twice is an error.
 * HF_ERR_TOO_LARGE, HF_ERR_MALFORMED (no JSON object), HF_ERR_MISSING (task_id), HF_ERR_INVALID,
 * HF_ERR_NO_MEMORY; `out->id`, `out->job` then as after hf_task_decode.
 */
enum hf_err hf_task_decode_plain(const struct hf_envelope *envelope, const char *body, size_t len,
                                 struct hf_task *out, char **payload, size_t *payload_len,
                                 struct hf_fault *fault);

/*
 * Task -> envelope; views into `task`, which must outlive it. Numbers at their default are left
 * out. A plain task has neither message_id nor type there: its body carries them.
 */
void hf_task_encode(const struct hf_task *task, struct hf_envelope *out);

/*
 * Task and payload -> the JSON body of a plain task (`task_id`, `type`, `data`), allocated, the
 * caller frees it. HF_ERR_INVALID when the payload is not UTF-8 text or holds a 0 byte,
 * HF_ERR_TOO_LARGE when the body would exceed HF_PLAIN_BODY_MAX, HF_ERR_NO_MEMORY.
 */
enum hf_err hf_task_encode_plain(const struct hf_task *task, struct hf_str payload, char **body,
                                 struct hf_fault *fault);

#endif
