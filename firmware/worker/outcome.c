#include "worker/outcome.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
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

/* "5 s", or "1500 ms". */
static void say_time(int64_t time_ms, char *text, size_t size)
{
    const bool whole = time_ms % 1000 == 0;
    (void)snprintf(text, size, "%" PRId64 " %s", whole ? time_ms / 1000 : time_ms,
                   whole ? "s" : "ms");
}

/* A program that ignores the first signal of the processor's time is killed. */
static bool used_up_cpu(const struct hf_outcome *outcome)
{
    const int64_t cpu_s = outcome->limits.cpu_s;
    return cpu_s > 0 && (outcome->signal == SIGXCPU ||
                         (outcome->signal == SIGKILL && outcome->cpu_ms >= cpu_s * 1000));
}

static void explain_signal(const struct hf_outcome *outcome, char *reason, size_t size)
{
    const struct hf_limits *limits = &outcome->limits;
    char time[32];
    say_time(outcome->soft_limit_ms, time, sizeof time);
    if (outcome->soft_limit_ms > 0 && outcome->signal == SIGTERM)
        (void)snprintf(reason, size, "ended at its soft time limit of %s", time);
    else if (used_up_cpu(outcome))
        (void)snprintf(reason, size, "used up its %" PRId64 " s of processor time (limit cpu_s)",
                       limits->cpu_s);
    else if (outcome->signal == SIGXFSZ && limits->file_size_mb > 0)
        (void)snprintf(reason, size,
                       "wrote a file of more than %" PRId64 " MiB (limit file_size_mb)",
                       limits->file_size_mb);
    else if (outcome->out_of_memory && limits->memory_mb > 0)
        (void)snprintf(reason, size,
                       "killed for want of memory: it may have %" PRId64 " MiB (limit memory_mb)",
                       limits->memory_mb);
    else if (outcome->out_of_memory)
        (void)snprintf(reason, size, "killed by the kernel: the board had no memory left");
    else
        (void)snprintf(reason, size, "killed by signal %d (%s)", (int)outcome->signal,
                       strsignal(outcome->signal));
}

/* A program whose memory is denied ends as it likes: what it had says more than its exit code. Who
 * doubles a buffer has half when there is no more. */
static void add_hints(const struct hf_outcome *outcome, char *reason, size_t size)
{
    const int64_t memory_kb = outcome->limits.memory_mb * 1024;
    const size_t len = strlen(reason);
    char time[32];
    say_time(outcome->soft_limit_ms, time, sizeof time);
    if (outcome->soft_limit_ms > 0 && outcome->signal == 0)
        (void)snprintf(reason + len, size - len, ", after its soft time limit of %s", time);
    else if (memory_kb > 0 && outcome->peak_kb >= memory_kb / 2 && !outcome->out_of_memory)
        (void)snprintf(reason + len, size - len,
                       "; it had %" PRId64 " of the %" PRId64 " MiB that limit memory_mb allows",
                       outcome->peak_kb / 1024, outcome->limits.memory_mb);
}

static enum hf_status exited(const struct hf_outcome *outcome, char *reason, size_t size)
{
    if (outcome->signal == 0 && outcome->exit_code == 0)
        return HF_STATUS_DONE;
    const bool again = outcome->signal != 0 || outcome->exit_code == EX_TEMPFAIL;
    if (outcome->signal != 0)
        explain_signal(outcome, reason, size);
    else
        (void)snprintf(reason, size, "exit %d%s", (int)outcome->exit_code,
                       again ? ": try again later" : "");
    add_hints(outcome, reason, size);
    return again ? HF_STATUS_RETRY : HF_STATUS_FAILED;
}

static enum hf_status explain(const struct hf_outcome *outcome, char *reason, size_t size)
{
    char time[32];
    switch (outcome->end) {
    case HF_RUN_EXITED: return exited(outcome, reason, size);
    case HF_RUN_TIMED_OUT:
        say_time(outcome->limit, time, sizeof time);
        (void)snprintf(reason, size, "timed out after %s", time);
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
