#ifndef HF_MANAGER_SCHEDULE_H
#define HF_MANAGER_SCHEDULE_H

#include "ledger/schedules.h"

/*
 * Makes the jobs of the schedules that are due. A run is one transaction: the job with all its
 * tasks, and when it is due next. Runs that were missed, because nobody was there, are caught up
 * once: the next one is the first after now. Any command may do it; the ledger's lock makes each
 * run happen once.
 */

/* Runs what is due by now and counts it. Errors of the ledger: the run at hand was undone. */
enum hf_err hf_schedule_run_due(struct hf_ledger *ledger, int64_t now_ms, uint64_t *runs,
                                struct hf_fault *fault);

/* When it is due next after `now_ms`, by its rule; 0: it is for once. HF_ERR_INVALID: no rule. */
enum hf_err hf_schedule_next(const struct hf_schedule *schedule, int64_t now_ms, int64_t *out,
                             struct hf_fault *fault);

/* Lets a paused one go on, due by its rule from now on; one that is for once, when it was due. */
enum hf_err hf_schedule_resume(struct hf_ledger *ledger, const struct hf_schedule *schedule,
                               int64_t now_ms, struct hf_fault *fault);

#endif
