#ifndef HF_BROKER_TOPOLOGY_H
#define HF_BROKER_TOPOLOGY_H

#include "wire/topology.h"

#include <cJSON.h>

/*
 * What is declared on the broker, all of it from the tables in topology.c: exchanges, queues,
 * bindings, policies, users and permissions of wire/topology.h's names.
 *
 * The same definitions import on RabbitMQ 3.10 to 4.x, because of two rules. The only argument of
 * a queue is its type; limits, TTLs and dead-lettering are policies, so that declaring again is
 * the same on every version and tuning never clashes with what exists. And no limit is left to a
 * default that changed between versions: 4.x drops a message after 20 deliveries unless told
 * otherwise.
 *
 * The delivery limit never leads into a retry rung: a loop of time-to-live and delivery limit
 * drops or traps its messages. It leads to hf.dead, and the manager decides about retries.
 */

/* What an import is to contain. */
struct hf_topology_users {
    const char *admin;      /* user of the management API; NULL: leave users' passwords alone */
    const char *admin_hash; /* its password, as broker/password.h hashes it */
};

/*
 * Definitions for `load_definitions` or POST /api/definitions: the vhost, everything fixed in it,
 * the default pool's queue, the manager's user and permissions, and the admin when `users` names
 * one. NULL when memory runs out; the caller deletes it.
 */
cJSON *hf_topology_definitions(const char *vhost, const struct hf_topology_users *users);

/* The body that declares a durable queue of a type: {durable, auto_delete, arguments}. As above. */
cJSON *hf_topology_queue(const char *type);

#endif
