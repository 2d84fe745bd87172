#ifndef HF_MANAGER_SETTLED_H
#define HF_MANAGER_SETTLED_H

#include "manager/window.h"

/*
 * What became of publishes, gathered until it is worth a transaction of the ledger: a sync of the
 * disk for each confirm would be the slowest thing that the manager does.
 */

#define HF_SETTLED_MAX     512
#define HF_SETTLED_WAIT_MS 50 /* the oldest one is written down after that long */

struct hf_settled_one {
    struct hf_attempt attempt;
    enum hf_flight_fate fate;
    char reason[HF_REASON_MAX + 1]; /* when it is not stored; empty: as it was */
};

struct hf_settled {
    size_t count;
    int64_t since_ms; /* monotonic: of the oldest */
    struct hf_settled_one list[HF_SETTLED_MAX];
};

/* Never when it is full. `reason` may be NULL. */
void hf_settled_add(struct hf_settled *settled, struct hf_attempt attempt, enum hf_flight_fate fate,
                    const char *reason, int64_t now_ms);

bool hf_settled_is_full(const struct hf_settled *settled);

/*
 * Writes all down in one transaction and empties the list: stored ones are queued now, those
 * that are too late have expired, the others stay pending with their reason. `*queued` is how many
 * moved. Errors of the ledger: nothing was written, nothing is taken off the list.
 */
enum hf_err hf_settled_write(struct hf_settled *settled, struct hf_ledger *ledger, int64_t unix_ms,
                             uint64_t *queued, struct hf_fault *fault);

#endif
