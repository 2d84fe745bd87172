#include "worker/runner.h"

#include "worker/child.h"
#include "worker/fds.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_BYTES      8192
#define STEP_BYTES_MAX  (64 * 1024)   /* from one pipe in one step: the link wants its turn */
#define DRAIN_BYTES_MAX (1024 * 1024) /* after the end; the largest pipe a user may have */

enum stream { RESULT, LOG, PROGRESS };

/* --- ending --- */

static void signal_group(const struct hf_runner *runner, int number)
{
    (void)kill(-runner->pid, number);
    (void)kill(-runner->pid, SIGCONT);
}

static void begin_end(struct hf_runner *runner, enum hf_run_end why, int64_t limit, int64_t now_ms)
{
    if (runner->phase != HF_RUNNER_RUNNING)
        return;
    runner->phase = HF_RUNNER_ENDING;
    runner->outcome.end = why;
    runner->outcome.limit = limit;
    runner->kill_at_ms = now_ms + runner->grace_ms;
    signal_group(runner, SIGTERM);
}

static void keep_deadlines(struct hf_runner *runner, int64_t now_ms)
{
    if (runner->phase == HF_RUNNER_RUNNING && now_ms >= hf_runner_deadline(runner))
        begin_end(runner, HF_RUN_TIMED_OUT, runner->timeout_ms, now_ms);
    if (runner->phase == HF_RUNNER_ENDING && now_ms >= runner->kill_at_ms) {
        signal_group(runner, SIGKILL);
        runner->kill_at_ms = HF_RUNNER_NEVER;
    }
}

/* --- what the child writes --- */

static void take_result(struct hf_runner *runner, const char *data, size_t len, int64_t now_ms)
{
    struct hf_fault fault;
    enum hf_err err = hf_spool_append(&runner->output, data, len, &fault);
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
    }
}

/* --- the end --- */

static int64_t ms_of(const struct timeval *time)
{
    return (int64_t)time->tv_sec * 1000 + time->tv_usec / 1000;
}

static void note_exit(struct hf_outcome *outcome, int status, const struct rusage *usage)
{
    outcome->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    outcome->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    outcome->peak_kb = usage->ru_maxrss;
    outcome->cpu_ms = ms_of(&usage->ru_utime) + ms_of(&usage->ru_stime);
}

/* A child that failed before its handler began has left word. */
static void note_failed_start(struct hf_runner *runner)
{
    struct hf_child_failure failure;
    ssize_t got = read(runner->status_fd, &failure, sizeof failure);
    if (got != (ssize_t)sizeof failure || runner->outcome.end != HF_RUN_EXITED)
        return;
    runner->outcome.end = HF_RUN_NOT_STARTED;
    runner->outcome.exit_code = -1;
    runner->outcome.start_errno = failure.error;
    memcpy(runner->outcome.detail, failure.what, sizeof failure.what);
}

/* The leader is a zombie still, so that its number cannot belong to another group yet. */
static void finish(struct hf_runner *runner, int64_t now_ms)
{
    (void)kill(-runner->pid, SIGKILL);
    for (enum stream stream = RESULT; stream <= PROGRESS; stream++) {
        read_stream(runner, stream, DRAIN_BYTES_MAX, now_ms);
        hf_fds_close(&runner->fds[stream]);
    }
    int status = 0;
    struct rusage usage = {0};
    while (wait4(runner->pid, &status, 0, &usage) < 0 && errno == EINTR)
        continue;
    hf_guard_watch(runner->guard.fd, 0);
    note_exit(&runner->outcome, status, &usage);
    note_failed_start(runner);
    hf_fds_close(&runner->status_fd);
    hf_tail_text(&runner->tail, runner->outcome.log_tail);
    runner->outcome.duration_ms = now_ms - runner->started_ms;
    runner->pid = 0;
    runner->phase = HF_RUNNER_ENDED;
}

static bool leader_exited(const struct hf_runner *runner)
{
    siginfo_t info = {.si_pid = 0};
    int result = waitid(P_PID, (id_t)runner->pid, &info, WEXITED | WNOHANG | WNOWAIT);
    return result == 0 && info.si_pid == runner->pid;
}

bool hf_runner_step(struct hf_runner *runner, int64_t now_ms, const struct pollfd *fds,
                    size_t count)
{
    if (runner->phase != HF_RUNNER_RUNNING && runner->phase != HF_RUNNER_ENDING)
        return runner->phase == HF_RUNNER_ENDED;
    for (size_t i = 0; i < count; i++) {
        for (enum stream stream = RESULT; stream <= PROGRESS; stream++) {
            if (fds[i].revents != 0 && fds[i].fd == runner->fds[stream])
                read_stream(runner, stream, STEP_BYTES_MAX, now_ms);
        }
    }
    if (leader_exited(runner))
        finish(runner, now_ms);
    else
        keep_deadlines(runner, now_ms);
    return runner->phase == HF_RUNNER_ENDED;
}

/* --- the beginning --- */

void hf_runner_init(struct hf_runner *runner)
{
    memset(runner, 0, sizeof *runner);
    hf_spool_init(&runner->output);
    for (enum stream stream = RESULT; stream <= PROGRESS; stream++)
        runner->fds[stream] = -1;
    runner->status_fd = -1;
    hf_guard_init(&runner->guard);
    (void)hf_guard_ensure(&runner->guard); /* when it fails, start tries again and says why */
}

static enum hf_err check_spec(const struct hf_runner *runner, const struct hf_run_spec *spec,
                              struct hf_fault *fault)
{
    if (runner->phase != HF_RUNNER_IDLE)
        return hf_fault_set(fault, HF_ERR_ILLEGAL, 0, "a task is in hand already");
    if (spec->timeout_ms <= 0 || spec->grace_ms < 0 || spec->max_output_bytes < 0)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "a time or size limit is out of range");
    return HF_ERR_OK;
}

/* The four pipes; `plan` gets the child's ends. */
static int make_pipes(struct hf_runner *runner, struct hf_child_plan *plan)
{
    int ends[2];
    for (enum stream stream = RESULT; stream <= PROGRESS; stream++) {
        if (hf_fds_pipe(ends) != 0)
            return -1;
        runner->fds[stream] = ends[0];
        plan->stdio[1 + stream] = ends[1];
    }
    if (hf_fds_pipe(ends) != 0)
        return -1;
    runner->status_fd = ends[0];
    plan->status_fd = ends[1];
    return 0;
}

static enum hf_err spawn(struct hf_runner *runner, struct hf_child_plan *plan,
                         struct hf_fault *fault)
{
    if (hf_guard_ensure(&runner->guard) != 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "cannot start the guard process: %s",
                            strerror(errno));
    plan->guard_fd = runner->guard.fd;
    plan->parent = getpid();
    if (make_pipes(runner, plan) != 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "cannot make a pipe: %s", strerror(errno));
    runner->pid = fork();
    if (runner->pid == 0)
        hf_child_become(plan);
    if (runner->pid < 0)
        return hf_fault_set(fault, errno == ENOMEM ? HF_ERR_NO_MEMORY : HF_ERR_IO, errno,
                            "cannot start a process: %s", strerror(errno));
    (void)setpgid(runner->pid, runner->pid); /* both sides: neither may come too late */
    return HF_ERR_OK;
}

static void begin(struct hf_runner *runner, const struct hf_run_spec *spec, int64_t now_ms,
                  int64_t unix_ms)
{
    memset(&runner->outcome, 0, sizeof runner->outcome);
    runner->outcome.started_unix_ms = unix_ms;
    runner->started_ms = now_ms;
    runner->timeout_ms = spec->timeout_ms;
    runner->grace_ms = spec->grace_ms;
    runner->phase = HF_RUNNER_RUNNING;
}

static void drop_pipes(struct hf_runner *runner)
{
    for (enum stream stream = RESULT; stream <= PROGRESS; stream++)
        hf_fds_close(&runner->fds[stream]);
    hf_fds_close(&runner->status_fd);
    hf_spool_close(&runner->output);
    runner->pid = 0;
}

enum hf_err hf_runner_start(struct hf_runner *runner, const struct hf_run_spec *spec,
                            int64_t now_ms, int64_t unix_ms, struct hf_fault *fault)
{
    enum hf_err err = check_spec(runner, spec, fault);
    if (err != HF_ERR_OK)
        return err;
    struct hf_child_plan plan = {
        .spec = spec, .stdio = {-1, -1, -1, -1}, .status_fd = -1, .guard_fd = -1};
    hf_tail_clear(&runner->tail);
    hf_progress_lines_clear(&runner->progress);

    err = hf_spool_open(&runner->output, spec->state_folder, spec->max_output_bytes, fault);
    if (err == HF_ERR_OK)
        err = hf_spool_reader(spec->payload, &plan.stdio[0], fault);
    if (err == HF_ERR_OK)
        err = spawn(runner, &plan, fault);
    for (size_t i = 0; i < 4; i++)
        hf_fds_close(&plan.stdio[i]);
    hf_fds_close(&plan.status_fd);
    if (err == HF_ERR_OK)
        begin(runner, spec, now_ms, unix_ms);
    else
        drop_pipes(runner);
    return err;
}

/* --- while it runs, and after --- */

size_t hf_runner_pollfds(const struct hf_runner *runner, struct pollfd *fds, size_t max)
{
    size_t count = 0;
    for (enum stream stream = RESULT; stream <= PROGRESS; stream++) {
        if (runner->fds[stream] >= 0 && count < max)
            fds[count++] = (struct pollfd){.fd = runner->fds[stream], .events = POLLIN};
    }
    return count;
}

int64_t hf_runner_deadline(const struct hf_runner *runner)
{
    switch (runner->phase) {
    case HF_RUNNER_RUNNING: return runner->started_ms + runner->timeout_ms;
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

void hf_runner_clear(struct hf_runner *runner)
{
    if (runner->phase != HF_RUNNER_ENDED)
        return;
    hf_spool_close(&runner->output);
    runner->phase = HF_RUNNER_IDLE;
}

void hf_runner_close(struct hf_runner *runner)
{
    if (runner->pid > 0) {
        (void)kill(-runner->pid, SIGKILL);
        while (waitpid(runner->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    drop_pipes(runner);
    hf_guard_close(&runner->guard);
    runner->phase = HF_RUNNER_IDLE;
}
