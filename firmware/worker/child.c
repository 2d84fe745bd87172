#include "worker/child.h"

#include "handlers/io.h"
#include "link/clock.h"
#include "worker/affinity.h"
#include "worker/confine.h"
#include "worker/fds.h"
#include "worker/guard.h"
#include "worker/seccomp.h"
#include "worker/sweep.h"
#include "worker/upkeep_proof.h"
#include "worker/warm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_FD   4  /* after stdin, stdout, stderr and progress */
#define FOLDER_FD   5  /* the work folder, in a child of the worker's own code */
#define EMPTY_FD    6  /* /dev/null, in a warm child */
#define PARKED_FD   16 /* above all of them */
#define FILES_AMPLE 64 /* descriptors: many more than a warm child has between two tasks */
#define PATH        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_Noreturn static void leave_word(int status_fd, const struct hf_child_failure *failure)
{
    const ssize_t told = write(status_fd, failure, sizeof *failure);
    (void)told; /* fails when the parent is gone */
    _exit(HF_CHILD_EXIT_FAILED);
}

_Noreturn static void give_up(int status_fd, const char *what, const char *name)
{
    struct hf_child_failure failure = {.error = errno};
    (void)snprintf(failure.what, sizeof failure.what, "cannot %s %s: %s", what, name,
                   strerror(failure.error));
    leave_word(status_fd, &failure);
}

/* Whatever is in it, the program that was to run there is not at fault. */
_Noreturn static void give_up_folder(const char *what, const char *folder)
{
    struct hf_child_failure failure = {.error = HF_CHILD_BOARD_TROUBLE};
    (void)snprintf(failure.what, sizeof failure.what, "cannot %s the work folder %s: %s", what,
                   folder,
                   errno == ETIMEDOUT ? "a task left what fills it: end that, or restart the board"
                                      : strerror(errno));
    leave_word(STATUS_FD, &failure);
}

/* The parent may have died before this could ask to be told. */
static void die_with_parent(pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(HF_CHILD_EXIT_FAILED);
}

/* Descriptors 0 to 3 and STATUS_FD, and no other. Parked above first: they may be in each other's
 * way. */
static void place_descriptors(const struct hf_child_plan *plan)
{
    int parked[STATUS_FD + 1];
    for (int i = 0; i <= STATUS_FD; i++) {
        const int fd = i < STATUS_FD ? plan->stdio[i] : plan->status_fd;
        parked[i] = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, PARKED_FD);
        if (fd >= 0 && parked[i] < 0)
            give_up(plan->status_fd, "set up", "descriptors");
    }
    for (int i = 0; i < STATUS_FD; i++) {
        if (parked[i] < 0)
            (void)close(i);
        else
            (void)dup2(parked[i], i);
    }
    (void)dup3(parked[STATUS_FD], STATUS_FD, O_CLOEXEC);
    hf_fds_close_from(STATUS_FD + 1);
}

static void reset_signal(int number)
{
    (void)signal(number, SIG_DFL); /* refused for KILL, STOP and the C library's own */
}

/* What was caught is reset by the kernel when a program begins, so that only what may be ignored
 * is left to do: by the worker, or by whoever started it. A system call for each of all 64 costs
 * more than the rest of the start. */
static void reset_ignored(void)
{
    static const int SIGNALS[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1,
                                  SIGUSR2, SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ, SIGWINCH};
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++)
        reset_signal(SIGNALS[i]);
}

static void reset_signals(bool all)
{
    if (!all)
        reset_ignored();
    for (int number = 1; all && number < NSIG; number++)
        reset_signal(number);
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Before the user changes: the folders above it may be closed to the new one. 0, or errno: not said
 * before there is a task. */
static int open_work_folder(const char *folder)
{
    const int fd = folder ? hf_sweep_open(folder) : -1;
    if (folder && fd < 0)
        return errno;
    if (fd >= 0 && fd != FOLDER_FD) {
        (void)dup3(fd, FOLDER_FD, O_CLOEXEC);
        (void)close(fd);
    }
    return 0;
}

/* What is in it is the user's that handlers run as, and so is the process by now. */
static void enter_work_folder(const char *folder, int open_error, bool clean)
{
    if (!folder)
        return;
    errno = open_error;
    if (open_error != 0 || syscall(SYS_fchdir, FOLDER_FD) != 0)
        give_up_folder("enter", folder);
    if (!clean && hf_sweep_in(FOLDER_FD) != 0)
        give_up_folder("empty", folder);
}

static void confine(const struct hf_child_plan *plan)
{
    const struct hf_confine *how = plan->spec->confine;
    const unsigned bits = hf_confine_enter(how, plan->spec->slot);
    if (how && how->change_user && (bits & HF_CONFINE_USER) == 0)
        give_up(STATUS_FD, "become the user", how->user);
    die_with_parent(plan->parent); /* forgotten when the user changes */
}

_Noreturn static void exec_program(const struct hf_run_spec *spec)
{
    const char *home = spec->work_folder ? spec->work_folder : "/";
    char attempt[32], vars[6][HF_HANDLER_PATH_MAX];
    (void)snprintf(attempt, sizeof attempt, "HOLDFAST_ATTEMPT=%" PRIu32, spec->attempt);
    const char *const pairs[6][2] = {{"HOME", home},
                                     {"TMPDIR", spec->work_folder ? home : "/tmp"},
                                     {"HOLDFAST_TASK_ID", spec->task},
                                     {"HOLDFAST_JOB", spec->job},
                                     {"HOLDFAST_BOARD", spec->board},
                                     {"HOLDFAST_HANDLER", spec->handler_name}};
    char *env[10] = {"PATH=" PATH, "LANG=C.UTF-8", attempt};
    for (size_t i = 0; i < 6; i++) {
        (void)snprintf(vars[i], sizeof vars[i], "%s=%s", pairs[i][0], pairs[i][1]);
        env[3 + i] = vars[i];
    }
    char path[HF_HANDLER_PATH_MAX + 1];
    memcpy(path, spec->handler->path, sizeof path);
    char *argv[] = {path, NULL};
    (void)execve(path, argv, env);
    if (errno == EACCES && spec->confine && spec->confine->change_user)
        give_up(STATUS_FD, "run as task_user", path);
    give_up(STATUS_FD, "run", path);
}

static struct hf_handler_io four_descriptors(struct hf_io_memory *memory)
{
    return (struct hf_handler_io){.in = STDIN_FILENO,
                                  .out = STDOUT_FILENO,
                                  .log = STDERR_FILENO,
                                  .progress = 3,
                                  .memory = memory};
}

_Noreturn static void do_upkeep(const struct hf_upkeep *upkeep)
{
    const struct hf_handler_io io = four_descriptors(NULL);
    const int doubt = upkeep->order != NULL ? hf_upkeep_prove(&io, upkeep) : 0;
    _exit(doubt != 0 ? doubt : hf_upkeep_run(&io, upkeep));
}

/* --- the warm child --- */

static int64_t used_us(const struct rusage *usage)
{
    return ((int64_t)usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
           usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
}

/* No process of the handler's is left, and its descriptors are what they were. */
static bool is_tidy(void)
{
    struct pollfd mine[] = {{.fd = STDIN_FILENO}, {.fd = 1}, {.fd = 2}, {.fd = 3}};
    (void)poll(mine, 4, 0);
    for (size_t i = 0; i < 4; i++) {
        if (mine[i].revents & POLLNVAL)
            return false;
    }
    return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

/* What the process had taken when it was last measured. */
struct measure {
    int64_t born_kb, peak_kb, cpu_us;
    int unmeasured; /* tasks since then */
};

static void take_measure(struct measure *measure)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    measure->peak_kb = usage.ru_maxrss;
    measure->cpu_us = used_us(&usage);
    measure->unmeasured = 0;
}

static struct hf_warm_report make_report(int code, bool tidy, const struct measure *measure)
{
    return (struct hf_warm_report){.exit_code = code & 0xff, /* as the kernel would */
                                   .keep =
                                       (code & 0xff) == 0 && tidy &&
                                       measure->peak_kb - measure->born_kb <= HF_WARM_GROWTH_MAX_KB,
                                   .peak_kb = measure->peak_kb,
                                   .cpu_us = measure->cpu_us};
}

static struct hf_warm_report run_plain(hf_handler_fn *run, struct hf_io_memory *memory,
                                       struct measure *measure)
{
    const struct hf_handler_io io = four_descriptors(memory);
    const int64_t began_ms = hf_clock_mono_ms();
    const int code = run(&io);
    measure->unmeasured++;
    if (hf_clock_mono_ms() != began_ms || measure->unmeasured > HF_WARM_UNMEASURED_MAX)
        take_measure(measure);
    struct hf_warm_report report = make_report(code, true, measure);
    report.swept = true;
    report.piped = memory->piped;
    return report;
}

static struct hf_warm_report run_built_in(hf_handler_fn *run, struct measure *measure)
{
    const struct hf_handler_io io = four_descriptors(NULL);
    const int code = run(&io);
    take_measure(measure);
    struct hf_warm_report report = make_report(code, is_tidy(), measure);
    report.piped = true;
    return report;
}

/* Between two tasks with the same bounds: they neither count from a task's beginning nor hinder
 * what this process does itself. */
static bool may_stay(const struct hf_limits *limits)
{
    return limits->cpu_s == 0 && limits->memory_mb == 0 &&
           (limits->files == 0 || limits->files >= FILES_AMPLE);
}

static bool are_same(const struct hf_limits *a, const struct hf_limits *b)
{
    for (size_t i = 0; i < HF_LIMIT_COUNT; i++) {
        if (hf_limit_get(&hf_limit_list[i], a) != hf_limit_get(&hf_limit_list[i], b))
            return false;
    }
    return true;
}

/* `in_force` is what bounds this process before and after it. */
static void bound_anew(const struct hf_confine *confine, const struct hf_limits *limits,
                       struct hf_limits *in_force)
{
    if (may_stay(limits) && are_same(limits, in_force))
        return;
    hf_confine_relax();
    (void)hf_confine_bound(confine, limits, false);
    *in_force = *limits;
}

static void relax(struct hf_limits *in_force)
{
    if (may_stay(in_force))
        return;
    hf_confine_relax();
    *in_force = (struct hf_limits){0};
}

/* Whether the folder is empty again. */
static bool leave(const char *folder)
{
    hf_fds_close_from(EMPTY_FD + 1);
    (void)close(STDIN_FILENO);
    return !folder || hf_sweep_in(FOLDER_FD) == 0;
}

static void open_empty(void)
{
    const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || (fd != EMPTY_FD && dup3(fd, EMPTY_FD, O_CLOEXEC) < 0))
        give_up(STATUS_FD, "open", "/dev/null");
    if (fd != EMPTY_FD)
        (void)close(fd);
}

/* Of what the settings let run, whatever the worker says; where there are none (tests), anything.
 */
static bool may_run(const struct hf_run_spec *spec, hf_handler_fn *run)
{
    const struct hf_builtin *builtin = hf_builtins;
    if (!spec->allowed)
        return true;
    while (builtin->name && builtin->run != run)
        builtin++;
    return builtin->name && hf_handler_allowed(spec->allowed, builtin->name);
}

/* What a handler starts and forgets comes back to this process, where it is seen. */
_Noreturn static void serve(const struct hf_run_spec *spec, int open_error)
{
    struct hf_warm_task task;
    struct hf_limits in_force = {0};
    struct hf_affinity affinity = HF_AFFINITY_ANY;
    struct measure measure = {0};
    char in[HF_WARM_SMALL], out[HF_WARM_SMALL];
    size_t in_len;
    bool clean = false;
    open_empty();
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL);
    take_measure(&measure);
    measure.born_kb = measure.peak_kb;
    while (hf_warm_next_task(STATUS_FD, EMPTY_FD, &task, in, &in_len)) {
        struct hf_io_memory memory = {
            .in = in, .in_len = in_len, .out = out, .out_size = sizeof out};
        struct hf_warm_report report;
        if (!may_run(spec, task.run))
            _exit(HF_CHILD_EXIT_FAILED);
        if (spec->confine)
            task.limits = hf_limits_tighter(&spec->confine->config->limits, &task.limits);
        clean = clean && !task.folder_used;
        hf_affinity_follow(&affinity, task.plain ? task.processor : -1);
        if (!task.plain)
            enter_work_folder(spec->work_folder, open_error, clean);
        bound_anew(spec->confine, &task.limits, &in_force);
        report =
            task.plain ? run_plain(task.run, &memory, &measure) : run_built_in(task.run, &measure);
        relax(&in_force);
        if (!task.plain)
            clean = report.swept = leave(spec->work_folder);
        hf_warm_send_report(STATUS_FD, &report, out, memory.out_len);
    }
    _exit(0);
}

void hf_child_become(const struct hf_child_plan *plan)
{
    const struct hf_run_spec *spec = plan->spec;
    die_with_parent(plan->parent);
    (void)setpgid(0, 0);
    hf_fds_leave_terminal();
    hf_guard_watch(plan->guard_fd, getpid());
    place_descriptors(plan);
    reset_signals(spec->handler->run != NULL || spec->upkeep);
    const int open_error = open_work_folder(spec->work_folder);
    confine(plan);
    if (spec->upkeep)
        do_upkeep(spec->upkeep);
    if (spec->handler->run) {
        (void)hf_seccomp_enter(false); /* what is in force is told: worker/confine.h */
        serve(spec, open_error);
    }
    enter_work_folder(spec->work_folder, open_error, false);
    (void)hf_confine_bound(spec->confine, &spec->limits, true);
    exec_program(spec);
}

_Noreturn void hf_child_tidy(const struct hf_confine *how, int slot, const char *folder,
                             pid_t parent)
{
    hf_fds_close_from(0);
    const int fd = hf_sweep_open(folder);
    const unsigned bits = hf_confine_enter(how, slot);
    if (how && how->change_user && (bits & HF_CONFINE_USER) == 0)
        _exit(HF_CHILD_EXIT_FAILED);
    die_with_parent(parent);
    _exit(fd >= 0 && hf_sweep_in(fd) == 0 ? 0 : HF_CHILD_EXIT_FAILED);
}
