#include "link/clock.h"
#include "link/log.h"
#include "worker/estate.h"
#include "worker/fds.h"
#include "worker/monitor_internal.h"
#include "worker/signals.h"
#include "worker/trim.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LEAVE_MS 5000 /* from the second signal to go on */

/* --- children that have ended --- */

void hf_monitor_release(struct hf_monitor *monitor, struct hf_ward *ward)
{
    const struct hf_ward *warm = &monitor->wards[2 * ward->slot + 1];
    hf_fds_close(&ward->end_fd);
    ward->child = (struct hf_brood_child)HF_BROOD_NONE;
    hf_brood_guard(&monitor->broods[ward->slot], warm->child.pid);
}

static void reap(struct hf_monitor *monitor)
{
    struct hf_brood_end end;
    for (size_t i = 0; i < HF_WARDS_MAX; i++) {
        struct hf_ward *ward = &monitor->wards[i];
        if (ward->child.pid == 0 || !hf_brood_take_end(&ward->child, &end))
            continue;
        (void)!write(ward->end_fd, &end, sizeof end); /* or the worker has lost interest */
        hf_monitor_release(monitor, ward);
    }
    for (size_t i = 0; i < (size_t)monitor->config->slots; i++)
        hf_brood_reap_tidier(&monitor->broods[i]);
}

static void end_wards(struct hf_monitor *monitor)
{
    for (size_t i = 0; i < HF_WARDS_MAX; i++) {
        struct hf_ward *ward = &monitor->wards[i];
        if (ward->child.pid == 0)
            continue;
        hf_brood_kill(&monitor->broods[ward->slot], &ward->child);
        hf_monitor_release(monitor, ward);
    }
}

/* --- the worker's life --- */

static void pass_signals_on(struct hf_monitor *monitor)
{
    for (; monitor->told < hf_signals_terminations(); monitor->told++) {
        (void)kill(monitor->worker, SIGUSR1);
        monitor->end_by_ms = hf_clock_mono_ms() + LEAVE_MS;
    }
    if (hf_signals_take_reload())
        (void)kill(monitor->worker, SIGUSR2);
}

static void watch_over(struct hf_monitor *monitor, int *status)
{
    static const struct timespec A_SECOND = {.tv_sec = 1};
    while (monitor->worker != 0) {
        struct pollfd asked = {.fd = monitor->fd, .events = POLLIN};
        const bool twice = monitor->told > 1;
        const int ready = ppoll(&asked, 1, twice ? &A_SECOND : NULL, hf_signals_mask());
        pass_signals_on(monitor);
        if (twice && hf_clock_mono_ms() >= monitor->end_by_ms)
            (void)kill(monitor->worker, SIGKILL);
        reap(monitor);
        if (ready > 0 && !hf_monitor_obey(monitor))
            hf_fds_close(&monitor->fd); /* what it had to say is said: its end is awaited */
        if (waitpid(monitor->worker, status, WNOHANG) == monitor->worker)
            monitor->worker = 0;
    }
}

/* A line to a guard names what root kills. */
static void forget_lines(struct hf_monitor *monitor)
{
    for (size_t i = 0; i < (size_t)monitor->config->slots; i++)
        hf_fds_close(&monitor->broods[i].guard.fd);
    hf_service_close(&monitor->service);
}

_Noreturn static void be_worker(const struct hf_monitor *monitor, int fd)
{
    const struct hf_monitor_setup *setup = monitor->setup;
    (void)prctl(PR_SET_NAME, "holdfast-net");
    (void)setpgid(0, 0);
    hf_fds_leave_terminal(); /* what it sends is the monitor's to pass on */
    const struct hf_monitor_inherited inherited = {&monitor->confine, &monitor->pushed};
    exit(setup->work(setup->context, &inherited, fd));
}

static enum hf_err start_worker(struct hf_monitor *monitor, struct hf_fault *fault)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "cannot start a process: %s", strerror(errno));
    monitor->told = hf_signals_terminations();
    monitor->worker = fork();
    if (monitor->worker == 0) {
        (void)close(ends[0]);
        forget_lines(monitor);
        be_worker(monitor, ends[1]);
    }
    (void)close(ends[1]);
    monitor->fd = ends[0];
    if (monitor->worker > 0)
        return HF_ERR_OK;
    hf_fds_close(&monitor->fd);
    monitor->worker = 0;
    return hf_fault_set(fault, HF_ERR_IO, errno, "cannot start a process: %s", strerror(errno));
}

/* --- beginning and end --- */

static enum hf_err make_work_folders(struct hf_monitor *monitor, struct hf_fault *fault)
{
    char folder[HF_STATE_PATH_MAX + 16];
    enum hf_err err = HF_ERR_OK;
    for (int slot = 0; slot < (int)monitor->config->slots && err == HF_ERR_OK; slot++) {
        (void)snprintf(folder, sizeof folder, "%s/%d", monitor->state.work, slot);
        err = hf_confine_make_folder(&monitor->confine, folder, fault);
    }
    return err;
}

static enum hf_err open_all(struct hf_monitor *monitor, struct hf_fault *fault)
{
    const struct hf_config *config = monitor->config;
    const struct hf_privilege *privilege = monitor->setup->privilege;
    enum hf_err err = hf_estate_check(monitor->setup->config_path, privilege, fault);
    if (err == HF_ERR_OK)
        err = hf_estate_check(config->require_signature, privilege, fault);
    if (err == HF_ERR_OK)
        err = hf_state_name(&monitor->state, config->state, fault);
    if (err == HF_ERR_OK)
        err = hf_estate_give(&monitor->state, privilege, fault);
    if (err == HF_ERR_OK)
        err = hf_confine_open(&monitor->confine, config, &monitor->state, fault);
    if (err == HF_ERR_OK)
        err = make_work_folders(monitor, fault);
    if (err != HF_ERR_OK)
        return err;
    monitor->confine.owner = privilege->worker.uid;
    if (hf_pushed_open(&monitor->pushed, monitor->state.folder, &hf_disk_real, fault) != HF_ERR_OK)
        hf_log(HF_LOG_WARN, "handlers.lost", "reason=\"%s\"", fault->text);
    (void)hf_service_open(&monitor->service, "", 0, fault);
    for (size_t i = 0; i < (size_t)config->slots; i++)
        hf_brood_init(&monitor->broods[i], -1);
    for (size_t i = 0; i < HF_WARDS_MAX; i++)
        monitor->wards[i] = (struct hf_ward){.child = HF_BROOD_NONE, .end_fd = -1};
    return HF_ERR_OK;
}

static void close_all(struct hf_monitor *monitor)
{
    end_wards(monitor);
    for (size_t i = 0; i < (size_t)monitor->config->slots; i++)
        hf_brood_close(&monitor->broods[i]);
    hf_fds_close(&monitor->fd);
    hf_service_close(&monitor->service);
    hf_confine_close(&monitor->confine);
}

static struct hf_monitor the_monitor; /* some KB: not the stack's */

enum hf_err hf_monitor_run(const struct hf_monitor_setup *setup, enum hf_monitor_end *end,
                           int *status, struct hf_fault *fault)
{
    struct hf_monitor *monitor = &the_monitor;
    int how = 0;
    *monitor = (struct hf_monitor){.setup = setup, .config = setup->config, .fd = -1};
    hf_signals_init(false);
    enum hf_err err = open_all(monitor, fault);
    if (err != HF_ERR_OK)
        return err;
    err = start_worker(monitor, fault);
    if (err == HF_ERR_OK) {
        hf_trim_stack();
        hf_trim_code();
        watch_over(monitor, &how);
    }
    close_all(monitor);
    *end = WIFSIGNALED(how) ? HF_MONITOR_DIED : HF_MONITOR_LEFT;
    *status = WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how);
    return err;
}
