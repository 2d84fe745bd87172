#include "manager/race.h"

#include <cJSON.h>
#include <stdio.h>
#include <string.h>

#define NOTHING_MAX 4096 /* bytes; a longer output has found something */

static bool is_nothing(const cJSON *value)
{
    const cJSON *field = NULL;
    if (cJSON_IsNull(value))
        return true;
    if (!cJSON_IsObject(value) || !value->child)
        return false;
    cJSON_ArrayForEach(field, value)
    {
        if (!cJSON_IsNull(field))
            return false;
    }
    return true;
}

bool hf_race_is_success(const struct hf_report *report)
{
    const struct hf_body *body = report->body;
    if (report->dead_letter || report->result.status != HF_STATUS_DONE || !body || body->size == 0)
        return false;
    if (!body->bytes || body->size > NOTHING_MAX)
        return true;
    cJSON *value = cJSON_ParseWithLength(body->bytes, (size_t)body->size);
    bool nothing = is_nothing(value);
    cJSON_Delete(value);
    return !nothing;
}

enum hf_err hf_race_take(struct hf_ledger *ledger, const struct hf_report *report,
                         struct hf_fault *fault)
{
    struct hf_job job;
    struct hf_counts cancelled;
    char reason[HF_REASON_MAX + 1];
    if (!hf_race_is_success(report))
        return HF_ERR_OK;
    enum hf_err err = hf_jobs_racing(ledger, report->result.id, &job, fault);
    if (err != HF_ERR_OK)
        return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
    snprintf(reason, sizeof reason, "task %s was first", report->result.id);
    err = hf_tasks_cancel_job(ledger, job.number, reason, report->received_ms, &cancelled, fault);
    return err ? err : hf_jobs_won(ledger, job.number, fault);
}

static enum hf_err tell_next(struct hf_race *race, struct hf_ledger *ledger,
                             struct hf_controls *controls, struct hf_fault *fault)
{
    struct hf_job job;
    struct hf_fault own = {0};
    struct hf_control cancel = {.kind = HF_CONTROL_CANCEL};
    enum hf_err err = hf_jobs_won_next(ledger, &job, fault);
    if (err != HF_ERR_OK)
        return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
    memcpy(cancel.job, job.id, sizeof cancel.job);
    cancel.attempt = job.cancelled_attempt;
    if (hf_controls_add(controls, &cancel, HF_KEY_ALL, race->command, &own) == HF_ERR_OK)
        race->job = job.number;
    return HF_ERR_OK; /* no room just now: the next step tries again */
}

enum hf_err hf_race_step(struct hf_race *race, struct hf_ledger *ledger,
                         struct hf_controls *controls, struct hf_fault *fault)
{
    if (race->job == 0)
        return tell_next(race, ledger, controls, fault);
    const struct hf_control_order *order = hf_controls_find(controls, race->command);
    if (order && order->fate != HF_CONTROL_STORED && order->fate != HF_CONTROL_NOBODY)
        return HF_ERR_OK;
    int64_t job = race->job;
    race->job = 0;
    return hf_jobs_won_told(ledger, job, fault);
}
