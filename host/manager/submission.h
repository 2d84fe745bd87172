#ifndef HF_MANAGER_SUBMISSION_H
#define HF_MANAGER_SUBMISSION_H

#include "ledger/tasks.h"
#include "manager/order.h"

#include <stdio.h>

/*
 * Turns input into a job and its tasks, all in one transaction of the ledger: either the whole job
 * is there afterwards, or nothing of it. Publishing is the outbox's part. Memory does not grow with
 * the input. Blocks on the disk and on the input given.
 */

#define HF_PAYLOAD_MAX                                                                             \
    (UINT64_C(16) * 1024 * 1024) /* bytes; RabbitMQ 4 takes no more by default                     \
                                  */

struct hf_submission;

/*
 * Begins a transaction and adds the job, or the schedule when the order is for later. Errors of
 * hf_order_check(). Texts of the order are borrowed until the end.
 */
enum hf_err hf_submission_begin(struct hf_ledger *ledger, const struct hf_order *order,
                                int64_t unix_ms, struct hf_submission **out,
                                struct hf_fault *fault);

/*
 * Adds tasks. HF_ERR_TOO_LARGE: a payload over HF_PAYLOAD_MAX (or a plain one over
 * HF_PLAIN_BODY_MAX). HF_ERR_INVALID: a plain one that is no text. HF_ERR_NOT_FOUND, HF_ERR_DENIED,
 * HF_ERR_IO: the input. Errors of the ledger. After an error only hf_submission_free() is allowed.
 */
enum hf_err hf_submission_add_bytes(struct hf_submission *submission, const char *name,
                                    struct hf_str payload, struct hf_fault *fault);

/* One task whose payload is all that `from` has; `what` names it in faults. */
enum hf_err hf_submission_add_stream(struct hf_submission *submission, const char *name, FILE *from,
                                     const char *what, struct hf_fault *fault);

/* One task for a file; its name is the path as given. */
enum hf_err hf_submission_add_file(struct hf_submission *submission, const char *path,
                                   struct hf_fault *fault);

/* One task for each line (without its LF or CRLF); empty lines are left out, unless the order wants
 * them. */
enum hf_err hf_submission_add_lines(struct hf_submission *submission, FILE *from, const char *what,
                                    struct hf_fault *fault);

/*
 * One task piece by piece, for those who make payloads: begin, any number of pieces (`what` names
 * it in faults), end. Errors as above.
 */
void hf_submission_task_begin(struct hf_submission *submission);
enum hf_err hf_submission_task_piece(struct hf_submission *submission, struct hf_str bytes,
                                     const char *what, struct hf_fault *fault);
enum hf_err hf_submission_task_end(struct hf_submission *submission, const char *name,
                                   struct hf_fault *fault);

/*
 * Makes it all durable (a dry run: undoes it) and hands out the job; of a schedule the pattern of
 * its jobs, which has no number. When there is a task of the order's id already, nothing is added
 * and `job` is that task's. HF_ERR_MISSING: no task.
 */
enum hf_err hf_submission_finish(struct hf_submission *submission, struct hf_job *job,
                                 struct hf_fault *fault);

/* A whole job of one payload, for each target of the order: begun now, added and finished. Errors
 * as above. */
enum hf_err hf_submission_hand_in(struct hf_ledger *ledger, const struct hf_order *order,
                                  const char *name, struct hf_str payload, struct hf_job *job,
                                  struct hf_fault *fault);

const struct hf_order *hf_submission_order(const struct hf_submission *submission);
bool hf_submission_existing(const struct hf_submission *submission); /* after finish: so it was */
int64_t hf_submission_schedule(const struct hf_submission *submission); /* its number; 0: none */
int64_t hf_submission_count(const struct hf_submission *submission);    /* tasks so far */
uint64_t hf_submission_bytes(const struct hf_submission *submission);   /* of payloads so far */

/* Undoes what was not finished. NULL is fine. */
void hf_submission_free(struct hf_submission *submission);

#endif
