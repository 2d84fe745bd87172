#include "cli/pick.h"

#include "cli/known.h"
#include "cli/output.h"

#include <string.h>

static int fail(const struct hf_command *command, const struct hf_fault *fault)
{
    int code = hf_out_fault(command, fault);
    return fault->err == HF_ERR_NOT_FOUND || fault->err == HF_ERR_INVALID ? HF_EXIT_USAGE : code;
}

static enum hf_err find_task(const struct hf_desk *desk, const char *text, struct hf_pick *out,
                             struct hf_fault *fault)
{
    enum hf_err err = hf_tasks_find(desk->ledger, text, &out->task, fault);
    out->is_job = false;
    return err ? err : hf_jobs_get(desk->ledger, out->task.job, &out->job, fault);
}

int hf_pick_task(const struct hf_command *command, const struct hf_desk *desk, const char *text,
                 struct hf_pick *out)
{
    struct hf_fault fault = {0};
    enum hf_err err = find_task(desk, text, out, &fault);
    if (err == HF_ERR_NOT_FOUND && hf_jobs_find(desk->ledger, text, &out->job, NULL) == HF_ERR_OK)
        hf_fault_set(&fault, err, 0,
                     "%.80s is a job; its first task is %.80s/1: holdfast tasks %.80s", text, text,
                     text);
    return err ? fail(command, &fault) : HF_EXIT_OK;
}

int hf_pick_find(const struct hf_command *command, const struct hf_desk *desk, const char *text,
                 struct hf_pick *out)
{
    struct hf_fault fault = {0};
    struct hf_fault as_task = {0};
    enum hf_err err = HF_ERR_NOT_FOUND;
    if (!strchr(text, '/'))
        err = hf_jobs_find(desk->ledger, text, &out->job, &fault);
    out->is_job = err == HF_ERR_OK;
    if (err == HF_ERR_NOT_FOUND)
        err = find_task(desk, text, out, &as_task);
    if (err == HF_ERR_OK)
        return HF_EXIT_OK;
    if (err != HF_ERR_NOT_FOUND && as_task.err)
        return fail(command, &as_task);
    if (err == HF_ERR_NOT_FOUND) {
        hf_fault_set(&fault, err, 0,
                     "there is no job and no task \"%.80s\": holdfast jobs, holdfast tasks", text);
        hf_known_suggest(desk->ledger, "JOB", text, &fault);
    }
    return fail(command, &fault);
}
