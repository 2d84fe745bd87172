#include "manager/intake.h"

#include "wire/topology.h"
#include "wire/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum hf_err hf_intake_init(struct hf_intake *intake, enum hf_intake_kind kind, const char *queue,
                           struct hf_bodies *bodies, struct hf_fault *fault)
{
    *intake = (struct hf_intake){.kind = kind, .queue = queue, .bodies = bodies};
    return hf_body_writer_new(bodies, &intake->writer, fault);
}

void hf_intake_free(struct hf_intake *intake)
{
    hf_body_writer_free(intake->writer);
    intake->writer = NULL;
}

static void make_stray(struct hf_intake *intake, const char *reason)
{
    intake->is_stray = true;
    snprintf(intake->stray.reason, sizeof intake->stray.reason, "%s", reason);
}

/* Foreign text into a field: cut, and fit to be shown. */
static void take_text(char *to, size_t size, struct hf_str from)
{
    struct hf_str head = hf_utf8_head(from, size - 1);
    for (size_t i = 0; i < head.len; i++)
        to[i] = head.data[i] ? head.data[i] : '?';
    to[head.len] = '\0';
    hf_utf8_clean(to, false);
}

static struct hf_str text_header(const struct hf_envelope *envelope, const char *name)
{
    const struct hf_header *header = hf_envelope_find(envelope, name);
    return header && header->kind == HF_HEADER_TEXT ? header->text : hf_str(NULL);
}

static void read_result(struct hf_intake *intake, const struct hf_envelope *envelope)
{
    struct hf_fault fault = {0};
    intake->keeps_body = true;
    hf_digest_words(text_header(envelope, "hf-reason"), text_header(envelope, "hf-log-tail"),
                    intake->words);
    if (hf_result_decode(envelope, &intake->report.result, &fault) != HF_ERR_OK)
        make_stray(intake, fault.text);
}

static void explain_death(struct hf_intake *intake, const struct hf_envelope *envelope)
{
    char queue[64];
    char why[32];
    take_text(queue, sizeof queue, text_header(envelope, "x-first-death-queue"));
    take_text(why, sizeof why, text_header(envelope, "x-first-death-reason"));
    snprintf(intake->report.result.reason, sizeof intake->report.result.reason,
             "dead letter of %s (%s): it was delivered again and again and no board reported a "
             "result",
             queue[0] ? queue : "a task queue", why[0] ? why : "delivered too often");
}

static void take_task(struct hf_intake *intake, const struct hf_task *task)
{
    struct hf_result *result = &intake->report.result;
    memcpy(result->id, task->id, sizeof result->id);
    memcpy(result->job, task->job, sizeof result->job);
    result->attempt = task->attempt;
    result->exit_code = -1;
}

static void read_dead_letter(struct hf_intake *intake, const struct hf_envelope *envelope)
{
    struct hf_fault fault = {0};
    struct hf_task task;
    intake->report.dead_letter = true;
    explain_death(intake, envelope);
    intake->is_plain_task = !hf_task_has_envelope(envelope);
    intake->keeps_body = intake->is_plain_task;
    if (!hf_str_equal(envelope->user_id, hf_str(HF_MANAGER_USER)))
        make_stray(intake, "a dead letter that the manager did not publish");
    else if (intake->is_plain_task)
        (void)hf_envelope_number(envelope, "hf-attempt", 1, HF_ATTEMPTS_MAX, &intake->attempt);
    else if (hf_task_decode(envelope, &task, &fault) != HF_ERR_OK)
        make_stray(intake, fault.text);
    else
        take_task(intake, &task);
}

void hf_intake_begin(struct hf_intake *intake, const struct hf_session_event *event)
{
    const struct hf_envelope *envelope = &event->envelope;
    char reason[HF_STRAY_REASON_MAX + 1];
    hf_body_reset(intake->writer);
    hf_digest_begin(&intake->digest);
    intake->tag = event->tag;
    intake->is_stray = intake->is_plain_task = intake->keeps_body = false;
    intake->attempt = 1;
    intake->report = (struct hf_report){0};
    intake->stray = (struct hf_stray){0};
    snprintf(intake->stray.queue, sizeof intake->stray.queue, "%s", intake->queue);
    take_text(intake->stray.sender, sizeof intake->stray.sender, envelope->user_id);
    take_text(intake->stray.task, sizeof intake->stray.task, envelope->message_id);
    if (intake->kind == HF_INTAKE_RESULT || hf_envelope_find(envelope, "hf-status"))
        read_result(intake, envelope);
    else
        read_dead_letter(intake, envelope);
    if (event->body_size <= HF_INTAKE_BODY_MAX)
        return;
    intake->keeps_body = false;
    snprintf(reason, sizeof reason, "its body of %" PRIu64 " bytes is over the limit of %" PRIu64,
             event->body_size, HF_INTAKE_BODY_MAX);
    make_stray(intake, reason);
}

enum hf_err hf_intake_body(struct hf_intake *intake, struct hf_str bytes, struct hf_fault *fault)
{
    if (!intake->keeps_body)
        return HF_ERR_OK;
    hf_digest_add(&intake->digest, bytes.data, bytes.len);
    return hf_body_write(intake->writer, bytes.data, bytes.len, fault);
}

static enum hf_err read_all(struct hf_intake *intake, char **out, struct hf_fault *fault)
{
    struct hf_body_reader reader = {0};
    size_t size = (size_t)intake->body.size;
    size_t got = 0;
    char *bytes = malloc(size + 1);
    if (!bytes)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a dead letter");
    enum hf_err err = hf_body_open(intake->bodies, &intake->body, &reader, fault);
    if (err == HF_ERR_OK)
        err = hf_body_read(&reader, 0, bytes, size, &got, fault);
    hf_body_close(&reader);
    if (err == HF_ERR_OK)
        *out = bytes;
    else
        free(bytes);
    return err;
}

/* The id of a plain task stands in its body; the attempt was in the headers. */
static enum hf_err read_plain_task(struct hf_intake *intake, struct hf_fault *fault)
{
    struct hf_fault own = {0};
    const struct hf_envelope none = {0};
    struct hf_task task;
    char *body = NULL;
    char *payload = NULL;
    size_t len = 0;
    if (intake->body.size > HF_PLAIN_BODY_MAX) {
        make_stray(intake, "it has no message_id, and is too large for a plain task");
        return HF_ERR_OK;
    }
    enum hf_err err = read_all(intake, &body, fault);
    if (err != HF_ERR_OK)
        return err;
    if (hf_task_decode_plain(&none, body, (size_t)intake->body.size, &task, &payload, &len, &own)) {
        make_stray(intake, own.text);
    } else {
        task.attempt = (uint32_t)intake->attempt;
        take_task(intake, &task);
    }
    free(payload);
    free(body);
    return HF_ERR_OK;
}

enum hf_err hf_intake_end(struct hf_intake *intake, int64_t unix_ms, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    hf_body_so_far(intake->writer, &intake->body);
    hf_digest_end(&intake->digest, intake->hash);
    if (intake->is_plain_task && !intake->is_stray)
        err = read_plain_task(intake, fault);
    intake->report.received_ms = intake->stray.received_ms = unix_ms;
    intake->report.body = intake->report.dead_letter ? NULL : &intake->body;
    return err;
}

bool hf_intake_is_large(const struct hf_intake *intake)
{
    return intake->body.hash[0] != '\0';
}

enum hf_err hf_intake_settle(struct hf_intake *intake, bool whole, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    if (hf_intake_is_large(intake) && whole) {
        err = hf_body_finish(intake->writer, &intake->body, fault);
    } else if (hf_intake_is_large(intake)) {
        intake->body = (struct hf_body){.size = intake->body.size};
        hf_body_reset(intake->writer);
    }
    intake->stray.body = intake->body;
    return err;
}

void hf_intake_is_unknown(struct hf_intake *intake)
{
    char reason[HF_STRAY_REASON_MAX + 1];
    const struct hf_result *result = &intake->report.result;
    if (intake->report.dead_letter)
        snprintf(reason, sizeof reason, "a dead letter, and this ledger has no task of that id");
    else
        snprintf(reason, sizeof reason,
                 "this ledger has no task of that id for this board; it says: %s%s%.140s",
                 hf_status_text(result->status), result->reason[0] ? ", " : "", result->reason);
    make_stray(intake, reason);
}

void hf_intake_is_unproven(struct hf_intake *intake, const char *why)
{
    char reason[HF_STRAY_REASON_MAX + 1];
    snprintf(reason, sizeof reason, "refused: %s", why);
    make_stray(intake, reason);
}

void hf_intake_is_foreign(struct hf_intake *intake)
{
    char reason[HF_STRAY_REASON_MAX + 1];
    const struct hf_result *result = &intake->report.result;
    snprintf(reason, sizeof reason,
             "board %.32s was never enrolled here, or is retired; it says: %s. If it is yours: "
             "holdfast enroll",
             result->board, hf_status_text(result->status));
    make_stray(intake, reason);
}
