#ifndef HF_BROKER_STATUS_H
#define HF_BROKER_STATUS_H

#include "broker/management.h"
#include "wire/ident.h"
#include "wire/topology.h"

#include <stdint.h>
#include <sys/types.h>

/* What the broker says of itself, as plain facts. The broker's own figures lag about 5 s behind. */

#define HF_STATUS_VERSION_MAX 31

struct hf_status_queue {
    char name[HF_ROUTE_MAX + 1];
    char state[16]; /* "running", or what is wrong: "down", "minority" */
    int64_t ready, unacked, consumers;
};

struct hf_status_board {
    char name[HF_NAME_MAX + 1]; /* the user that its certificate names */
    char address[64];           /* where it connects from */
    int64_t connected_at_s;     /* Unix time; 0: unknown */
};

struct hf_broker_status {
    char version[HF_STATUS_VERSION_MAX + 1]; /* of RabbitMQ */
    int64_t uptime_ms, memory_bytes;         /* of the node that answered first */
    size_t node_count, node_running_count;
    size_t queue_count, board_count;
    struct hf_status_queue *queues; /* of the vhost, in the order of their names */
    struct hf_status_board *boards; /* one row a connection; the manager's are left out */
};

/*
 * Asks the management API. Errors of hf_management_call; `out` is then empty. Otherwise it is to
 * be given to hf_broker_status_free.
 */
enum hf_err hf_broker_status_read(struct hf_management *management, struct hf_broker_status *out,
                                  struct hf_fault *fault);

void hf_broker_status_free(struct hf_broker_status *status);

#endif
