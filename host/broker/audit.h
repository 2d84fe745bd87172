#ifndef HF_BROKER_AUDIT_H
#define HF_BROKER_AUDIT_H

#include "wire/fault.h"

#include <cJSON.h>

/*
 * What a broker has of what is declared, and what is wrong with it. Pure: from the definitions of a
 * vhost as its management API exports them. Each look takes the time of a few comparisons, however
 * many boards there are.
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

struct hf_audit;

/* `found` as GET /api/definitions/VHOST; borrowed, must outlive it. HF_ERR_NO_MEMORY. To be freed
 * whatever the outcome. */
enum hf_err hf_audit_new(const cJSON *found, hf_audit_each each, void *context,
                         struct hf_audit **out, struct hf_fault *fault);
void hf_audit_free(struct hf_audit *audit); /* NULL: nothing is done */

/* What every broker has: `wanted` as hf_topology_definitions() makes it. */
void hf_audit_definitions(const struct hf_audit *audit, const cJSON *wanted);

/* What hf_declare_pool() and hf_declare_board() make (broker/declare.h). */
void hf_audit_pool(const struct hf_audit *audit, const char *pool);
void hf_audit_board(const struct hf_audit *audit, const char *board, const char *pool);

#endif
