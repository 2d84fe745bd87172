#ifndef HF_MANAGER_DOCTOR_H
#define HF_MANAGER_DOCTOR_H

#include "broker/management.h"
#include "ledger/ledger.h"

#include <stdbool.h>

/*
 * Looks at everything that has to be right between here and the boards, and says what is not, with
 * the command that mends it. Asks, and changes nothing, unless told to mend. Blocks on the network
 * for some seconds at most a step.
 */

#define HF_FINDINGS_MAX     96
#define HF_FINDING_TEXT_MAX 480

/* X(name, text) */
#define HF_FINDING_LIST(X)                                                                         \
    X(FINE, "ok")                                                                                  \
    X(NOTE, "note")    /* nothing to do, or nothing that can be looked at from here */             \
    X(WARNING, "warn") /* works today */                                                           \
    X(BAD, "bad")      /* does not work, or loses what it should keep */

enum hf_finding_state {
#define X(name, text) HF_FINDING_##name,
    HF_FINDING_LIST(X)
#undef X
};

const char *hf_finding_text(enum hf_finding_state state);

struct hf_finding {
    enum hf_finding_state state;
    const char *check; /* one word: what was looked at; static */
    char text[HF_FINDING_TEXT_MAX + 1];
    char mend[HF_FINDING_TEXT_MAX + 1]; /* a command, or what to do; empty: nothing to do */
};

struct hf_findings {
    size_t count;
    struct hf_finding list[HF_FINDINGS_MAX]; /* what has no room is left out */
};

/* Appends, unless it is there already, word for word; `mend` may be NULL. */
__attribute__((format(printf, 5, 6))) void hf_findings_add(struct hf_findings *findings,
                                                           enum hf_finding_state state,
                                                           const char *check, const char *mend,
                                                           const char *format, ...);

size_t hf_findings_count(const struct hf_findings *findings, enum hf_finding_state state);

struct hf_doctor {
    const struct hf_home *home;
    const struct hf_broker_settings *settings;
    struct hf_ledger *ledger;
    int64_t now_ms; /* Unix ms */
    bool mend;      /* declare what is missing or was changed, before it is looked at */
    struct hf_findings findings;
};

/* All of it, as far as one gets; what cannot be looked at is a finding too. */
void hf_doctor_run(struct hf_doctor *doctor);

/* --- Parts of it --- */

void hf_doctor_look_at_certificates(struct hf_doctor *doctor);
void hf_doctor_look_at_succession(struct hf_doctor *doctor); /* new authorities: pki/succession.h */
void hf_doctor_look_at_patience(struct hf_doctor *doctor);   /* the consumer timeout */
void hf_doctor_look_at_boards(struct hf_doctor *doctor);
void hf_doctor_look_at_link(struct hf_doctor *doctor); /* logs in at every address */

/* NULL: the settings name no management API. */
void hf_doctor_look_at_broker(struct hf_doctor *doctor, struct hf_management *management);

/* Pure: what a version of RabbitMQ is known for. */
void hf_doctor_judge_version(struct hf_findings *findings, const char *version);

#endif
