#ifndef HF_MANAGER_COLLECT_H
#define HF_MANAGER_COLLECT_H

#include "ledger/ledger.h"
#include "link/session.h"
#include "manager/fleet.h"

/*
 * Brings what the boards report into the ledger: results (hf.q.results), tasks that were delivered
 * too often (hf.q.dead) and, when asked, events (hf.q.events; they may be lost).
 *
 * A batch of deliveries is one transaction, and only after its commit are they acked; so a crash
 * at any point brings them again, and the ledger counts what it had already as duplicates. Nothing
 * is ever requeued: a message that cannot be read, or is about a task that the ledger does not
 * know, is written down as a stray (ledger/strays.h) and acked. A result without user_id is such a
 * stray, for nobody vouches for it, and so is one of a board that was never enrolled here.
 *
 * Driven by the caller's poll loop: give it what the session says on its channels with
 * hf_collect_event(), then call hf_collect_step(). Blocks only on the ledger's disk. Memory does
 * not grow with the size of a body. Not thread safe.
 */

struct hf_collect;

struct hf_collect_config {
    struct hf_ledger *ledger; /* borrowed */
    uint16_t results_channel; /* channels of the session, used by nobody else */
    uint16_t dead_channel;
    uint16_t events_channel; /* 0: leave the events alone */
    uint16_t prefetch;       /* results that are under way unacked; 0: 200 */
    struct hf_fleet *fleet; /* borrowed; takes the events; NULL when there is no channel for them */
};

struct hf_collect_totals {
    uint64_t reports; /* results and dead letters */
    uint64_t ended;
    uint64_t retries;
    uint64_t duplicates;
    uint64_t strays;
};

enum hf_err hf_collect_new(const struct hf_collect_config *config, struct hf_collect **out,
                           struct hf_fault *fault);
void hf_collect_free(struct hf_collect *collect); /* NULL is fine */

/* The session is up: starts to consume. The session must outlive hf_collect_lost(). */
enum hf_err hf_collect_begin(struct hf_collect *collect, struct hf_session *session,
                             struct hf_fault *fault);

/* The session is down: an unfinished batch is undone, it will be delivered again. */
void hf_collect_lost(struct hf_collect *collect);

/*
 * DELIVERY, BODY and DELIVERED on its channels; others are ignored. Opens a transaction of the
 * ledger at the first whole delivery; nobody else may until hf_collect_step(). Errors are those of
 * the ledger: the batch is undone, go on with hf_collect_lost() and a new session.
 */
enum hf_err hf_collect_event(struct hf_collect *collect, const struct hf_session_event *event,
                             int64_t now_ms, int64_t unix_ms, struct hf_fault *fault);

/* Commits the batch, then acks it. Call it after a round of events. Errors as above. */
enum hf_err hf_collect_step(struct hf_collect *collect, struct hf_fault *fault);

void hf_collect_totals(const struct hf_collect *collect, struct hf_collect_totals *out);

#endif
