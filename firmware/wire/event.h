#ifndef HF_WIRE_EVENT_H
#define HF_WIRE_EVENT_H

#include "wire/fault.h"
#include "wire/gauge.h"
#include "wire/ident.h"
#include "wire/topology.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Small JSON messages of a board that may be lost: it is here (presence), what it is (facts), a
 * task gets on (progress) or says something (log), a command was heard (answer). The sender's
 * identity is the user_id of the message, never a field of the body.
 *
 * Counters are 0 to 2^53 - 1. Unknown fields are ignored; a known one that is there twice is an
 * error. Lists are words with a blank between them, to be made with hf_event_add_word.
 */

#define HF_EVENT_BODY_MAX 4096 /* bytes of JSON */
#define HF_EVENT_NOTE_MAX 120  /* bytes of a progress note */
#define HF_EVENT_LOG_MAX  1536 /* bytes of what a task wrote that one event carries */
#define HF_VERSION_MAX    32
#define HF_KERNEL_MAX     64

#define HF_LABELS_MAX   16 /* labels of a board */
#define HF_HANDLERS_MAX 64 /* handlers that it names; `handlers_more` counts the others */
#define HF_GUARDS_MAX   8  /* words of `limits` */

#define HF_PRESENCE_EVERY_MS 30000 /* a board shows itself at least that often while connected */
#define HF_PRESENCE_LASTS_MS 2000  /* tells that it works, or works no more, after so long */
#define HF_PROGRESS_EVERY_MS 1000  /* and sends progress at most that often */

/* X(name, text): the text is what stands in "event" and begins the routing key. */
#define HF_EVENT_LIST(X)                                                                           \
    X(PRESENCE, "presence")                                                                        \
    X(PROGRESS, "progress")                                                                        \
    X(FACTS, "facts")                                                                              \
    X(LOG, "log")                                                                                  \
    X(ANSWER, "answer")

enum hf_event_kind {
#define X(name, text) HF_EVENT_##name,
    HF_EVENT_LIST(X)
#undef X
};

/* What changes: at each change of state, at one of task that lasts, and every HF_PRESENCE_EVERY_MS.
 */
struct hf_presence {
    char version[HF_VERSION_MAX + 1];
    char board[HF_NAME_MAX + 1]; /* kind of board the binary was built for, in a handler's form */
    char state[16];              /* "idle", "busy", "draining", "leaving"; a newer board's too */
    char task[HF_ID_MAX + 1];    /* in hand, the first of several; empty: none */
    int64_t uptime_s;            /* of the worker */
    int64_t rss_kb;              /* resident memory of the worker */
    int64_t done, failed, reconnects;
    int64_t slots;  /* tasks that it can have in hand at once; 0: an older board, which has 1 */
    int64_t busy;   /* of them, at work */
    int64_t stored; /* results on the board whose confirm has not come yet */
    /* The machine. */
    struct hf_gauge machine_uptime_s;
    struct hf_gauge
        load_milli; /* load average of a minute; 1000: one process always wants to run */
    struct hf_gauge memory_kb, memory_free_kb; /* of all, and what could still be used */
    struct hf_gauge disk_free_kb;              /* where the state folder is */
    struct hf_gauge temperature_mc;            /* thousandths of a degree Celsius: the hottest */
    struct hf_gauge throttled;                 /* of a Raspberry Pi: its HF_THROTTLED_ bits */
    /* The link. */
    char tls[16];         /* "TLSv1.3" */
    int64_t handshake_ms; /* of the TLS connection */
    bool time_wanted; /* its clock is set by what it is told, and nothing has confirmed it yet */
};

/* What the firmware of a Raspberry Pi says: now, and (<< 16) at any time since it was booted. */
#define HF_THROTTLED_UNDER_VOLTAGE 0x1
#define HF_THROTTLED_CAPPED        0x2 /* the clock is held down */
#define HF_THROTTLED_NOW           0x4
#define HF_THROTTLED_HOT           0x8 /* soft temperature limit */
#define HF_THROTTLED_MAX           0xFFFFF

struct hf_progress {
    char task[HF_ID_MAX + 1];
    uint32_t attempt;
    int32_t percent;                  /* 0 to 100 */
    char note[HF_EVENT_NOTE_MAX + 1]; /* may be empty */
};

/* What stays as it is: once a connection. */
struct hf_facts {
    char version[HF_VERSION_MAX + 1];
    char board[HF_NAME_MAX + 1];
    char arch[HF_NAME_MAX + 1];     /* of the kernel: "armv6l", "aarch64" */
    char kernel[HF_KERNEL_MAX + 1]; /* its release */
    struct hf_gauge cores;
    struct hf_gauge memory_kb;
    int64_t handlers_more;                              /* handlers beyond those named below */
    char labels[HF_LABELS_MAX * (HF_NAME_MAX + 1)];     /* from its configuration */
    char handlers[HF_HANDLERS_MAX * (HF_NAME_MAX + 1)]; /* built in, and programs */
    char limits[HF_GUARDS_MAX * (HF_NAME_MAX + 1)];     /* what really confines a task */
};

/* A piece of a task's stderr; sent only where a command asked for it. */
struct hf_log_piece {
    char task[HF_ID_MAX + 1];
    uint32_t attempt;
    int64_t skipped_bytes;           /* left out just before this piece */
    char text[HF_EVENT_LOG_MAX + 1]; /* tabs and line feeds stay; may begin and end in a line */
};

/* To one command (wire/control.h). */
struct hf_answer {
    char id[HF_ID_MAX + 1]; /* of the command; HF_ID_UNREADABLE when it had none */
    bool ok;
    char text[HF_FAULT_TEXT_MAX + 1]; /* why not, or what came of it; may be empty */
};

struct hf_event {
    enum hf_event_kind kind;
    union {
        struct hf_presence presence;
        struct hf_progress progress;
        struct hf_facts facts;
        struct hf_log_piece log;
        struct hf_answer answer;
    };
};

/* "presence", ...; NULL for a number that is no kind. Static. */
const char *hf_event_text(enum hf_event_kind kind);

/* The routing key under which `board` publishes events of that kind to HF_EXCHANGE_EVENTS. */
void hf_event_route(char out[HF_ROUTE_MAX + 1], enum hf_event_kind kind, const char *board);

/*
 * One more word in a list of facts: labels (HF_LABELS_MAX), handlers (HF_HANDLERS_MAX), limits
 * (HF_GUARDS_MAX). False, with nothing changed: no room, or the word is empty or holds a blank.
 */
bool hf_event_add_word(char *words, size_t size, size_t max, const char *word);

/* An answer to the command `id` (empty: HF_ID_UNREADABLE). A text that is too long loses its end.
 */
void hf_event_answer(struct hf_event *out, const char *id, bool ok, const char *text);

/*
 * Event -> JSON text in `body` (`size` bytes; HF_EVENT_BODY_MAX + 1 always suffices), terminated
 * by 0; `*len` without it. Texts are cleaned: what is not UTF-8 or a control character becomes '?'.
 * HF_ERR_INVALID: a number out of its range. HF_ERR_TOO_LARGE. On an error `*len`
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
