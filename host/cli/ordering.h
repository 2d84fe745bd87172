#ifndef HF_CLI_ORDERING_H
#define HF_CLI_ORDERING_H

#include "cli/args.h"
#include "manager/order.h"

/* Options about a task that "submit", "run" and "map" have in common: who is to do it, and how. */

struct hf_ordering {
    const char *pool, *to, *queue, *name, *not_after;
    int64_t timeout_ms, attempts, priority;
    bool plain;
};

#define HF_ORDERING_DEFAULTS                                                                       \
    {                                                                                              \
        .attempts = HF_ATTEMPTS_DEFAULT                                                            \
    }

#define HF_ORDERING_AT(type, member, field)                                                        \
    (offsetof(type, member) + offsetof(struct hf_ordering, field))

/* Rows of a table of options; `member` of `type` is the struct hf_ordering. */
#define HF_ORDERING_ROWS(type, member)                                                             \
    {"pool",                                                                                       \
     HF_OPTION_TEXT,                                                                               \
     HF_ORDERING_AT(type, member, pool),                                                           \
     "POOL",                                                                                       \
     "For the boards of that pool (default).",                                                     \
     0,                                                                                            \
     0},                                                                                           \
        {"to",    HF_OPTION_TEXT,          HF_ORDERING_AT(type, member, to),                       \
         "BOARD", "For that board alone.", 0,                                                      \
         0},                                                                                       \
        {"queue",                                                                                  \
         HF_OPTION_TEXT,                                                                           \
         HF_ORDERING_AT(type, member, queue),                                                      \
         "NAME",                                                                                   \
         "Into a queue that exists already, for whoever consumes it.",                             \
         0,                                                                                        \
         0},                                                                                       \
        {"plain",                                                                                  \
         HF_OPTION_FLAG,                                                                           \
         HF_ORDERING_AT(type, member, plain),                                                      \
         NULL,                                                                                     \
         "As plain JSON, {\"task_id\", \"type\", \"data\"}, which programs\n"                      \
         "that know nothing of Holdfast can read. Payloads must be text.",                         \
         0,                                                                                        \
         0},                                                                                       \
        {"name", HF_OPTION_TEXT,        HF_ORDERING_AT(type, member, name),                        \
         "TEXT", "A name for the job.", 0,                                                         \
         0},                                                                                       \
        {"priority",                                                                               \
         HF_OPTION_NUMBER,                                                                         \
         HF_ORDERING_AT(type, member, priority),                                                   \
         "N",                                                                                      \
         "0 to 9, the highest first (0); RabbitMQ 3 ignores it, 4.0\n"                             \
         "knows two classes (0 to 4, and more).",                                                  \
         0,                                                                                        \
         HF_PRIORITY_MAX},                                                                         \
        {"timeout",                                                                                \
         HF_OPTION_DURATION_MS,                                                                    \
         HF_ORDERING_AT(type, member, timeout_ms),                                                 \
         "TIME",                                                                                   \
         "End a run that takes longer (the board's own limit).",                                   \
         1,                                                                                        \
         HF_TIMEOUT_MS_MAX},                                                                       \
        {"attempts",                                                                               \
         HF_OPTION_NUMBER,                                                                         \
         HF_ORDERING_AT(type, member, attempts),                                                   \
         "N",                                                                                      \
         "Try a task at most so often (5).",                                                       \
         1,                                                                                        \
         HF_ATTEMPTS_MAX},                                                                         \
    {                                                                                              \
        "not-after", HF_OPTION_TEXT, HF_ORDERING_AT(type, member, not_after), "WHEN",              \
            "Don't begin it later than that, such as 18:30, +2h or\n"                              \
            "\"2026-12-24 18:30\": it ends as expired.",                                           \
            0, 0                                                                                   \
    }

/* HF_ERR_INVALID: options that exclude each other, or a wrong value. Handler, id, targets, time and
 * the like are the caller's. */
enum hf_err hf_ordering_read(const struct hf_ordering *given, int64_t now_ms,
                             struct hf_order *order, struct hf_fault *fault);

#endif
