#include "worker/brood.h"

#include "link/clock.h"
#include "worker/child.h"
#include "worker/monitor.h"
#include "worker/sweep.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void hf_brood_init(struct hf_brood *brood, int monitor_fd)
{
    memset(brood, 0, sizeof *brood);
    brood->monitor_fd = monitor_fd;
    hf_guard_init(&brood->guard);
    if (monitor_fd < 0)
        (void)hf_guard_ensure(&brood->guard); /* or start does, and says why not */
}

/* --- the tidier --- */

void hf_brood_reap_tidier(struct hf_brood *brood)
{
    if (brood->tidier != 0 && waitpid(brood->tidier, NULL, WNOHANG) != 0)
        brood->tidier = 0;
}

static void end_tidier(struct hf_brood *brood)
{
    if (brood->tidier == 0)
        return;
    (void)kill(brood->tidier, SIGKILL);
    while (waitpid(brood->tidier, NULL, 0) < 0 && errno == EINTR)
        continue;
    brood->tidier = 0;
}

/* A process that left the handler's group may fill the folder as fast as it is emptied. */
static void hurry_tidier(struct hf_brood *brood)
{
    static const struct timespec LOOK = {.tv_nsec = 10000000};
    const int64_t end_ms = hf_clock_mono_ms() + HF_BROOD_TIDY_MS;
    hf_brood_reap_tidier(brood);
    while (brood->tidier != 0 && hf_clock_mono_ms() < end_ms) {
        (void)nanosleep(&LOOK, NULL);
        hf_brood_reap_tidier(brood);
    }
    end_tidier(brood);
}

void hf_brood_close(struct hf_brood *brood)
{
    hurry_tidier(brood);
    hf_guard_close(&brood->guard);
    brood->guarded = 0;
}

/* --- a child --- */

/* A new guard knows of no group. */
static enum hf_err ensure_guard(struct hf_brood *brood, struct hf_fault *fault)
{
    const pid_t before = brood->guard.pid;
    if (hf_guard_ensure(&brood->guard) != 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "cannot start the guard process: %s",
                            strerror(errno));
    if (brood->guard.pid != before)
        brood->guarded = 0;
    return HF_ERR_OK;
}

enum hf_err hf_brood_start(struct hf_brood *brood, struct hf_child_plan *plan,
                           struct hf_brood_child *child, struct hf_fault *fault)
{
    if (brood->monitor_fd >= 0)
        return hf_monitor_start(brood->monitor_fd, plan, child, fault);
    const enum hf_err err = ensure_guard(brood, fault);
    if (err != HF_ERR_OK)
        return err;
    end_tidier(brood);
    plan->guard_fd = brood->guard.fd;
    plan->parent = getpid();
    const pid_t pid = fork();
    if (pid == 0)
        hf_child_become(plan);
    if (pid < 0)
        return hf_fault_set(fault, errno == ENOMEM ? HF_ERR_NO_MEMORY : HF_ERR_IO, errno,
                            "cannot start a process: %s", strerror(errno));
    (void)setpgid(pid, pid); /* both sides: neither may come too late */
    *child = (struct hf_brood_child){.pid = pid, .end_fd = -1};
    brood->guarded = pid;
    return HF_ERR_OK;
}

/* A program may have gone to another group, and left others in its own. */
static void send(pid_t child, int number)
{
    if (kill(-child, number) != 0 || number == SIGKILL)
        (void)kill(child, number);
}

void hf_brood_signal(const struct hf_brood *brood, const struct hf_brood_child *child, int number)
{
    if (child->pid <= 0)
        return;
    if (brood->monitor_fd >= 0) {
        hf_monitor_signal(brood->monitor_fd, child, number);
        return;
    }
    send(child->pid, number);
    send(child->pid, SIGCONT);
}

/* While the leader is a zombie its number cannot belong to another group. */
bool hf_brood_take_end(struct hf_brood_child *child, struct hf_brood_end *end)
{
    siginfo_t info = {.si_pid = 0};
    if (child->end_fd >= 0)
        return hf_monitor_take_end(child, end);
    if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid != child->pid)
        return false;
    (void)kill(-child->pid, SIGKILL);
    while (wait4(child->pid, &end->status, 0, &end->usage) < 0 && errno == EINTR)
        continue;
    child->pid = 0;
    return true;
}

void hf_brood_kill(const struct hf_brood *brood, struct hf_brood_child *child)
{
    if (child->pid <= 0)
        return;
    if (brood->monitor_fd >= 0) {
        hf_monitor_kill(brood->monitor_fd, child);
        return;
    }
    send(child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    child->pid = 0;
}

void hf_brood_guard(struct hf_brood *brood, pid_t group)
{
    if (brood->guarded != group && brood->monitor_fd < 0)
        hf_guard_watch(brood->guard.fd, group);
    brood->guarded = group;
}

/* --- the work folder --- */

static bool is_empty(const char *folder)
{
    const int fd = hf_sweep_open(folder);
    const bool empty = fd < 0 || hf_sweep_is_empty(fd);
    if (fd >= 0)
        (void)close(fd);
    return empty;
}

void hf_brood_tidy(struct hf_brood *brood, const struct hf_confine *confine, int slot,
                   const char *folder)
{
    const pid_t parent = getpid();
    if (brood->monitor_fd >= 0)
        hf_monitor_tidy(brood->monitor_fd, slot);
    if (brood->monitor_fd >= 0 || brood->tidier != 0 || is_empty(folder))
        return;
    const pid_t pid = fork();
    if (pid == 0)
        hf_child_tidy(confine, slot, folder, parent);
    if (pid > 0)
        brood->tidier = pid;
}
