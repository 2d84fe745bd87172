#ifndef HF_MANAGER_ROUTE_H
#define HF_MANAGER_ROUTE_H

#include "ledger/tasks.h"
#include "wire/topology.h"

/* Where a task is published to. Pure. */
struct hf_path {
    char exchange[HF_ROUTE_MAX + 1]; /* empty: the default exchange */
    char key[sizeof HF_KEY_DEVICE_PREFIX + HF_TARGET_MAX];
};

/* By the rule in manager/outbox.h. `attempt` is the one that is to be made, from 1. */
void hf_route_task(const struct hf_target *target, uint32_t attempt, struct hf_path *out);

/* Why a task for that target came back unroutable, and what to do about it. */
void hf_route_missing(const struct hf_target *target, char reason[HF_REASON_MAX + 1]);

#endif
