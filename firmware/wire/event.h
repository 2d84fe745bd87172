#ifndef HF_WIRE_EVENT_H
#define HF_WIRE_EVENT_H

#include "wire/fault.h"
#include "wire/ident.h"

#include <stdint.h>

/*
 * Small JSON messages of a board that may be lost: it is here (presence), a task gets on
 * (progress). The sender's identity is the user_id of the message, never a field of the body.
 *
 * Counters are 0 to 2^53 - 1. Unknown fields are ignored; a known one that is there twice is an
 * error.
 */

#define HF_EVENT_BODY_MAX 2048 /* bytes of JSON */
#define HF_EVENT_NOTE_MAX 120  /* bytes of a progress note */
#define HF_VERSION_MAX    32

#define HF_PRESENCE_EVERY_MS 30000 /* a board shows itself at least that often while connected */
#define HF_PROGRESS_EVERY_MS 1000  /* and sends progress at most that often */

enum hf_event_kind { HF_EVENT_PRESENCE, HF_EVENT_PROGRESS };

struct hf_presence {
    char version[HF_VERSION_MAX + 1];
    char board[HF_NAME_MAX + 1]; /* kind of board the binary was built for */
    char state[16];              /* "idle", "busy", "draining", "leaving"; a newer board's too */
    char task[HF_ID_MAX + 1];    /* in hand; empty: none */
    int64_t uptime_s;            /* of the worker */
    int64_t rss_kb;              /* resident memory of the worker */
    int64_t done, failed, reconnects;
};

struct hf_progress {
    char task[HF_ID_MAX + 1];
    uint32_t attempt;
    int32_t percent;                  /* 0 to 100 */
    char note[HF_EVENT_NOTE_MAX + 1]; /* may be empty */
};

struct hf_event {
    enum hf_event_kind kind;
    union {
        struct hf_presence presence;
        struct hf_progress progress;
    };
};

/*
 * Event -> JSON text in `body` (`size` bytes; HF_EVENT_BODY_MAX + 1 always suffices), terminated
 * by 0; `*len` without it. Texts are cleaned: what is not UTF-8 or a control character becomes '?'.
 * HF_ERR_INVALID: a number out of its range. HF_ERR_TOO_LARGE, HF_ERR_NO_MEMORY. On an error `*len`
 * is untouched and `body` has no meaning.
 */
enum hf_err hf_event_encode(const struct hf_event *event, char *body, size_t size, size_t *len);

/*
 * JSON -> event. HF_ERR_TOO_LARGE, HF_ERR_MALFORMED, HF_ERR_MISSING, HF_ERR_INVALID,
 * HF_ERR_NO_MEMORY; `fault` names the field. `out` is zero on an error.
 */
enum hf_err hf_event_decode(const char *body, size_t len, struct hf_event *out,
                            struct hf_fault *fault);

#endif
