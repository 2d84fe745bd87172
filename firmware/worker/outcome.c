#include "worker/outcome.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* A program that another attempt on this board will not mend. */
static enum hf_status start_status(int start_errno)
{
    switch (start_errno) {
    case ENOENT:
    case EACCES:
    case EPERM:
    case ENOEXEC:
    case ELOOP:
    case ENOTDIR:
    case EISDIR:
    case ELIBBAD: return HF_STATUS_REFUSED;
    default: return HF_STATUS_RETRY;
    }
}

static enum hf_status exited(const struct hf_outcome *outcome, char *reason, size_t size)
{
    if (outcome->signal != 0) {
        (void)snprintf(reason, size, "killed by signal %d (%s)", (int)outcome->signal,
                       strsignal(outcome->signal));
        return HF_STATUS_RETRY;
    }
    if (outcome->exit_code == 0)
        return HF_STATUS_DONE;
    bool again = outcome->exit_code == EX_TEMPFAIL;
    (void)snprintf(reason, size, "exit %d%s", (int)outcome->exit_code,
                   again ? ": try again later" : "");
    return again ? HF_STATUS_RETRY : HF_STATUS_FAILED;
}

static enum hf_status explain(const struct hf_outcome *outcome, char *reason, size_t size)
{
    switch (outcome->end) {
    case HF_RUN_EXITED: return exited(outcome, reason, size);
    case HF_RUN_TIMED_OUT:
        if (outcome->limit % 1000 == 0)
            (void)snprintf(reason, size, "timed out after %" PRId64 " s", outcome->limit / 1000);
        else
            (void)snprintf(reason, size, "timed out after %" PRId64 " ms", outcome->limit);
        return HF_STATUS_RETRY;
    case HF_RUN_OUTPUT_TOO_LARGE:
        (void)snprintf(reason, size, "output over the limit of %" PRId64 " bytes", outcome->limit);
        return HF_STATUS_FAILED;
    case HF_RUN_CANCELLED:
        (void)snprintf(reason, size, "cancelled while it ran");
        return HF_STATUS_CANCELLED;
    case HF_RUN_STOPPED:
        (void)snprintf(reason, size, "the worker was stopped while it ran");
        return HF_STATUS_RETRY;
    case HF_RUN_OUTPUT_LOST:
        (void)snprintf(reason, size, "%s", outcome->detail);
        return HF_STATUS_RETRY;
    case HF_RUN_NOT_STARTED:
        (void)snprintf(reason, size, "%s", outcome->detail);
        return start_status(outcome->start_errno);
    }
    return HF_STATUS_RETRY;
}

void hf_outcome_result(const struct hf_outcome *outcome, struct hf_result *out)
{
    out->reason[0] = '\0';
    out->status = explain(outcome, out->reason, sizeof out->reason);
    out->exit_code = outcome->exit_code;
    out->signal = outcome->signal;
    out->started_ms = outcome->started_unix_ms;
    out->duration_ms = outcome->duration_ms;
    out->peak_kb = outcome->peak_kb;
    out->cpu_ms = outcome->cpu_ms;
    memcpy(out->log_tail, outcome->log_tail, sizeof out->log_tail);
}
