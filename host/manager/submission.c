#include "manager/submission.h"

#include "home/file.h"
#include "ledger/schedules.h"
#include "link/clock.h"
#include "manager/ids.h"
#include "manager/plain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 65536

struct hf_submission {
    struct hf_ledger *ledger;
    struct hf_order order;
    struct hf_job job;
    struct hf_schedule schedule; /* instead of the job, when it is for later */
    int64_t unix_ms;
    struct hf_body_writer *writer; /* of the payload at hand */
    struct hf_body_reader reader;  /* to look at it again */
    uint64_t payload_bytes;        /* so far, of that payload */
    int64_t count;
    uint64_t bytes;
    bool open;     /* the transaction is ours */
    bool existing; /* there is a task of that id already */
    struct hf_ids ids;
    char chunk[CHUNK];
};

/* --- Its beginning --- */

/* The job is its pattern: the id is that of the only job, when there is only one. */
static enum hf_err begin_schedule(struct hf_submission *submission, struct hf_fault *fault)
{
    const struct hf_order *order = &submission->order;
    const struct hf_job *job = &submission->job;
    struct hf_schedule *schedule = &submission->schedule;
    schedule->target = job->target;
    schedule->race = job->race;
    schedule->created_ms = job->created_ms;
    schedule->next_ms = order->time.at_ms;
    memcpy(schedule->id, job->id, sizeof schedule->id);
    memcpy(schedule->name, job->name, sizeof schedule->name);
    memcpy(schedule->handler, job->handler, sizeof schedule->handler);
    hf_str_copy(schedule->rule, sizeof schedule->rule, hf_str(order->time.rule));
    return hf_schedules_add(submission->ledger, schedule, fault);
}

static enum hf_err begin_job(struct hf_submission *submission, struct hf_fault *fault)
{
    const struct hf_order *order = &submission->order;
    struct hf_job *job = &submission->job;
    job->target = order->target;
    job->created_ms = submission->unix_ms;
    hf_ids_next(&submission->ids, job->id);
    hf_str_copy(job->name, sizeof job->name, hf_str(order->name));
    hf_str_copy(job->handler, sizeof job->handler, hf_str(order->handler));
    job->race = order->race;
    if (order->targets)
        job->target = (struct hf_target){HF_TARGET_BOARD, HF_TARGET_ALL};
    enum hf_err err = hf_ledger_begin(submission->ledger, fault);
    if (err != HF_ERR_OK)
        return err;
    submission->open = true;
    return hf_order_is_later(order) ? begin_schedule(submission, fault)
                                    : hf_jobs_add(submission->ledger, job, fault);
}

enum hf_err hf_submission_begin(struct hf_ledger *ledger, const struct hf_order *order,
                                int64_t unix_ms, struct hf_submission **out, struct hf_fault *fault)
{
    enum hf_err err = hf_order_check(order, fault);
    if (err != HF_ERR_OK)
        return err;
    struct hf_submission *submission = calloc(1, sizeof *submission);
    if (!submission) {
        (void)hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a job");
        return HF_ERR_NO_MEMORY;
    }
    submission->ledger = ledger;
    submission->order = *order;
    submission->unix_ms = unix_ms;
    err = hf_body_writer_new(hf_ledger_bodies(ledger), &submission->writer, fault);
    if (err == HF_ERR_OK)
        err = begin_job(submission, fault);
    if (err != HF_ERR_OK) {
        hf_submission_free(submission);
        return err;
    }
    *out = submission;
    return HF_ERR_OK;
}

void hf_submission_free(struct hf_submission *submission)
{
    if (!submission)
        return;
    if (submission->open)
        hf_ledger_rollback(submission->ledger);
    hf_body_close(&submission->reader);
    hf_body_writer_free(submission->writer);
    free(submission);
}

/* --- One task: its payload piece by piece, then the rest --- */

void hf_submission_task_begin(struct hf_submission *submission)
{
    hf_body_reset(submission->writer);
    submission->payload_bytes = 0;
}

enum hf_err hf_submission_task_piece(struct hf_submission *submission, struct hf_str bytes,
                                     const char *what, struct hf_fault *fault)
{
    submission->payload_bytes += bytes.len;
    if (submission->payload_bytes > HF_PAYLOAD_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                            "%.100s is larger than the %llu MiB that a payload may have: keep it "
                            "where the boards reach it, and submit its address",
                            what, (unsigned long long)(HF_PAYLOAD_MAX >> 20));
    if (submission->order.dry_run && !submission->order.plain)
        return HF_ERR_OK; /* its size is all that is asked for */
    return hf_body_write(submission->writer, bytes.data, bytes.len, fault);
}

static enum hf_err check_plain(struct hf_submission *submission, const struct hf_task *task,
                               const struct hf_body *body, struct hf_fault *fault)
{
    char *json = NULL;
    enum hf_err err =
        hf_body_open(hf_ledger_bodies(submission->ledger), body, &submission->reader, fault);
    if (err == HF_ERR_OK)
        err = hf_plain_body(task, &submission->reader, &json, fault);
    free(json);
    return err;
}

static void fill_entry(struct hf_submission *submission, const char *name, struct hf_entry *entry)
{
    const struct hf_order *order = &submission->order;
    *entry = (struct hf_entry){.job = submission->job.number,
                               .seq = submission->count + 1,
                               .target = order->target,
                               .created_ms = submission->unix_ms};
    if (order->id)
        hf_str_copy(entry->task.id, sizeof entry->task.id, hf_str(order->id));
    else
        hf_ids_next(&submission->ids, entry->task.id);
    memcpy(entry->task.job, submission->job.id, sizeof entry->task.job);
    memcpy(entry->task.handler, submission->job.handler, sizeof entry->task.handler);
    entry->task.attempt = 1;
    entry->task.max_attempts = order->max_attempts;
    entry->task.timeout_ms = order->timeout_ms;
    entry->task.soft_timeout_ms = order->soft_timeout_ms;
    entry->task.limits = order->limits;
    entry->task.not_after_ms = order->not_after_ms;
    entry->task.priority = order->priority;
    entry->task.plain = order->plain;
    /* A name that is too long keeps its end: the file name, not the folders before it. */
    size_t len = name ? strlen(name) : 0;
    hf_str_copy(entry->name, sizeof entry->name,
                hf_str(len > HF_TASK_NAME_MAX ? name + len - HF_TASK_NAME_MAX : name));
}

static enum hf_err add_entry(struct hf_submission *submission, const char *name,
                             const struct hf_target *target, const struct hf_body *body,
                             struct hf_fault *fault)
{
    struct hf_entry entry;
    enum hf_err err = HF_ERR_OK;
    fill_entry(submission, name, &entry);
    if (target)
        entry.target = *target;
    if (submission->order.plain)
        err = check_plain(submission, &entry.task, body, fault);
    if (err == HF_ERR_OK && submission->schedule.number)
        err = hf_schedules_add_task(submission->ledger, submission->schedule.number, &entry, body,
                                    fault);
    else if (err == HF_ERR_OK)
        err = hf_tasks_add(submission->ledger, &entry, body, fault);
    if (err == HF_ERR_EXISTS && submission->order.id) {
        submission->existing = true;
        err = HF_ERR_OK;
    }
    if (err == HF_ERR_OK)
        submission->count++;
    return err;
}

enum hf_err hf_submission_task_end(struct hf_submission *submission, const char *name,
                                   struct hf_fault *fault)
{
    const struct hf_order *order = &submission->order;
    struct hf_body body;
    if (order->id && submission->count > 0)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--id is for one task, and there are more");
    enum hf_err err = hf_body_finish(submission->writer, &body, fault);
    if (err == HF_ERR_OK && !order->targets)
        err = add_entry(submission, name, NULL, &body, fault);
    for (size_t i = 0; i < order->target_count && err == HF_ERR_OK; i++)
        err = add_entry(submission, name, &order->targets[i], &body, fault);
    if (err == HF_ERR_OK)
        submission->bytes += submission->payload_bytes;
    return err;
}

enum hf_err hf_submission_add_bytes(struct hf_submission *submission, const char *name,
                                    struct hf_str payload, struct hf_fault *fault)
{
    hf_submission_task_begin(submission);
    enum hf_err err = hf_submission_task_piece(submission, payload, "the payload", fault);
    return err ? err : hf_submission_task_end(submission, name, fault);
}

enum hf_err hf_submission_add_stream(struct hf_submission *submission, const char *name, FILE *from,
                                     const char *what, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    size_t got = 0;
    hf_submission_task_begin(submission);
    while (err == HF_ERR_OK && (got = fread(submission->chunk, 1, CHUNK, from)) > 0)
        err = hf_submission_task_piece(submission, (struct hf_str){submission->chunk, got}, what,
                                       fault);
    if (err == HF_ERR_OK && ferror(from))
        err = hf_file_fault(fault, errno, "cannot read", what);
    return err ? err : hf_submission_task_end(submission, name, fault);
}

enum hf_err hf_submission_add_file(struct hf_submission *submission, const char *path,
                                   struct hf_fault *fault)
{
    FILE *from = fopen(path, "re");
    if (!from)
        return hf_file_fault(fault, errno, "cannot read", path);
    enum hf_err err = hf_submission_add_stream(submission, path, from, path, fault);
    fclose(from);
    return err;
}

/* --- The end --- */

static enum hf_err hand_out_existing(struct hf_submission *submission, struct hf_job *job,
                                     struct hf_fault *fault)
{
    struct hf_entry entry;
    hf_ledger_rollback(submission->ledger);
    submission->open = false;
    enum hf_err err = hf_tasks_get(submission->ledger, submission->order.id, &entry, fault);
    return err ? err : hf_jobs_get(submission->ledger, entry.job, job, fault);
}

enum hf_err hf_submission_finish(struct hf_submission *submission, struct hf_job *job,
                                 struct hf_fault *fault)
{
    if (submission->count == 0)
        return hf_fault_set(fault, HF_ERR_MISSING, 0, "there is no task in it: the input is empty");
    if (submission->order.dry_run) {
        hf_ledger_rollback(submission->ledger);
        submission->open = false;
        *job = submission->job;
        return HF_ERR_OK;
    }
    if (submission->existing)
        return hand_out_existing(submission, job, fault);
    enum hf_err err = hf_ledger_commit(submission->ledger, fault);
    submission->open = false;
    if (err == HF_ERR_OK)
        *job = submission->job;
    return err;
}

const struct hf_order *hf_submission_order(const struct hf_submission *submission)
{
    return &submission->order;
}

bool hf_submission_existing(const struct hf_submission *submission)
{
    return submission->existing;
}

int64_t hf_submission_schedule(const struct hf_submission *submission)
{
    return submission->schedule.number;
}

int64_t hf_submission_count(const struct hf_submission *submission)
{
    return submission->count;
}

uint64_t hf_submission_bytes(const struct hf_submission *submission)
{
    return submission->bytes;
}

enum hf_err hf_submission_hand_in(struct hf_ledger *ledger, const struct hf_order *order,
                                  const char *name, struct hf_str payload, struct hf_job *job,
                                  struct hf_fault *fault)
{
    struct hf_submission *submission = NULL;
    enum hf_err err = hf_submission_begin(ledger, order, hf_clock_unix_ms(), &submission, fault);
    if (!err)
        err = hf_submission_add_bytes(submission, name, payload, fault);
    if (!err)
        err = hf_submission_finish(submission, job, fault);
    hf_submission_free(submission);
    return err;
}
