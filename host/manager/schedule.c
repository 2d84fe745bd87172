#include "manager/schedule.h"

#include "manager/cron.h"
#include "manager/ids.h"

#include <string.h>

struct run {
    struct hf_ledger *ledger;
    struct hf_job job;
    struct hf_ids ids;
    struct hf_fault *fault;
};

enum hf_err hf_schedule_next(const struct hf_schedule *schedule, int64_t now_ms, int64_t *out,
                             struct hf_fault *fault)
{
    struct hf_cron cron;
    *out = 0;
    if (!schedule->rule[0])
        return HF_ERR_OK;
    enum hf_err err = hf_cron_parse(schedule->rule, &cron, fault);
    if (err != HF_ERR_OK)
        return err;
    *out = hf_cron_next(&cron, now_ms);
    if (*out == INT64_MAX)
        *out = 0;
    return HF_ERR_OK;
}

static enum hf_err add_task(void *context, const struct hf_entry *entry,
                            const struct hf_body *payload)
{
    struct run *run = context;
    const struct hf_job *job = &run->job;
    struct hf_entry task = *entry;
    task.job = job->number;
    task.created_ms = job->created_ms;
    if (task.task.not_after_ms)
        task.task.not_after_ms += job->created_ms;
    hf_ids_next(&run->ids, task.task.id);
    memcpy(task.task.job, job->id, sizeof task.task.job);
    memcpy(task.task.handler, job->handler, sizeof task.task.handler);
    return hf_tasks_add(run->ledger, &task, payload, run->fault);
}

static void fill_job(struct run *run, const struct hf_schedule *schedule, int64_t now_ms)
{
    struct hf_job *job = &run->job;
    job->target = schedule->target;
    job->race = schedule->race;
    job->schedule = schedule->number;
    job->created_ms = now_ms;
    memcpy(job->name, schedule->name, sizeof job->name);
    memcpy(job->handler, schedule->handler, sizeof job->handler);
    if (schedule->rule[0])
        hf_ids_next(&run->ids, job->id);
    else
        memcpy(job->id, schedule->id, sizeof job->id);
}

static enum hf_err run_one(struct hf_ledger *ledger, const struct hf_schedule *schedule,
                           int64_t now_ms, struct hf_fault *fault)
{
    struct run run = {.ledger = ledger, .fault = fault};
    int64_t next_ms = 0;
    fill_job(&run, schedule, now_ms);
    enum hf_err err = hf_schedule_next(schedule, now_ms, &next_ms, fault);
    if (err == HF_ERR_OK)
        err = hf_jobs_add(ledger, &run.job, fault);
    if (err == HF_ERR_OK)
        err = hf_schedules_tasks(ledger, schedule->number, add_task, &run, fault);
    if (err == HF_ERR_OK)
        err = hf_schedules_ran(ledger, schedule->number, run.job.number, now_ms, next_ms, fault);
    return err;
}

/* Looks without the lock first: mostly nothing is due. HF_ERR_NOT_FOUND: nothing is. */
static enum hf_err run_next(struct hf_ledger *ledger, int64_t now_ms, struct hf_fault *fault)
{
    struct hf_schedule schedule;
    enum hf_err err = hf_schedules_due(ledger, now_ms, &schedule, fault);
    if (err == HF_ERR_OK)
        err = hf_ledger_begin(ledger, fault);
    if (err != HF_ERR_OK)
        return err;
    err = hf_schedules_due(ledger, now_ms, &schedule, fault); /* another may have been quicker */
    if (err == HF_ERR_OK)
        err = run_one(ledger, &schedule, now_ms, fault);
    if (err == HF_ERR_OK)
        return hf_ledger_commit(ledger, fault);
    hf_ledger_rollback(ledger);
    return err;
}

enum hf_err hf_schedule_run_due(struct hf_ledger *ledger, int64_t now_ms, uint64_t *runs,
                                struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    *runs = 0;
    while ((err = run_next(ledger, now_ms, fault)) == HF_ERR_OK)
        ++*runs;
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

enum hf_err hf_schedule_resume(struct hf_ledger *ledger, const struct hf_schedule *schedule,
                               int64_t now_ms, struct hf_fault *fault)
{
    int64_t next_ms = 0;
    enum hf_err err = hf_schedule_next(schedule, now_ms, &next_ms, fault);
    if (err != HF_ERR_OK)
        return err;
    return hf_schedules_pause(ledger, schedule->number, false,
                              schedule->rule[0] ? next_ms : schedule->next_ms, fault);
}
