#include "wire/task_fields.h"

#include "wire/number.h"
#include "wire/utf8.h"

#include <inttypes.h>
#include <string.h>

static enum hf_err read_number(const struct hf_envelope *envelope, const char *name, int64_t min,
                               int64_t max, int64_t *out, struct hf_fault *fault)
{
    enum hf_err err = hf_envelope_number(envelope, name, min, max, out);
    if (err == HF_ERR_NOT_FOUND || err == HF_ERR_OK)
        return HF_ERR_OK;
    const struct hf_header *header = hf_envelope_find(envelope, name);
    if (header->kind == HF_HEADER_TEXT)
        return hf_fault_set(fault, err, 0,
                            "header %s is \"%.*s\", wanted a number from %" PRId64 " to %" PRId64,
                            name, HF_TASK_QUOTE(header->text), min, max);
    if (header->kind == HF_HEADER_OTHER)
        return hf_fault_set(fault, err, 0,
                            "header %s is of a type that is no whole number (a float?), wanted one "
                            "from %" PRId64 " to %" PRId64,
                            name, min, max);
    return hf_fault_set(fault, err, 0,
                        "header %s is %" PRId64 ", wanted a number from %" PRId64 " to %" PRId64,
                        name, header->number, min, max);
}

/* 0 for never; what is small enough to be Unix seconds is a producer's mistake, not 1970. */
static enum hf_err read_not_after(const struct hf_envelope *envelope, int64_t *out,
                                  struct hf_fault *fault)
{
    int64_t value = 0;
    enum hf_err err = read_number(envelope, "hf-not-after", 0, HF_UNIX_MS_MAX, &value, fault);
    if (err != HF_ERR_OK)
        return err;
    if (value > 0 && value < HF_NOT_AFTER_MS_MIN)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "header hf-not-after is %" PRId64
                            ", which looks like seconds: wanted Unix milliseconds",
                            value);
    *out = value;
    return HF_ERR_OK;
}

static enum hf_err read_soft_timeout(const struct hf_envelope *envelope, struct hf_task *task,
                                     struct hf_fault *fault)
{
    int64_t value = 0;
    enum hf_err err =
        read_number(envelope, "hf-soft-timeout-ms", 0, HF_TIMEOUT_MS_MAX, &value, fault);
    if (err == HF_ERR_OK && task->timeout_ms > 0 && value >= task->timeout_ms)
        err = hf_fault_set(fault, HF_ERR_INVALID, 0,
                           "header hf-soft-timeout-ms is %" PRId64
                           ", wanted less than hf-timeout-ms, %" PRId64,
                           value, task->timeout_ms);
    if (err == HF_ERR_OK)
        task->soft_timeout_ms = value;
    return err;
}

static enum hf_err read_limits(const struct hf_envelope *envelope, struct hf_limits *limits,
                               struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; i < HF_LIMIT_COUNT && err == HF_ERR_OK; i++) {
        const struct hf_limit *limit = &hf_limit_list[i];
        int64_t value = 0;
        err = read_number(envelope, limit->header, 0, limit->max, &value, fault);
        if (err == HF_ERR_OK)
            hf_limit_set(limit, limits, value);
    }
    return err;
}

static enum hf_err read_numbers(const struct hf_envelope *envelope, struct hf_task *task,
                                struct hf_fault *fault)
{
    int64_t attempt = 1;
    int64_t max_attempts = HF_ATTEMPTS_DEFAULT;
    enum hf_err err = read_number(envelope, "hf-attempt", 1, HF_ATTEMPTS_MAX, &attempt, fault);
    if (err == HF_ERR_OK)
        err = read_number(envelope, "hf-max-attempts", 1, HF_ATTEMPTS_MAX, &max_attempts, fault);
    if (err == HF_ERR_OK)
        err =
            read_number(envelope, "hf-timeout-ms", 0, HF_TIMEOUT_MS_MAX, &task->timeout_ms, fault);
    if (err == HF_ERR_OK)
        err = read_soft_timeout(envelope, task, fault);
    if (err == HF_ERR_OK)
        err = read_not_after(envelope, &task->not_after_ms, fault);
    if (err == HF_ERR_OK)
        err = read_limits(envelope, &task->limits, fault);
    task->attempt = (uint32_t)attempt;
    task->max_attempts = (uint32_t)max_attempts;
    return err;
}

enum hf_err hf_task_read_id(const char *property, struct hf_str id, char out[HF_ID_MAX + 1],
                            struct hf_fault *fault)
{
    if (!hf_id_valid(id))
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "%s is \"%.*s\", wanted " HF_TASK_ID_RULE,
                            property, HF_TASK_QUOTE(id));
    hf_str_copy(out, HF_ID_MAX + 1, id);
    return HF_ERR_OK;
}

enum hf_err hf_task_read_job(const struct hf_envelope *envelope, struct hf_task *task,
                             struct hf_fault *fault)
{
    struct hf_str job = envelope->correlation_id;
    return job.len > 0 ? hf_task_read_id("correlation_id", job, task->job, fault) : HF_ERR_OK;
}

static enum hf_err read_sender(const struct hf_envelope *envelope, struct hf_task *task,
                               struct hf_fault *fault)
{
    if (hf_utf8_valid(envelope->user_id) &&
        hf_str_copy(task->sender, sizeof task->sender, envelope->user_id))
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "user_id is \"%.*s\", wanted UTF-8 of at most %d bytes",
                        HF_TASK_QUOTE(envelope->user_id), HF_SENDER_MAX);
}

enum hf_err hf_task_read_handler(struct hf_str handler, struct hf_task *task,
                                 struct hf_fault *fault)
{
    if (handler.len > 0 && !hf_handler_name_valid(handler))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "handler (type) is \"%.*s\", wanted " HF_TASK_HANDLER_RULE,
                            HF_TASK_QUOTE(handler));
    hf_str_copy(task->handler, sizeof task->handler, handler);
    return HF_ERR_OK;
}

enum hf_err hf_task_read_facts(const struct hf_envelope *envelope, struct hf_task *task,
                               struct hf_fault *fault)
{
    task->priority = envelope->priority;
    hf_envelope_signature(envelope, task->signature);
    enum hf_err err = read_sender(envelope, task, fault);
    return err == HF_ERR_OK ? read_numbers(envelope, task, fault) : err;
}

void hf_task_leave_ids(struct hf_task *task)
{
    struct hf_task ids = {0};
    memcpy(ids.id, task->id, sizeof ids.id);
    memcpy(ids.job, task->job, sizeof ids.job);
    *task = ids;
}
