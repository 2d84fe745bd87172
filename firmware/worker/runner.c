#include "worker/runner.h"

#include "worker/child.h"
#include "worker/fds.h"
#include "worker/runner_internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_BYTES      8192
#define STEP_BYTES_MAX  (64 * 1024)   /* from one pipe in one step: the link wants its turn */
#define DRAIN_BYTES_MAX (1024 * 1024) /* after the end; the largest pipe a user may have */

/* --- ending --- */

static void begin_end(struct hf_runner *runner, enum hf_run_end why, int64_t limit, int64_t now_ms)
{
    if (runner->phase != HF_RUNNER_RUNNING)
        return;
    runner->phase = HF_RUNNER_ENDING;
    runner->outcome.end = why;
    runner->outcome.limit = limit;
    runner->kill_at_ms = now_ms + runner->grace_ms;
    hf_brood_signal(&runner->brood, &runner->child, SIGTERM);
}

/* One that was asked to end has had its grace. */
static void time_out(struct hf_runner *runner, int64_t now_ms)
{
    begin_end(runner, HF_RUN_TIMED_OUT, runner->timeout_ms, now_ms);
    if (runner->asked)
        runner->kill_at_ms = now_ms;
}

static void ask_to_end(struct hf_runner *runner)
{
    runner->asked = true;
    runner->outcome.soft_limit_ms = runner->soft_timeout_ms;
    hf_brood_signal(&runner->brood, &runner->child, SIGTERM);
}

static void keep_deadlines(struct hf_runner *runner, int64_t now_ms)
{
    if (runner->phase == HF_RUNNER_RUNNING && now_ms >= runner->started_ms + runner->timeout_ms)
        time_out(runner, now_ms);
    else if (runner->phase == HF_RUNNER_RUNNING && now_ms >= hf_runner_deadline(runner))
        ask_to_end(runner);
    if (runner->phase == HF_RUNNER_ENDING && now_ms >= runner->kill_at_ms) {
        hf_brood_signal(&runner->brood, &runner->child, SIGKILL);
        runner->kill_at_ms = HF_RUNNER_NEVER;
    }
}

/* --- what the child writes --- */

static void take_result(struct hf_runner *runner, const char *data, size_t len, int64_t now_ms)
{
    struct hf_fault fault;
    enum hf_err err = hf_spool_append(&runner->output, data, len, &fault);
    if (err == HF_ERR_OK && runner->hashing)
        hf_digest_add(&runner->hash, data, len);
    if (err == HF_ERR_OK)
        return;
    hf_fds_close(&runner->fds[RESULT]);
    if (runner->phase == HF_RUNNER_RUNNING && err != HF_ERR_TOO_LARGE)
        memcpy(runner->outcome.detail, fault.text, sizeof fault.text);
    begin_end(runner, err == HF_ERR_TOO_LARGE ? HF_RUN_OUTPUT_TOO_LARGE : HF_RUN_OUTPUT_LOST,
              runner->output.limit_bytes, now_ms);
}

static void take(struct hf_runner *runner, enum stream stream, const char *data, size_t len,
                 int64_t now_ms)
{
    switch (stream) {
    case RESULT: take_result(runner, data, len, now_ms); break;
    case LOG: hf_tail_add(&runner->tail, data, len); break;
    case PROGRESS: hf_progress_lines_feed(&runner->progress, data, len); break;
    }
}

static void read_stream(struct hf_runner *runner, enum stream stream, size_t max, int64_t now_ms)
{
    char data[READ_BYTES];
    for (size_t taken = 0; taken < max && runner->fds[stream] >= 0;) {
        ssize_t got = read(runner->fds[stream], data, sizeof data);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            hf_fds_close(&runner->fds[stream]);
            return;
        }
        take(runner, stream, data, (size_t)got, now_ms);
        taken += (size_t)got;
        if ((size_t)got < sizeof data)
            return; /* that was all, so far */
    }
}

/* --- the end --- */

static int64_t us_of(const struct timeval *time)
{
    return (int64_t)time->tv_sec * 1000000 + time->tv_usec;
}

static void note_exit(struct hf_runner *runner, int status, const struct rusage *usage)
{
    struct hf_outcome *outcome = &runner->outcome;
    const int64_t before_us = runner->built_in ? runner->warm.cpu_us : 0;
    outcome->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    outcome->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    outcome->peak_kb = usage->ru_maxrss;
    outcome->out_of_memory = outcome->signal == SIGKILL && outcome->end == HF_RUN_EXITED &&
                             hf_runner_oom_kills(runner) > runner->oom_kills;
    outcome->cpu_ms = (us_of(&usage->ru_utime) + us_of(&usage->ru_stime) - before_us) / 1000;
}

/* A child that failed before its handler began has left word. */
static void note_failure(struct hf_runner *runner, const char *data, size_t len)
{
    struct hf_child_failure failure;
    if (len != sizeof failure || runner->outcome.end != HF_RUN_EXITED)
        return;
    memcpy(&failure, data, sizeof failure);
    failure.what[sizeof failure.what - 1] = '\0';
    runner->failed = true;
    runner->outcome.start_errno = failure.error;
    memcpy(runner->outcome.detail, failure.what, sizeof failure.what);
}

static void note_failed_start(struct hf_runner *runner)
{
    char data[sizeof(struct hf_child_failure)];
    const ssize_t got = read(runner->status_fd, data, sizeof data);
    if (got > 0)
        note_failure(runner, data, (size_t)got);
    if (!runner->failed || runner->outcome.end != HF_RUN_EXITED)
        return;
    runner->outcome.end = HF_RUN_NOT_STARTED;
    runner->outcome.exit_code = -1;
}

/* Most have nothing: one question to all of them is cheaper than one to each. */
static void drain(struct hf_runner *runner, int64_t now_ms)
{
    struct pollfd pipes[3];
    for (enum stream stream = RESULT; stream <= PROGRESS; stream++)
        pipes[stream] = (struct pollfd){.fd = runner->fds[stream], .events = POLLIN};
    (void)poll(pipes, 3, 0);
    for (enum stream stream = RESULT; stream <= PROGRESS; stream++) {
        if (pipes[stream].revents != 0)
            read_stream(runner, stream, DRAIN_BYTES_MAX, now_ms);
    }
}

static void tidy(struct hf_runner *runner)
{
    if (runner->work_folder[0] != '\0')
        hf_brood_tidy(&runner->brood, runner->confine, runner->slot, runner->work_folder);
}

static void end(struct hf_runner *runner, int64_t now_ms)
{
    if (!runner->swept)
        tidy(runner);
    hf_tail_text(&runner->tail, runner->outcome.log_tail);
    runner->outcome.duration_ms = now_ms - runner->started_ms;
    runner->phase = HF_RUNNER_ENDED;
}

static void finish(struct hf_runner *runner, const struct hf_brood_end *how, int64_t now_ms)
{
    drain(runner, now_ms);
    hf_brood_guard(&runner->brood, 0);
    note_exit(runner, how->status, &how->usage);
    note_failed_start(runner);
    hf_runner_close_pipes(runner);
    end(runner, now_ms);
}

/* --- the end of a task in the warm child --- */

/* Killed before its pipes are drained when it is not to be kept: what the handler left behind in
 * its group may write still. False: too much output, so it is ending. */
static bool finish_warm(struct hf_runner *runner, const struct hf_warm_word *word, int64_t now_ms)
{
    const struct hf_warm_report *report = &word->report;
    if (!report->keep)
        hf_brood_signal(&runner->brood, &runner->child, SIGKILL);
    if (!report->keep || report->piped)
        drain(runner, now_ms);
    if (word->len > 0)
        take_result(runner, word->bytes, word->len, now_ms);
    if (runner->phase != HF_RUNNER_RUNNING)
        return false;
    runner->outcome.exit_code = report->exit_code;
    runner->outcome.signal = 0;
    runner->outcome.peak_kb = report->peak_kb;
    runner->outcome.cpu_ms = (report->cpu_us - runner->warm.cpu_us) / 1000;
    runner->warm.cpu_us = report->cpu_us;
    runner->warm.tasks++;
    runner->swept = report->keep && report->swept;
    hf_runner_park(runner, report->keep && runner->warm.tasks < HF_WARM_TASKS_MAX);
    end(runner, now_ms);
    return true;
}

static bool hear(struct hf_runner *runner, int64_t now_ms)
{
    struct hf_warm_word word;
    hf_warm_hear(runner->status_fd, &word);
    if (word.kind == HF_WARM_OTHER)
        note_failure(runner, word.bytes, word.len);
    return word.kind == HF_WARM_REPORT && finish_warm(runner, &word, now_ms);
}

bool hf_runner_is_done(struct hf_runner *runner, int64_t now_ms)
{
    return runner->built_in && runner->phase == HF_RUNNER_RUNNING && runner->warm.tasks > 0 &&
           hear(runner, now_ms);
}

bool hf_runner_step(struct hf_runner *runner, int64_t now_ms, const struct pollfd *fds,
                    size_t count)
{
    hf_brood_reap_tidier(&runner->brood);
    if (runner->phase != HF_RUNNER_RUNNING && runner->phase != HF_RUNNER_ENDING)
        return runner->phase == HF_RUNNER_ENDED;
    bool reported = false;
    for (size_t i = 0; i < count; i++) {
        reported = reported || (fds[i].revents != 0 && fds[i].fd == runner->status_fd);
        for (enum stream stream = RESULT; stream <= PROGRESS; stream++) {
            if (fds[i].revents != 0 && fds[i].fd == runner->fds[stream])
                read_stream(runner, stream, STEP_BYTES_MAX, now_ms);
        }
    }
    if (reported && runner->phase == HF_RUNNER_RUNNING && hear(runner, now_ms))
        return true;
    struct hf_brood_end how;
    if (hf_brood_take_end(&runner->child, &how))
        finish(runner, &how, now_ms);
    else
        keep_deadlines(runner, now_ms);
    return runner->phase == HF_RUNNER_ENDED;
}

/* --- the beginning --- */

void hf_runner_init(struct hf_runner *runner, int monitor_fd)
{
    memset(runner, 0, sizeof *runner);
    hf_spool_init(&runner->output);
    for (enum stream stream = RESULT; stream <= PROGRESS; stream++)
        runner->fds[stream] = -1;
    runner->status_fd = -1;
    hf_warm_init(&runner->warm);
    hf_brood_init(&runner->brood, monitor_fd);
    runner->child = (struct hf_brood_child)HF_BROOD_NONE;
}

static enum hf_err check_spec(const struct hf_runner *runner, const struct hf_run_spec *spec,
                              struct hf_fault *fault)
{
    if (runner->phase != HF_RUNNER_IDLE)
        return hf_fault_set(fault, HF_ERR_ILLEGAL, 0, "a task is in hand already");
    if (spec->work_folder && strlen(spec->work_folder) > HF_STATE_PATH_MAX)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "the path of the work folder is too long");
    if (spec->timeout_ms <= 0 || spec->soft_timeout_ms < 0 || spec->grace_ms < 0 ||
        spec->max_output_bytes < 0)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "a time or size limit is out of range");
    return HF_ERR_OK;
}

static void begin(struct hf_runner *runner, const struct hf_run_spec *spec, int64_t now_ms,
                  int64_t unix_ms)
{
    memset(&runner->outcome, 0, sizeof runner->outcome);
    runner->outcome.started_unix_ms = unix_ms;
    runner->outcome.limits = spec->limits;
    runner->started_ms = now_ms;
    runner->timeout_ms = spec->timeout_ms;
    runner->soft_timeout_ms = spec->soft_timeout_ms > 0 && spec->soft_timeout_ms < spec->timeout_ms
                                  ? spec->soft_timeout_ms
                                  : spec->timeout_ms;
    runner->asked = runner->failed = false;
    runner->swept = false;
    runner->hashing = spec->hash_output;
    hf_digest_begin(&runner->hash);
    runner->grace_ms = spec->grace_ms;
    runner->phase = HF_RUNNER_RUNNING;
}

enum hf_err hf_runner_start(struct hf_runner *runner, const struct hf_run_spec *spec,
                            int64_t now_ms, int64_t unix_ms, struct hf_fault *fault)
{
    enum hf_err err = check_spec(runner, spec, fault);
    if (err != HF_ERR_OK)
        return err;
    const struct hf_str folder = hf_str(spec->work_folder ? spec->work_folder : "");
    hf_tail_clear(&runner->tail);
    hf_progress_lines_clear(&runner->progress);

    runner->built_in = spec->handler->run != NULL;
    runner->confine = spec->confine;
    runner->slot = spec->slot;
    (void)hf_str_copy(runner->work_folder, sizeof runner->work_folder, folder);
    err = hf_spool_open(&runner->output, spec->state_folder, spec->max_output_bytes, fault);
    if (err == HF_ERR_OK)
        err = hf_runner_launch(runner, spec, fault);
    if (err == HF_ERR_OK)
        begin(runner, spec, now_ms, unix_ms);
    else
        hf_runner_abandon(runner);
    return err;
}

/* --- while it runs, and after --- */

size_t hf_runner_pollfds(const struct hf_runner *runner, struct pollfd *fds, size_t max)
{
    size_t count = 0;
    if (runner->built_in && runner->phase == HF_RUNNER_RUNNING && max > 0)
        fds[count++] = (struct pollfd){.fd = runner->status_fd, .events = POLLIN};
    if (runner->child.pid != 0 && runner->child.end_fd >= 0 && count < max)
        fds[count++] = (struct pollfd){.fd = runner->child.end_fd, .events = POLLIN};
    for (enum stream stream = RESULT; stream <= PROGRESS; stream++) {
        if (runner->fds[stream] >= 0 && count < max)
            fds[count++] = (struct pollfd){.fd = runner->fds[stream], .events = POLLIN};
    }
    return count;
}

int64_t hf_runner_deadline(const struct hf_runner *runner)
{
    switch (runner->phase) {
    case HF_RUNNER_RUNNING:
        return runner->started_ms + (runner->asked ? runner->timeout_ms : runner->soft_timeout_ms);
    case HF_RUNNER_ENDING: return runner->kill_at_ms;
    case HF_RUNNER_IDLE:
    case HF_RUNNER_ENDED: break;
    }
    return HF_RUNNER_NEVER;
}

void hf_runner_stop(struct hf_runner *runner, enum hf_run_end why, int64_t now_ms)
{
    begin_end(runner, why, 0, now_ms);
}

void hf_runner_hash(struct hf_runner *runner, uint8_t out[HF_SHA256_BYTES])
{
    if (runner->phase != HF_RUNNER_ENDED)
        hf_digest_begin(&runner->hash);
    hf_digest_end(&runner->hash, out);
}

void hf_runner_clear(struct hf_runner *runner)
{
    if (runner->phase != HF_RUNNER_ENDED)
        return;
    hf_spool_close(&runner->output);
    runner->phase = HF_RUNNER_IDLE;
}

bool hf_runner_rest(struct hf_runner *runner)
{
    if (runner->warm.child.pid == 0)
        return false; /* as it is while a task runs in it */
    hf_runner_discard_warm(runner);
    return true;
}

void hf_runner_close(struct hf_runner *runner)
{
    hf_runner_abandon(runner);
    hf_runner_discard_warm(runner);
    tidy(runner);
    hf_brood_close(&runner->brood);
    runner->phase = HF_RUNNER_IDLE;
}
