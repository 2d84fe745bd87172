#include "manager/submission.h"

#include "home/file.h"
#include "link/clock.h"
#include "link/random.h"
#include "manager/plain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK        65536
#define RANDOM_OF_ID 10 /* bytes */

struct hf_submission {
    struct hf_ledger *ledger;
    struct hf_order order;
    struct hf_job job;
    int64_t unix_ms;
    struct hf_body_writer *writer; /* of the payload at hand */
    struct hf_body_reader reader;  /* to look at it again */
    uint64_t payload_bytes;        /* so far, of that payload */
    int64_t count;
    uint64_t bytes;
    bool open;                         /* the transaction is ours */
    size_t random_at;                  /* what is left of `random` begins here */
    uint8_t random[64 * RANDOM_OF_ID]; /* fetched at once, for ids */
    char chunk[CHUNK];
};

/* By the time of now, not that of the job: ids in the order of the tasks are appended to the index
 * over them, where a million of one millisecond would be scattered over all of it. */
static void make_id(struct hf_submission *submission, char id[HF_ID_MAX + 1])
{
    uint8_t *random = submission->random + submission->random_at;
    if (submission->random_at + RANDOM_OF_ID > sizeof submission->random) {
        hf_random(submission->random, sizeof submission->random);
        random = submission->random;
        submission->random_at = 0;
    }
    submission->random_at += RANDOM_OF_ID;
    hf_uuid7(id, (uint64_t)hf_clock_unix_ms(), random);
}

/* --- What is asked for --- */

static bool is_shown_as_it_is(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    }
    return true;
}

static enum hf_err check_target(const struct hf_target *target, struct hf_fault *fault)
{
    const char *name = target->name;
    if (target->kind == HF_TARGET_QUEUE) {
        if (name[0] && is_shown_as_it_is(name))
            return HF_ERR_OK;
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%s\" is no queue name: 1 to %d bytes, no control characters", name,
                            HF_TARGET_MAX);
    }
    if (hf_name_valid(hf_str(name)))
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "\"%s\" is no %s name: 1 to %d of a-z 0-9 -, beginning with a letter or "
                        "digit",
                        name, hf_target_kind_text(target->kind), HF_NAME_MAX);
}

static enum hf_err check_times(const struct hf_order *order, struct hf_fault *fault)
{
    if (order->patience_s > 0 && order->timeout_ms > order->patience_s * 1000)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--timeout is %" PRId64 " s, and the broker takes a task away after "
                            "%" PRId64
                            " s (its consumer_timeout): raise that in rabbitmq.conf, and "
                            "say so with \"consumer_timeout_s\" in broker.json",
                            order->timeout_ms / 1000, order->patience_s);
    if (order->timeout_ms > 0 && order->soft_timeout_ms >= order->timeout_ms)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--soft-timeout is %" PRId64 " ms; it must be less than --timeout, "
                            "%" PRId64 " ms",
                            order->soft_timeout_ms, order->timeout_ms);
    return HF_ERR_OK;
}

static enum hf_err check_order(const struct hf_order *order, struct hf_fault *fault)
{
    if (order->handler[0] && !hf_handler_name_valid(hf_str(order->handler)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%s\" is no handler name: 1 to %d of A-Z a-z 0-9 . _ -, beginning "
                            "with a letter or digit",
                            order->handler, HF_NAME_MAX);
    if (order->name && (strlen(order->name) > HF_JOB_NAME_MAX || !is_shown_as_it_is(order->name)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%.40s\" is no job name: up to %d bytes, no control characters",
                            order->name, HF_JOB_NAME_MAX);
    enum hf_err err = check_times(order, fault);
    return err ? err : check_target(&order->target, fault);
}

static enum hf_err begin_job(struct hf_submission *submission, struct hf_fault *fault)
{
    const struct hf_order *order = &submission->order;
    struct hf_job *job = &submission->job;
    job->target = order->target;
    job->created_ms = submission->unix_ms;
    make_id(submission, job->id);
    hf_str_copy(job->name, sizeof job->name, hf_str(order->name));
    hf_str_copy(job->handler, sizeof job->handler, hf_str(order->handler));
    enum hf_err err = hf_ledger_begin(submission->ledger, fault);
    if (err != HF_ERR_OK)
        return err;
    submission->open = true;
    return hf_jobs_add(submission->ledger, job, fault);
}

enum hf_err hf_submission_begin(struct hf_ledger *ledger, const struct hf_order *order,
                                int64_t unix_ms, struct hf_submission **out, struct hf_fault *fault)
{
    enum hf_err err = check_order(order, fault);
    if (err != HF_ERR_OK)
        return err;
    struct hf_submission *submission = calloc(1, sizeof *submission);
    if (!submission)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a job");
    submission->ledger = ledger;
    submission->order = *order;
    submission->unix_ms = unix_ms;
    submission->random_at = sizeof submission->random;
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

static void begin_task(struct hf_submission *submission)
{
    hf_body_reset(submission->writer);
    submission->payload_bytes = 0;
}

static enum hf_err add_piece(struct hf_submission *submission, const char *bytes, size_t len,
                             const char *what, struct hf_fault *fault)
{
    submission->payload_bytes += len;
    if (submission->payload_bytes > HF_PAYLOAD_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                            "%.100s is larger than the %llu MiB that a payload may have: keep it "
                            "where the boards reach it, and submit its address",
                            what, (unsigned long long)(HF_PAYLOAD_MAX >> 20));
    if (submission->order.dry_run && !submission->order.plain)
        return HF_ERR_OK; /* its size is all that is asked for */
    return hf_body_write(submission->writer, bytes, len, fault);
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
    make_id(submission, entry->task.id);
    memcpy(entry->task.job, submission->job.id, sizeof entry->task.job);
    memcpy(entry->task.handler, submission->job.handler, sizeof entry->task.handler);
    entry->task.attempt = 1;
    entry->task.max_attempts = order->max_attempts;
    entry->task.timeout_ms = order->timeout_ms;
    entry->task.soft_timeout_ms = order->soft_timeout_ms;
    entry->task.limits = order->limits;
    entry->task.plain = order->plain;
    /* A name that is too long keeps its end: the file name, not the folders before it. */
    size_t len = name ? strlen(name) : 0;
    hf_str_copy(entry->name, sizeof entry->name,
                hf_str(len > HF_TASK_NAME_MAX ? name + len - HF_TASK_NAME_MAX : name));
}

static enum hf_err end_task(struct hf_submission *submission, const char *name,
                            struct hf_fault *fault)
{
    struct hf_entry entry;
    struct hf_body body;
    fill_entry(submission, name, &entry);
    enum hf_err err = hf_body_finish(submission->writer, &body, fault);
    if (err == HF_ERR_OK && submission->order.plain)
        err = check_plain(submission, &entry.task, &body, fault);
    if (err == HF_ERR_OK)
        err = hf_tasks_add(submission->ledger, &entry, &body, fault);
    if (err != HF_ERR_OK)
        return err;
    submission->count++;
    submission->bytes += submission->payload_bytes;
    return HF_ERR_OK;
}

enum hf_err hf_submission_add_bytes(struct hf_submission *submission, const char *name,
                                    struct hf_str payload, struct hf_fault *fault)
{
    begin_task(submission);
    enum hf_err err = add_piece(submission, payload.data, payload.len, "the payload", fault);
    return err ? err : end_task(submission, name, fault);
}

enum hf_err hf_submission_add_stream(struct hf_submission *submission, const char *name, FILE *from,
                                     const char *what, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    size_t got = 0;
    begin_task(submission);
    while (err == HF_ERR_OK && (got = fread(submission->chunk, 1, CHUNK, from)) > 0)
        err = add_piece(submission, submission->chunk, got, what, fault);
    if (err == HF_ERR_OK && ferror(from))
        err = hf_file_fault(fault, errno, "cannot read", what);
    return err ? err : end_task(submission, name, fault);
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

/* --- Lines --- */

struct line {
    const char *what; /* the file, for faults */
    bool begun;       /* it has bytes */
    bool held_cr;     /* a CR that may belong to a CRLF */
};

static enum hf_err add_to_line(struct hf_submission *submission, struct line *line,
                               const char *bytes, size_t len, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    if (len == 0)
        return err;
    if (!line->begun)
        begin_task(submission);
    line->begun = true;
    if (line->held_cr)
        err = add_piece(submission, "\r", 1, line->what, fault);
    line->held_cr = bytes[len - 1] == '\r';
    if (err == HF_ERR_OK)
        err = add_piece(submission, bytes, len - line->held_cr, line->what, fault);
    return err;
}

static enum hf_err end_line(struct hf_submission *submission, struct line *line,
                            struct hf_fault *fault)
{
    bool empty = !line->begun || submission->payload_bytes == 0;
    line->begun = line->held_cr = false;
    return empty ? HF_ERR_OK : end_task(submission, NULL, fault);
}

static enum hf_err split(struct hf_submission *submission, struct line *line, size_t len,
                         struct hf_fault *fault)
{
    const char *at = submission->chunk;
    const char *end = submission->chunk + len;
    enum hf_err err = HF_ERR_OK;
    while (err == HF_ERR_OK && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        err = add_to_line(submission, line, at, (size_t)(stop - at), fault);
        if (err == HF_ERR_OK && newline)
            err = end_line(submission, line, fault);
        at = newline ? newline + 1 : end;
    }
    return err;
}

enum hf_err hf_submission_add_lines(struct hf_submission *submission, FILE *from, const char *what,
                                    struct hf_fault *fault)
{
    struct line line = {.what = what};
    struct hf_fault own = {0};
    enum hf_err err = HF_ERR_OK;
    int64_t before = submission->count;
    size_t got = 0;
    while (err == HF_ERR_OK && (got = fread(submission->chunk, 1, CHUNK, from)) > 0)
        err = split(submission, &line, got, &own);
    if (err == HF_ERR_OK && ferror(from))
        err = hf_file_fault(&own, errno, "cannot read", what);
    if (err == HF_ERR_OK)
        err = end_line(submission, &line, &own);
    if (err == HF_ERR_OK)
        return err;
    return hf_fault_set(fault, err, own.raw, "%s (after %lld lines of %.60s that are no task now)",
                        own.text, (long long)(submission->count - before), what);
}

/* --- The end --- */

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
    enum hf_err err = hf_ledger_commit(submission->ledger, fault);
    submission->open = false;
    if (err == HF_ERR_OK)
        *job = submission->job;
    return err;
}

int64_t hf_submission_count(const struct hf_submission *submission)
{
    return submission->count;
}

uint64_t hf_submission_bytes(const struct hf_submission *submission)
{
    return submission->bytes;
}
