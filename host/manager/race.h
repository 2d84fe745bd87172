#ifndef HF_MANAGER_RACE_H
#define HF_MANAGER_RACE_H

#include "ledger/results.h"
#include "manager/control.h"

/*
 * Jobs that their first success ends ("submit --first"). The success and the cancelling of the
 * rest are one transaction of the ledger; then the boards are told to stop what they have of the
 * job, again after a crash or a lost link, until the broker has that command.
 */

/*
 * A task that is done and has found something. An output that is empty, the JSON value null, or an
 * object of nothing but nulls is none: that is how a search says "not in my part". Pure.
 */
bool hf_race_is_success(const struct hf_report *report);

/*
 * That report has ended a task just now: when it is a success and its job a race, the other open
 * tasks of the job end as cancelled. In the transaction that took the report. Errors of the ledger.
 */
enum hf_err hf_race_take(struct hf_ledger *ledger, const struct hf_report *report,
                         struct hf_fault *fault);

/* The job whose boards are being told. Zeroed: none is. */
struct hf_race {
    int64_t job;
    char command[HF_ID_MAX + 1];
};

/* Tells the boards of the next race that is won, and writes down when they were told; not inside
 * a transaction. Errors of the ledger. */
enum hf_err hf_race_step(struct hf_race *race, struct hf_ledger *ledger,
                         struct hf_controls *controls, struct hf_fault *fault);

#endif
