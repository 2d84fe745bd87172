#ifndef HF_LEDGER_PRUNE_H
#define HF_LEDGER_PRUNE_H

#include "ledger/ledger.h"

#include <stdint.h>

/* Lets go of what is old. */

struct hf_prune {
    int64_t before_ms; /* jobs that ended before that, Unix ms */
    bool dry_run;      /* only counts */
    bool vacuum;       /* gives the space back to the disk: needs as much again meanwhile */
};

struct hf_pruned {
    int64_t jobs, tasks, strays, events, files;
};

/*
 * Removes jobs that ended before a time, with all their tasks, results and attempts; strays and
 * events of before it; schedules that are over since then stay, they are small. Job after job,
 * thousands of tasks a transaction, so that others can work meanwhile; one that is stopped half way
 * goes on the next time. Then files of bodies that nothing refers to any more and that are an hour
 * old: younger ones may belong to what another process is about to write down.
 */
enum hf_err hf_ledger_prune(struct hf_ledger *ledger, const struct hf_prune *prune,
                            struct hf_pruned *out, struct hf_fault *fault);

#endif
