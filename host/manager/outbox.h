#ifndef HF_MANAGER_OUTBOX_H
#define HF_MANAGER_OUTBOX_H

#include "ledger/ledger.h"
#include "link/session.h"

/*
 * Publishes the ledger's pending tasks, in their order, and marks each `queued` once the broker
 * has confirmed it. A pass goes over all that is pending; what was nacked or returned stays
 * pending and gets its turn in a later pass. A crash between confirm and mark publishes the same
 * id again, which the ledger's rule "first result wins" makes harmless.
 *
 * The first attempt goes to hf.tasks; a later one through the retry rung of its number (5 s, 30 s,
 * 5 min, 1 h and so on with that), from where the broker brings it back to hf.tasks under the same
 * key. A task for a queue of somebody else's goes through the default exchange, retries too.
 *
 * Driven by the caller's poll loop: give it what the session says on its channel with
 * hf_outbox_event(), then call hf_outbox_step(). Blocks only on the ledger's disk. Memory: the
 * window and one page of tasks, whatever is pending. One outbox at a time for a ledger (two would
 * publish everything twice): see manager/turn.h. Not thread safe.
 *
 * A task whose time (not_after) has passed is not sent: it ends as expired.
 *
 * A pool, board or queue that does not take its tasks (returned, nacked) is left alone for the rest
 * of the pass, so that it does not keep the others waiting.
 */

struct hf_outbox;

struct hf_outbox_config {
    struct hf_ledger *ledger;      /* borrowed */
    uint16_t channel;              /* of the session, used by nobody else */
    struct hf_seal_signer *signer; /* borrowed; signs every task; NULL: they go unsigned */
    uint32_t window;               /* unconfirmed messages at most; 0: 2048 */
};

struct hf_outbox_totals {
    uint64_t published; /* messages sent, again and again counted */
    uint64_t queued;    /* confirmed and marked */
    uint64_t nacked;
    uint64_t returned;
};

enum hf_err hf_outbox_new(const struct hf_outbox_config *config, struct hf_outbox **out,
                          struct hf_fault *fault);
void hf_outbox_free(struct hf_outbox *outbox); /* NULL is fine */

/* The session is up: publishing may begin. The session must outlive hf_outbox_lost(). */
void hf_outbox_begin(struct hf_outbox *outbox, struct hf_session *session);

/* The session is down: what was in flight is published again after the next begin. */
void hf_outbox_lost(struct hf_outbox *outbox);

/*
 * The broker closed the channel because of a message (406), and `text` says why. It does not say
 * which one, so after the next begin what was in flight goes out one at a time; when it happens
 * with a single one in flight, that task ends as refused. The session must be closed and begun
 * anew. Errors of the ledger.
 */
enum hf_err hf_outbox_rejected(struct hf_outbox *outbox, struct hf_str text, int64_t unix_ms,
                               struct hf_fault *fault);

/* Something may be pending that was not before: do not wait for the next pass. */
void hf_outbox_wake(struct hf_outbox *outbox);

/* Begins no further task; what has begun is brought to its end. */
void hf_outbox_finish(struct hf_outbox *outbox);

/* True while something is sent of which the ledger does not say yet what became of it. */
bool hf_outbox_is_in_flight(const struct hf_outbox *outbox);

/* CONFIRMED, NACKED and RETURNED on its channel; others are ignored. */
void hf_outbox_event(struct hf_outbox *outbox, const struct hf_session_event *event);

/*
 * Publishes what fits, marks what was confirmed. Must not be called in a transaction of the
 * ledger. Errors are those of the ledger, and of the session (HF_ERR_ILLEGAL: its channel is
 * closed); after one of these wait for the session to go down, or give up.
 */
enum hf_err hf_outbox_step(struct hf_outbox *outbox, int64_t now_ms, int64_t unix_ms,
                           struct hf_fault *fault);

/* Monotonic ms when hf_outbox_step() has something to do without an event; INT64_MAX: never. */
int64_t hf_outbox_deadline(const struct hf_outbox *outbox);

/*
 * True when a whole pass is over and nothing is in flight: all that was pending when it began is
 * queued by now, or held with a reason. After hf_outbox_finish(): that nothing is in flight.
 */
bool hf_outbox_is_idle(const struct hf_outbox *outbox);

void hf_outbox_totals(const struct hf_outbox *outbox, struct hf_outbox_totals *out);

/* Why something was held lately, for a person; empty: nothing was. Lives as long as the outbox. */
const char *hf_outbox_held(const struct hf_outbox *outbox);

#endif
