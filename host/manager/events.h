#ifndef HF_MANAGER_EVENTS_H
#define HF_MANAGER_EVENTS_H

#include "link/session.h"
#include "manager/fleet.h"

/*
 * One event on its way in from hf.q.events: gathers its body and notes it in the fleet. A bad one
 * is dropped: events may be lost, and nothing depends on them.
 */
struct hf_events {
    struct hf_fleet *fleet; /* borrowed */
    uint64_t tag;           /* of the last one that is whole; 0: none */
    char sender[HF_NAME_MAX + 1];
    size_t len; /* over HF_EVENT_BODY_MAX: it is too large */
    char body[HF_EVENT_BODY_MAX + 1];
};

/* DELIVERY, BODY and DELIVERED on its channel; others are ignored. */
void hf_events_take(struct hf_events *events, const struct hf_session_event *event, int64_t now_ms);

#endif
