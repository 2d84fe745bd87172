#ifndef HF_BROKER_AUDIT_H
#define HF_BROKER_AUDIT_H

#include <cJSON.h>

/*
 * What a broker has of what is declared (broker/topology.h), and what is wrong with it. Pure: from
 * the definitions of a vhost as its management API exports them.
 */

enum hf_audit_fault {
    HF_AUDIT_MISSING,   /* declaring it mends that */
    HF_AUDIT_DIFFERENT, /* a policy that was changed: declaring it again mends that */
    HF_AUDIT_ARGUMENTS, /* another type, or other arguments: it has to be deleted first */
    HF_AUDIT_HIDDEN,    /* a policy of a higher priority, not ours, may hide it */
};

/* `kind` is "exchange", "queue", "binding" or "policy"; `name` says which one. */
typedef void (*hf_audit_each)(void *context, enum hf_audit_fault fault, const char *kind,
                              const char *name);

/* `wanted` as hf_topology_definitions() makes it, `found` as GET /api/definitions/VHOST. */
void hf_audit(const cJSON *wanted, const cJSON *found, hf_audit_each each, void *context);

/* The same for a queue that comes with a pool or a board: durable, quorum, nothing else. */
void hf_audit_queue(const char *name, const cJSON *found, hf_audit_each each, void *context);

#endif
