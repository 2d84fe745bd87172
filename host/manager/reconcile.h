#ifndef HF_MANAGER_RECONCILE_H
#define HF_MANAGER_RECONCILE_H

#include "broker/management.h"
#include "ledger/tasks.h"

#include <stdbool.h>

/*
 * The ledger is the truth: what it says is queued, and no queue of the broker holds and no board
 * reports, is lost (purged by a board that means harm, dropped by a broken broker) and is published
 * again.
 *
 * A broker tells how many messages a queue holds, and not which. So per pool and board the tasks
 * that are queued or running in the ledger are counted against what the queue and the retry rungs
 * hold; only when fewer are held, twice with a pause in between, some are lost. Which ones is
 * certain when the queue is empty; otherwise the oldest are taken, which may publish one a second
 * time that is there: it then runs twice, and its first result counts. With each look more are
 * right, and when the queue is empty all are.
 *
 * Nothing is judged while results wait to be taken in: their tasks look lost too. Queues of
 * somebody else's are left alone, for who consumes there may report nothing.
 */

#define HF_RECONCILE_TARGETS  256
#define HF_RECONCILE_PAUSE_MS 7000  /* between two looks: the broker's figures lag by 5 s */
#define HF_RECONCILE_GRACE_MS 10000 /* a task that was queued later is not judged */

struct hf_reconcile_target {
    struct hf_target target;
    int64_t open;    /* queued and running in the ledger */
    int64_t later;   /* of them: as a second attempt or later, which may lie in a rung */
    int64_t held;    /* by its queue, ready and in hand */
    int64_t missing; /* in both looks */
};

struct hf_reconcile {
    size_t count;
    struct hf_reconcile_target targets[HF_RECONCILE_TARGETS];
    int64_t rungs;   /* messages in the retry rungs */
    int64_t waiting; /* results and dead letters that are not taken in yet */
};

/*
 * One look. HF_ERR_BUSY: results wait, or there are more than HF_RECONCILE_TARGETS pools and
 * boards. Errors of hf_management_call and of the ledger.
 */
enum hf_err hf_reconcile_look(struct hf_ledger *ledger, struct hf_management *management,
                              int64_t now_ms, struct hf_reconcile *out, struct hf_fault *fault);

/* Pure: how many of a target's tasks are missing by one look. */
int64_t hf_reconcile_missing(const struct hf_reconcile *look,
                             const struct hf_reconcile_target *target);

/* Pure: into `now` what is missing in both. */
void hf_reconcile_judge(const struct hf_reconcile *before, struct hf_reconcile *now);

/*
 * Makes what is missing pending again. `*again` is how many. Tasks that a board says it runs, and
 * that was heard lately, are left alone. Errors of the ledger.
 */
enum hf_err hf_reconcile_mend(struct hf_ledger *ledger, const struct hf_reconcile *judged,
                              int64_t now_ms, int64_t *again, struct hf_fault *fault);

#endif
