#include "wire/task.h"

#include "wire/task_fields.h"

#include <string.h>

bool hf_task_has_envelope(const struct hf_envelope *envelope)
{
    return envelope->message_id.len > 0;
}

static enum hf_err read_id(const struct hf_envelope *envelope, struct hf_task *task,
                           struct hf_fault *fault)
{
    struct hf_str id = envelope->message_id;
    if (id.len == 0)
        return hf_fault_set(fault, HF_ERR_MISSING, 0,
                            "no message_id: a task needs an id, " HF_TASK_ID_RULE);
    return hf_task_read_id("message_id", id, task->id, fault);
}

enum hf_err hf_task_decode(const struct hf_envelope *envelope, struct hf_task *out,
                           struct hf_fault *fault)
{
    memset(out, 0, sizeof *out);
    /* Both ids are read before either is judged: the refusal carries what there is. */
    struct hf_fault job_fault = {0};
    enum hf_err job_err = hf_task_read_job(envelope, out, &job_fault);
    enum hf_err err = read_id(envelope, out, fault);
    if (err == HF_ERR_OK && job_err != HF_ERR_OK)
        err = hf_fault_set(fault, job_err, 0, "%s", job_fault.text);
    if (err == HF_ERR_OK)
        err = hf_task_read_handler(envelope->type, out, fault);
    if (err == HF_ERR_OK)
        err = hf_task_read_facts(envelope, out, fault);
    if (err != HF_ERR_OK)
        hf_task_leave_ids(out);
    return err;
}

static void put_number(struct hf_envelope *envelope, const char *name, int64_t number,
                       int64_t left_out)
{
    if (number != left_out)
        hf_envelope_add_number(envelope, name, number);
}

void hf_task_encode(const struct hf_task *task, struct hf_envelope *out)
{
    memset(out, 0, sizeof *out);
    if (task->plain) {
        out->content_type = hf_str("application/json");
    } else {
        out->message_id = hf_str(task->id);
        out->type = hf_str(task->handler);
    }
    out->correlation_id = hf_str(task->job);
    out->user_id = hf_str(task->sender);
    out->priority = task->priority;
    out->persistent = true;
    put_number(out, "hf-attempt", task->attempt, 1);
    put_number(out, "hf-max-attempts", task->max_attempts, HF_ATTEMPTS_DEFAULT);
    put_number(out, "hf-timeout-ms", task->timeout_ms, 0);
    put_number(out, "hf-soft-timeout-ms", task->soft_timeout_ms, 0);
    put_number(out, "hf-not-after", task->not_after_ms, 0);
    for (size_t i = 0; i < HF_LIMIT_COUNT; i++)
        put_number(out, hf_limit_list[i].header, hf_limit_get(&hf_limit_list[i], &task->limits), 0);
    if (task->signature[0] != '\0')
        hf_envelope_add_text(out, HF_HEADER_SIGNATURE, hf_str(task->signature));
}
