#ifndef HF_WORKER_OUTBOX_H
#define HF_WORKER_OUTBOX_H

#include "link/session.h"
#include "wire/result.h"
#include "worker/journal.h"
#include "worker/spool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Results on their way to the broker, one body at a time on one channel, any number awaiting their
 * confirm. Published mandatory: a result that no queue takes is as good as refused.
 *
 * A result has an owner, the slot that has its task in hand, or none: an orphan, which the journal
 * keeps. Orphans are what a lost link, a power cut or a pipelined ack left behind. They go first,
 * again and again until they are confirmed; an owner hears how it went and decides itself.
 */

#define HF_OUTBOX_ORPHAN   (-1)
#define HF_OUTBOX_MAX      (HF_JOURNAL_UNCONFIRMED + HF_SESSION_CHANNELS_MAX)
#define HF_OUTBOX_RETRY_MS 2000 /* pause before a result that was not kept is published again */

enum hf_outbox_phase {
    HF_OUTBOX_FREE,
    HF_OUTBOX_WAITING, /* to be begun when the link takes it */
    HF_OUTBOX_SENDING, /* its body is under way */
    HF_OUTBOX_SENT,    /* the broker's confirm is awaited */
    HF_OUTBOX_SETTLED, /* answered; `kept` says how; the owner has not been told yet */
};

struct hf_outbox_item {
    enum hf_outbox_phase phase;
    int owner;                      /* index of a slot, or HF_OUTBOX_ORPHAN */
    uint64_t sequence;              /* in the journal */
    char id[HF_ID_MAX + 1];         /* of its task, from its sending on */
    const struct hf_result *result; /* the owner's; NULL: to be loaded from the journal */
    const struct hf_spool *body;
    uint64_t confirm; /* its publish sequence */
    bool returned;    /* basic.return came: the confirm that follows means nothing */
    bool kept;
    int64_t not_before_ms;
};

struct hf_outbox {
    /* The outbox's own. */
    struct hf_journal *journal;
    struct hf_session *session;
    const char *board; /* for the routing key */
    uint16_t channel;
    struct hf_outbox_item items[HF_OUTBOX_MAX];
    struct hf_outbox_item *sending; /* NULL: none */
    int64_t offset;
    struct hf_result result; /* of an orphan that is being sent, or loaded before */
    struct hf_journal_reading reading;
    struct hf_spool body;
};

/* All is borrowed and must outlive the outbox. What the journal has unconfirmed becomes orphans. */
void hf_outbox_init(struct hf_outbox *outbox, struct hf_journal *journal,
                    struct hf_session *session, uint16_t channel, const char *board);
void hf_outbox_close(struct hf_outbox *outbox);

/* Publishes an owner's result. `result` and `body` are borrowed until it is settled or released. */
void hf_outbox_add(struct hf_outbox *outbox, int owner, uint64_t sequence,
                   const struct hf_result *result, const struct hf_spool *body);

/* From now on it is an orphan, whether or not it was added before. */
void hf_outbox_release(struct hf_outbox *outbox, uint64_t sequence);

/* The link is gone: what was under way waits again. Owners' results are dropped from the list: the
 * owner adds or releases them anew. */
void hf_outbox_link_down(struct hf_outbox *outbox);

/* A CONFIRMED, NACKED or RETURNED event of the session. */
void hf_outbox_event(struct hf_outbox *outbox, const struct hf_session_event *event,
                     int64_t now_ms);

/* The next owner whose result was answered; false: none. `*kept`: the broker has it. */
bool hf_outbox_take_settled(struct hf_outbox *outbox, int *owner, bool *kept);

/*
 * Sends what the session takes now. HF_OK: something was sent, call again. HF_ERR_WOULD_WRITE:
 * nothing to do or no room. Any other error: the link is to be given up.
 */
enum hf_err hf_outbox_step(struct hf_outbox *outbox, int64_t now_ms, struct hf_fault *fault);

size_t hf_outbox_orphans(const struct hf_outbox *outbox);

/* When hf_outbox_step wants to be called although nothing has happened; INT64_MAX: never. */
int64_t hf_outbox_deadline(const struct hf_outbox *outbox);

#endif
