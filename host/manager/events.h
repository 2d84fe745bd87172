#ifndef HF_MANAGER_EVENTS_H
#define HF_MANAGER_EVENTS_H

#include "ledger/ledger.h"
#include "link/session.h"
#include "manager/fleet.h"

/*
 * One event on its way in from hf.q.events: gathers its body, notes it in the fleet, and writes it
 * to the ledger, where every command finds it whoever took it in. A bad one is dropped: events may
 * be lost, and no task depends on them.
 *
 * In the ledger's `events` an answer to a command stands under the command's id as its task: kind
 * HF_EVENTS_ANSWER, text "ok ..." or "no ...". HF_EVENTS_ONLINE and HF_EVENTS_LEFT are changes of a
 * board; progress ("40 note") and log are a task's.
 */

#define HF_EVENTS_ANSWER   "answer"
#define HF_EVENTS_PROGRESS "progress"
#define HF_EVENTS_LOG      "log"
#define HF_EVENTS_ONLINE   "board-online"
#define HF_EVENTS_LEFT     "board-left"

struct hf_events {
    struct hf_fleet *fleet; /* borrowed */
    uint64_t tag;           /* of the last one that is whole; 0: none */
    uint64_t arriving;      /* of the one whose body comes */
    char sender[HF_NAME_MAX + 1];
    size_t len; /* over HF_EVENT_BODY_MAX: it is too large */
    char body[HF_EVENT_BODY_MAX + 1];
    bool readable;         /* the last one that is whole is in `event` */
    struct hf_event event; /* from the board `sender` */
};

/* DELIVERY, BODY and DELIVERED on its channel; others are ignored. */
void hf_events_take(struct hf_events *events, const struct hf_session_event *event, int64_t now_ms);

/*
 * Writes the last one down: the board is seen, its task runs, what happened. Does nothing when it
 * was not readable. In a transaction only. Errors of the ledger.
 */
enum hf_err hf_events_store(const struct hf_events *events, struct hf_ledger *ledger,
                            int64_t unix_ms, struct hf_fault *fault);

#endif
