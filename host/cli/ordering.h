#ifndef HF_CLI_ORDERING_H
#define HF_CLI_ORDERING_H

#include "cli/args.h"
#include "home/home.h"
#include "manager/order.h"

/* Options about a task that "submit", "run" and "map" have in common: who is to do it, and how. */

struct hf_ordering {
    const char *pool, *to, *queue, *name, *not_after;
    int64_t timeout_ms, soft_timeout_ms, attempts, priority;
    struct hf_text_list limits;
    bool plain;
};

#define HF_ORDERING_DEFAULTS                                                                       \
    {                                                                                              \
        .attempts = HF_ATTEMPTS_DEFAULT                                                            \
    }

#define HF_ORDERING_AT(type, member, field)                                                        \
    (offsetof(type, member) + offsetof(struct hf_ordering, field))

/* Rows of a table of options; `member` of `type` is the struct hf_ordering. */
#define HF_ORDERING_ROW(type, member, field, name, kind, value, help, min, max)                    \
    {                                                                                              \
        name, HF_OPTION_##kind, HF_ORDERING_AT(type, member, field), value, help, min, max         \
    }

#define HF_ORDERING_ROWS(type, member)                                                             \
    HF_ORDERING_ROW(type, member, pool, "pool", TEXT, "POOL",                                      \
                    "For the boards of that pool (default).", 0, 0),                               \
        HF_ORDERING_ROW(type, member, to, "to", TEXT, "BOARD", "For that board alone.", 0, 0),     \
        HF_ORDERING_ROW(type, member, queue, "queue", TEXT, "QUEUE",                               \
                        "Into a queue that exists already, for whoever consumes it.", 0, 0),       \
        HF_ORDERING_ROW(type, member, plain, "plain", FLAG, NULL,                                  \
                        "As plain JSON, {\"task_id\", \"type\", \"data\"}, which programs\n"       \
                        "that know nothing of Holdfast can read. Payloads must be text.",          \
                        0, 0),                                                                     \
        HF_ORDERING_ROW(type, member, name, "name", TEXT, "TEXT", "A name for the job.", 0, 0),    \
        HF_ORDERING_ROW(type, member, priority, "priority", NUMBER, "N",                           \
                        "0 to 9, the highest first (0); RabbitMQ 3 ignores it, 4.0\n"              \
                        "knows two classes (0 to 4, and more).",                                   \
                        0, HF_PRIORITY_MAX),                                                       \
        HF_ORDERING_ROW(type, member, timeout_ms, "timeout", DURATION_MS, "TIME",                  \
                        "End a run that takes longer (the board's own limit).", 1,                 \
                        HF_TIMEOUT_MS_MAX),                                                        \
        HF_ORDERING_ROW(type, member, soft_timeout_ms, "soft-timeout", DURATION_MS, "TIME",        \
                        "Ask a run that takes longer to end (SIGTERM); --timeout ends it.", 1,     \
                        HF_TIMEOUT_MS_MAX),                                                        \
        HF_ORDERING_ROW(type, member, limits, "limit", LIST, "NAME=N",                             \
                        "Bound each run, tighter than its board does: memory_mb, cpu_s,\n"         \
                        "files, processes, file_size_mb. May be repeated.",                        \
                        0, 0),                                                                     \
        HF_ORDERING_ROW(type, member, attempts, "attempts", NUMBER, "N",                           \
                        "Try a task at most so often (5).", 1, HF_ATTEMPTS_MAX),                   \
        HF_ORDERING_ROW(type, member, not_after, "not-after", TEXT, "WHEN",                        \
                        "Don't begin it later than that, such as 18:30, +2h or\n"                  \
                        "\"2026-12-24 18:30\": it ends as expired.",                               \
                        0, 0)

/*
 * How long the broker lets the tasks of that target be worked on (broker/patience.h), s; 0: not
 * known. Without a broker there is none to ask, and the board knows too.
 */
int64_t hf_ordering_patience_s(const struct hf_home *home, const struct hf_order *order);

/* HF_ERR_INVALID: options that exclude each other, a wrong value, or a handler of the manager's
 * own. Id, targets, time and the like are the caller's. */
enum hf_err hf_ordering_read(const struct hf_ordering *given, const char *handler, int64_t now_ms,
                             struct hf_order *order, struct hf_fault *fault);

#endif
