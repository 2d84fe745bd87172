#ifndef HF_MANAGER_COURIER_INTERNAL_H
#define HF_MANAGER_COURIER_INTERNAL_H

#include "link/backoff.h"
#include "manager/connect.h"
#include "manager/courier.h"
#include "manager/race.h"

/* Inside the courier only: what it is made of. */

struct hf_courier {
    struct hf_courier_config config;
    struct hf_connect connect;
    struct hf_outbox *outbox;
    struct hf_seal_signer *signer; /* NULL: there is no key */
    struct hf_collect *collect;
    struct hf_controls controls;
    struct hf_race race;
    int64_t schedule_at_ms; /* look again then at what is due */
    struct hf_fleet fleet;
    struct hf_backoff backoff;
    int64_t start_at_ms;
    int64_t up_at_ms; /* 0: it never was */
    int64_t down_at_ms;
    bool more;   /* events are left over from the last step */
    bool prompt; /* it is closed only to be opened again at once */
    int turn;    /* descriptor; -1: it is not ours */
    int64_t turn_at_ms;
    uint64_t retries; /* that the outbox knows of */
    char trouble[HF_FAULT_TEXT_MAX + 1];
};

/*
 * Does what one event of the session asks for: begins and ends the parts, hands on what is theirs,
 * decides when to connect anew. Errors are those that the courier ends with.
 */
enum hf_err hf_courier_hear(struct hf_courier *courier, const struct hf_session_event *event,
                            int64_t now_ms, struct hf_fault *fault);

#endif
