#include "manager/cancel.h"

#include "manager/order.h"

#include <string.h>

static void take_id(char to[HF_ID_MAX + 1], const char *id)
{
    hf_str_copy(to, HF_ID_MAX + 1, hf_str(id));
}

/* Whoever may get a task for that target. False: nobody that listens to commands. */
static bool key_of(const struct hf_target *target, char key[HF_ROUTE_MAX + 1])
{
    switch (target->kind) {
    case HF_TARGET_POOL: hf_route(key, HF_KEY_POOL_PREFIX, target->name); return true;
    case HF_TARGET_BOARD: hf_route(key, HF_KEY_DEVICE_PREFIX, target->name); return true;
    case HF_TARGET_QUEUE:
    case HF_TARGET_COUNT: break;
    }
    return false;
}

enum hf_err hf_cancel_tell_task(struct hf_controls *controls, const struct hf_entry *before,
                                struct hf_fault *fault)
{
    char key[HF_ROUTE_MAX + 1];
    struct hf_control control = {.kind = HF_CONTROL_CANCEL};
    if (before->state == HF_STATE_RUNNING && before->board[0])
        hf_route(key, HF_KEY_DEVICE_PREFIX, before->board);
    else if (!key_of(&before->target, key))
        return HF_ERR_OK;
    take_id(control.task, before->task.id);
    control.attempt = before->task.attempt;
    return hf_controls_add(controls, &control, key, NULL, fault);
}

enum hf_err hf_cancel_tell_job(struct hf_controls *controls, const struct hf_job *job,
                               struct hf_fault *fault)
{
    char key[HF_ROUTE_MAX + 1];
    struct hf_control control = {.kind = HF_CONTROL_CANCEL};
    if (!key_of(&job->target, key) && job->target.kind == HF_TARGET_QUEUE)
        return HF_ERR_OK;
    if (job->target.kind == HF_TARGET_BOARD && strcmp(job->target.name, HF_TARGET_ALL) == 0)
        hf_str_copy(key, sizeof key, hf_str(HF_KEY_ALL));
    take_id(control.job, job->id);
    control.attempt = job->cancelled_attempt;
    return hf_controls_add(controls, &control, key, NULL, fault);
}
