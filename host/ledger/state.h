#ifndef HF_LEDGER_STATE_H
#define HF_LEDGER_STATE_H

#include "wire/result.h"
#include "wire/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Where a task stands, and what a report about it means. Pure: no database, no clock.
 *
 *                 confirmed          a board said so
 *   PENDING ──────────────▶ QUEUED ─────────────────▶ RUNNING
 *      ▲                      │                          │
 *      └── retry, attempt+1 ──┴──────────────────────────┤
 *                                                        ▼
 *                             DONE FAILED DEAD CANCELLED EXPIRED REFUSED   (ended: stays so)
 *
 * A task may end out of any open state: its result can arrive before the confirm of its own
 * publish was written down. An ended task never moves again; whatever is reported about it later
 * is a duplicate.
 */

/* X(name, text): the text is what stands in the ledger, in --json and behind --state. */
#define HF_STATE_LIST(X)                                                                           \
    X(PENDING, "pending")     /* to be published */                                                \
    X(QUEUED, "queued")       /* the broker has confirmed it */                                    \
    X(RUNNING, "running")     /* a board has it in hand */                                         \
    X(DONE, "done")           /* ended well */                                                     \
    X(FAILED, "failed")       /* the handler said no */                                            \
    X(DEAD, "dead")           /* out of attempts, or delivered too often */                        \
    X(CANCELLED, "cancelled") /* ended on request */                                               \
    X(EXPIRED, "expired")     /* its time had passed before it started */                          \
    X(REFUSED, "refused")     /* a board could not even start it */

enum hf_state {
#define X(name, text) HF_STATE_##name,
    HF_STATE_LIST(X)
#undef X
        HF_STATE_COUNT
};

const char *hf_state_text(enum hf_state state);

/* HF_ERR_INVALID for a text that is none (`out` untouched). */
enum hf_err hf_state_parse(struct hf_str text, enum hf_state *out);

/* True for PENDING, QUEUED and RUNNING: a result is still awaited. */
bool hf_state_is_open(enum hf_state state);

/* How many tasks stand where. */
struct hf_counts {
    int64_t of[HF_STATE_COUNT];
};

int64_t hf_counts_total(const struct hf_counts *counts);
int64_t hf_counts_open(const struct hf_counts *counts);

/* What the ledger knows of a task when a report about it comes in. */
struct hf_standing {
    enum hf_state state;
    uint32_t attempt; /* the one that is awaited, from 1 */
    uint32_t max_attempts;
    uint32_t redone_attempt; /* the last that was done and is to be done again; 0: none */
};

enum hf_verdict {
    HF_VERDICT_ENDED,     /* this report ends the task */
    HF_VERDICT_RETRY,     /* try again as attempt + 1 */
    HF_VERDICT_DUPLICATE, /* it has ended already, or the report is about an attempt before */
    HF_VERDICT_STRAY,     /* the ledger does not know the task */
};

struct hf_judgement {
    enum hf_verdict verdict; /* never STRAY */
    enum hf_state state;     /* what the task becomes: ENDED the last one, RETRY pending,
                                DUPLICATE as it is */
};

/*
 * The rules: the first DONE of any attempt wins, but for the attempts up to `redone_attempt`: what
 * came of these was set aside. Any other report counts only when it is about the awaited attempt
 * (0, unknown, is taken as that). A retry at the last attempt is DEAD.
 */
struct hf_judgement hf_judge(const struct hf_standing *standing, enum hf_status status,
                             uint32_t attempt);

/* The same for a task that came back as a dead letter: it was delivered too often. */
struct hf_judgement hf_judge_dead_letter(const struct hf_standing *standing, uint32_t attempt);

/* What stands in the ledger beside a report: "ended", "retry", "duplicate", "stray". */
const char *hf_verdict_text(enum hf_verdict verdict);

#endif
