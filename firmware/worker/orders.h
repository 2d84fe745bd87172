#ifndef HF_WORKER_ORDERS_H
#define HF_WORKER_ORDERS_H

#include "link/session.h"
#include "link/signature.h"
#include "wire/control.h"
#include "wire/topology.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Commands that come in through the board's control queue, one delivery at a time. Whoever is not
 * the manager is not obeyed; what cannot be read is answered, never obeyed in part.
 */

struct hf_orders {
    const char *sender; /* whose commands are taken; borrowed */
    /* Whose signature they must bear; NULL: none. Borrowed, set after the init, as the names of the
     * two that a command may be for, beside "all". */
    const struct hf_verifier *manager;
    const char *board, *pool;
    char to[HF_ROUTE_MAX + 1];
    char signature[HF_SIGNATURE_MAX + 1];
    uint64_t tag;
    bool from_sender;
    bool too_large;
    size_t len;
    char body[HF_CONTROL_BODY_MAX];
};

enum hf_orders_result {
    HF_ORDERS_PARTIAL, /* more of the delivery is to come */
    HF_ORDERS_COMMAND, /* `command` is to be obeyed and answered; ack `tag` */
    HF_ORDERS_REFUSED, /* `fault` is to be answered to `command->id`; ack `tag` */
};

void hf_orders_init(struct hf_orders *orders, const char *sender);

/* The session's DELIVERY, BODY and DELIVERED events of the control channel. */
enum hf_orders_result hf_orders_take(struct hf_orders *orders, const struct hf_session_event *event,
                                     struct hf_control *command, struct hf_fault *fault);

#endif
