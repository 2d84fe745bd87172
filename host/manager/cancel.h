#ifndef HF_MANAGER_CANCEL_H
#define HF_MANAGER_CANCEL_H

#include "ledger/tasks.h"
#include "manager/control.h"

/*
 * Cancelling: the ledger ends the task at once; then the boards that have it, or may still get it,
 * are told by a command (manager/control.h). Told twice, or late, does no harm: the command is
 * about the attempts that there were, so what is handed out again later is not meant.
 */

/*
 * Gives the command that belongs to a cancelled task, as it stood before it was cancelled. One
 * that is pending is no exception: the broker may have it before its confirm is written down.
 * Nothing for a queue of somebody else's: nobody there listens.
 */
enum hf_err hf_cancel_tell_task(struct hf_controls *controls, const struct hf_entry *before,
                                struct hf_fault *fault);

/* The same for all of a job, as it stands since it was cancelled. Tasks for single boards are told
 * to all boards. */
enum hf_err hf_cancel_tell_job(struct hf_controls *controls, const struct hf_job *job,
                               struct hf_fault *fault);

#endif
