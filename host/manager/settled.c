#include "manager/settled.h"

#include <stdio.h>

void hf_settled_add(struct hf_settled *settled, struct hf_attempt attempt, enum hf_flight_fate fate,
                    const char *reason, int64_t now_ms)
{
    struct hf_settled_one *one = &settled->list[settled->count];
    if (settled->count++ == 0)
        settled->since_ms = now_ms;
    one->attempt = attempt;
    one->fate = fate;
    snprintf(one->reason, sizeof one->reason, "%s", reason ? reason : "");
}

bool hf_settled_is_full(const struct hf_settled *settled)
{
    return settled->count == HF_SETTLED_MAX;
}

static enum hf_err write_one(const struct hf_settled_one *one, struct hf_ledger *ledger,
                             int64_t unix_ms, uint64_t *queued, struct hf_fault *fault)
{
    bool moved = false;
    if (one->fate == HF_FLIGHT_TOO_LATE)
        return hf_tasks_expire(ledger, one->attempt, one->reason, unix_ms, &moved, fault);
    if (one->fate != HF_FLIGHT_STORED)
        return one->reason[0] ? hf_tasks_held(ledger, one->attempt, one->reason, fault) : HF_ERR_OK;
    enum hf_err err = hf_tasks_queued(ledger, one->attempt, unix_ms, &moved, fault);
    *queued += moved;
    return err;
}

enum hf_err hf_settled_write(struct hf_settled *settled, struct hf_ledger *ledger, int64_t unix_ms,
                             uint64_t *queued, struct hf_fault *fault)
{
    *queued = 0;
    if (settled->count == 0)
        return HF_ERR_OK;
    enum hf_err err = hf_ledger_begin(ledger, fault);
    for (size_t i = 0; i < settled->count && err == HF_ERR_OK; i++)
        err = write_one(&settled->list[i], ledger, unix_ms, queued, fault);
    if (err == HF_ERR_OK)
        err = hf_ledger_commit(ledger, fault);
    if (err != HF_ERR_OK) {
        hf_ledger_rollback(ledger);
        *queued = 0;
        return err;
    }
    settled->count = 0;
    return HF_ERR_OK;
}
