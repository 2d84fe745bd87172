#include "worker/intake.h"

#include "worker/disk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB INT64_C(1048576)

void hf_intake_init(struct hf_intake *intake)
{
    memset(intake, 0, sizeof *intake);
    hf_spool_init(&intake->payload);
}

void hf_intake_turn_down(struct hf_intake *intake, enum hf_status verdict, const char *format, ...)
{
    va_list args;
    if (intake->verdict != HF_STATUS_DONE)
        return; /* the first reason stands */
    intake->verdict = verdict;
    va_start(args, format);
    (void)vsnprintf(intake->reason, sizeof intake->reason, format, args);
    va_end(args);
    hf_spool_close(&intake->payload);
}

static void judge_envelope(struct hf_intake *intake, const struct hf_envelope *envelope)
{
    struct hf_fault fault;
    if (hf_task_has_envelope(envelope)) {
        if (hf_task_decode(envelope, &intake->task, &fault) != HF_ERR_OK)
            hf_intake_turn_down(intake, HF_STATUS_REFUSED, "%s", fault.text);
        return;
    }
    intake->task.plain = true;
    if (!hf_envelope_copy(envelope, intake->texts, sizeof intake->texts, &intake->envelope))
        hf_intake_turn_down(
            intake, HF_STATUS_REFUSED,
            "no message_id, and the properties are over the %d bytes of a plain task's",
            HF_INTAKE_TEXTS_MAX);
}

/* A small one stays in memory; its result may need the disk, and waits for it. */
static bool has_room(struct hf_intake *intake, const struct hf_config *config, uint64_t body_size)
{
    const int64_t reserve = config->disk_reserve_mb * MIB;
    if (body_size <= HF_SPOOL_RAM_MAX)
        return true;
    const int64_t room = hf_disk_room(config->state);
    if (room >= reserve && (uint64_t)(room - reserve) >= body_size)
        return true;
    hf_intake_turn_down(intake, HF_STATUS_RETRY,
                        "the payload has %" PRIu64 " bytes, and this board's disk has %" PRId64
                        " free, of which %" PRId64 " MiB are kept (disk_reserve_mb)",
                        body_size, room, config->disk_reserve_mb);
    return false;
}

static void open_payload(struct hf_intake *intake, const struct hf_config *config,
                         uint64_t body_size)
{
    struct hf_fault fault;
    const bool plain = intake->task.plain;
    const uint64_t most = plain ? HF_PLAIN_BODY_MAX : (uint64_t)config->max_payload_bytes;
    if (intake->verdict != HF_STATUS_DONE)
        return;
    if (body_size > most)
        hf_intake_turn_down(intake, HF_STATUS_REFUSED,
                            "the payload has %" PRIu64 " bytes, %s at most %" PRIu64, body_size,
                            plain ? "a plain task (one without message_id) may have"
                                  : "max_payload_bytes of this board allows",
                            most);
    else if (has_room(intake, config, body_size) &&
             hf_spool_open(&intake->payload, config->state, (int64_t)most, &fault) != HF_ERR_OK)
        hf_intake_turn_down(intake, HF_STATUS_RETRY, "no place for the payload: %s", fault.text);
}

void hf_intake_begin(struct hf_intake *intake, const struct hf_config *config,
                     const struct hf_session_event *event)
{
    hf_intake_clear(intake);
    intake->phase = HF_INTAKE_RECEIVING;
    intake->tag = event->tag;
    intake->redelivered = event->redelivered;
    hf_digest_begin(&intake->digest);
    judge_envelope(intake, &event->envelope);
    open_payload(intake, config, event->body_size);
}

void hf_intake_body(struct hf_intake *intake, const struct hf_session_event *event)
{
    struct hf_fault fault;
    if (intake->phase != HF_INTAKE_RECEIVING || intake->verdict != HF_STATUS_DONE)
        return;
    if (intake->trust != NULL)
        hf_digest_add(&intake->digest, event->bytes.data, event->bytes.len);
    const enum hf_err err =
        hf_spool_append(&intake->payload, event->bytes.data, event->bytes.len, &fault);
    if (err != HF_ERR_OK)
        hf_intake_turn_down(intake, err == HF_ERR_TOO_LARGE ? HF_STATUS_REFUSED : HF_STATUS_RETRY,
                            "no place for the payload: %s", fault.text);
}

/* What `data` holds takes the place of the JSON around it. */
static void unwrap(struct hf_intake *intake, const struct hf_config *config, const char *json,
                   size_t len)
{
    struct hf_fault fault;
    char *payload = NULL;
    size_t payload_len = 0;
    enum hf_err err = hf_task_decode_plain(&intake->envelope, json, len, &intake->task, &payload,
                                           &payload_len, &fault);
    if (err == HF_ERR_OK)
        err = hf_spool_open(&intake->payload, config->state, HF_PLAIN_BODY_MAX, &fault);
    if (err == HF_ERR_OK)
        err = hf_spool_append(&intake->payload, payload, payload_len, &fault);
    free(payload);
    if (err != HF_ERR_OK)
        hf_intake_turn_down(intake, HF_STATUS_REFUSED, "%s", fault.text);
}

static void read_plain(struct hf_intake *intake, const struct hf_config *config)
{
    struct hf_fault fault;
    const size_t len = (size_t)intake->payload.size_bytes;
    size_t got = 0;
    char *json = malloc(len + 1);
    if (json == NULL)
        hf_intake_turn_down(intake, HF_STATUS_REFUSED, "no memory for a plain task of %zu bytes",
                            len);
    else if (hf_spool_read(&intake->payload, 0, json, len, &got, &fault) != HF_ERR_OK || got != len)
        hf_intake_turn_down(intake, HF_STATUS_REFUSED, "the payload could not be read back");
    else
        unwrap(intake, config, json, len);
    free(json);
}

static void judge_signature(struct hf_intake *intake)
{
    struct hf_seal seal;
    uint8_t body[HF_SHA256_BYTES];
    hf_digest_end(&intake->digest, body);
    hf_seal_task(&seal, &intake->task, intake->trust->target, body);
    if (intake->task.signature[0] == '\0')
        hf_intake_turn_down(intake, HF_STATUS_REFUSED,
                            "not signed by the manager (require_signature)");
    else if (!hf_verifier_check(intake->trust->manager, &seal, intake->task.signature))
        hf_intake_turn_down(intake, HF_STATUS_REFUSED,
                            "hf-sig is not the manager's for this task and %.40s",
                            intake->trust->target);
}

static void judge_task(struct hf_intake *intake, const struct hf_config *config, int64_t unix_ms)
{
    struct hf_task *task = &intake->task;
    if (config->require_sender[0] != '\0' && strcmp(config->require_sender, task->sender) != 0)
        hf_intake_turn_down(
            intake, HF_STATUS_REFUSED,
            "sent by '%.64s', and this board takes the tasks of '%s' only (require_sender)",
            task->sender, config->require_sender);
    if (task->not_after_ms > 0 && unix_ms > task->not_after_ms)
        hf_intake_turn_down(intake, HF_STATUS_EXPIRED,
                            "came %" PRId64 " s after its hf-not-after had passed",
                            (unix_ms - task->not_after_ms) / 1000);
    if (task->timeout_ms > config->consumer_timeout_s * 1000)
        hf_intake_turn_down(intake, HF_STATUS_REFUSED,
                            "hf-timeout-ms is %" PRId64 ", and the broker takes a task away after "
                            "%" PRId64 " s (consumer_timeout)",
                            task->timeout_ms, config->consumer_timeout_s);
    if (task->handler[0] == '\0')
        memcpy(task->handler, config->default_handler, sizeof task->handler);
}

void hf_intake_end(struct hf_intake *intake, const struct hf_config *config, int64_t unix_ms)
{
    if (intake->phase != HF_INTAKE_RECEIVING)
        return;
    intake->phase = HF_INTAKE_COMPLETE;
    if (intake->task.plain && intake->verdict == HF_STATUS_DONE)
        read_plain(intake, config);
    if (intake->trust != NULL && intake->verdict == HF_STATUS_DONE)
        judge_signature(intake);
    if (intake->verdict == HF_STATUS_DONE)
        judge_task(intake, config, unix_ms);
}

void hf_intake_clear(struct hf_intake *intake)
{
    hf_spool_close(&intake->payload);
    intake->phase = HF_INTAKE_EMPTY;
    intake->trust = NULL;
    intake->verdict = HF_STATUS_DONE;
    intake->reason[0] = '\0';
    memset(&intake->task, 0, sizeof intake->task);
}
