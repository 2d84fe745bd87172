#ifndef HF_MANAGER_SUBMISSION_H
#define HF_MANAGER_SUBMISSION_H

#include "ledger/jobs.h"
#include "ledger/tasks.h"

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

/* What all tasks of a job have in common. */
struct hf_order {
    const char *name;    /* of the job; NULL: none */
    const char *handler; /* "": the worker's default */
    struct hf_target target;
    int64_t timeout_ms;      /* 0: the worker's default */
    int64_t soft_timeout_ms; /* less than timeout_ms; 0: the worker's default */
    struct hf_limits limits; /* 0: the worker's alone */
    int64_t patience_s;      /* of the queue's broker (broker/patience.h); 0: unknown */
    uint32_t max_attempts;   /* at least 1 */
    bool plain;              /* bodies go out as plain JSON: payloads must be UTF-8 text */
    bool dry_run;            /* everything is checked, nothing is kept */
};

/*
 * Begins a transaction and adds the job. HF_ERR_INVALID: handler, name or target is not in its form
 * (the fault says which form), or a time limit is over what the broker or the other one allows.
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

/* One task for each line (without its LF or CRLF); empty lines are left out. */
enum hf_err hf_submission_add_lines(struct hf_submission *submission, FILE *from, const char *what,
                                    struct hf_fault *fault);

/* Makes it all durable (a dry run: undoes it) and hands out the job. HF_ERR_MISSING: no task. */
enum hf_err hf_submission_finish(struct hf_submission *submission, struct hf_job *job,
                                 struct hf_fault *fault);

int64_t hf_submission_count(const struct hf_submission *submission);  /* tasks so far */
uint64_t hf_submission_bytes(const struct hf_submission *submission); /* of payloads so far */

/* Undoes what was not finished. NULL is fine. */
void hf_submission_free(struct hf_submission *submission);

#endif
