#ifndef HF_WIRE_CONTROL_H
#define HF_WIRE_CONTROL_H

#include "wire/fault.h"
#include "wire/ident.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the manager asks of boards, beside tasks: small JSON, published to hf.control under
 * device.<board>, pool.<pool> or all. It waits in a board's own queue while the board is away.
 *
 * Every command is to be answered with an event that names its id (hf_event_answer), also one that
 * cannot be read or is unknown. A command may come twice, late, and after its opposite: doing one
 * again must do no harm.
 *
 * Who sent it is the user_id of the message, and nothing here looks at it: a caller must not take
 * commands, nor their time, from anybody but the user whose tasks it takes.
 */

#define HF_CONTROL_BODY_MAX 1024 /* bytes of JSON */

/* X(name, text): the text is what stands in "command". */
#define HF_CONTROL_LIST(X)                                                                         \
    X(CANCEL, "cancel") /* a task, or all tasks of a job: running, or not yet delivered */         \
    X(PING, "ping")                                                                                \
    X(DRAIN, "drain")   /* finish what is in hand and take nothing more; stay connected */         \
    X(RESUME, "resume") /* take tasks again */                                                     \
    X(RELOAD, "reload") /* read the configuration again */                                         \
    X(TIME, "time")     /* nothing but to know the time, which every command tells */              \
    X(LOGS, "logs")     /* send what a task writes to stderr as log events, or stop that */

enum hf_control_kind {
#define X(name, text) HF_CONTROL_##name,
    HF_CONTROL_LIST(X)
#undef X
};

struct hf_control {
    enum hf_control_kind kind;
    char id[HF_ID_MAX + 1]; /* of the command */
    int64_t time_ms;        /* Unix ms by the manager's clock when it sent this: it is later now */
    char task[HF_ID_MAX + 1]; /* cancel: empty when `job` is given; logs: required */
    char job[HF_ID_MAX + 1];  /* cancel: empty when `task` is given */
    uint32_t attempt;         /* cancel: up to this one, later ones are wanted again; 0: all */
    bool on;                  /* logs */
};

/* "cancel", ...; NULL for a number that is no kind. Static. */
const char *hf_control_text(enum hf_control_kind kind);

/*
 * Command -> JSON text in `body` (`size` bytes; HF_CONTROL_BODY_MAX + 1 always suffices),
 * terminated by 0; `*len` without it. HF_ERR_INVALID: what a reader would refuse. HF_ERR_TOO_LARGE,
 * HF_ERR_NO_MEMORY. `*len` is untouched on an error.
 */
enum hf_err hf_control_encode(const struct hf_control *control, char *body, size_t size,
                              size_t *len);

/*
 * JSON -> command. HF_ERR_NOT_FOUND: a command that this version does not know; HF_ERR_TOO_LARGE,
 * HF_ERR_MALFORMED, HF_ERR_MISSING, HF_ERR_INVALID, HF_ERR_NO_MEMORY. `fault` is the text of the
 * answer. On an error `out->id` and `out->time_ms` hold what could be read of them, the rest is
 * zero.
 */
enum hf_err hf_control_decode(const char *body, size_t len, struct hf_control *out,
                              struct hf_fault *fault);

#endif
