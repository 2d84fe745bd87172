#include "link/clock.h"
#include "worker/child.h"
#include "worker/choose.h"
#include "worker/fds.h"
#include "worker/monitor_internal.h"
#include "worker/upkeep.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void end_texts(struct hf_petition *petition)
{
    struct hf_task *task = &petition->task;
    task->id[sizeof task->id - 1] = task->job[sizeof task->job - 1] = '\0';
    task->handler[sizeof task->handler - 1] = task->sender[sizeof task->sender - 1] = '\0';
    task->signature[sizeof task->signature - 1] = '\0';
}

static bool has_slot(const struct hf_monitor *monitor, int slot)
{
    return slot >= 0 && slot < (int)monitor->config->slots;
}

static void say(struct hf_reply *reply, const struct hf_fault *fault)
{
    reply->err = fault->err;
    reply->raw = (int32_t)fault->raw;
    (void)snprintf(reply->text, sizeof reply->text, "%s", fault->text);
}

/* --- children --- */

static struct hf_ward *find_ward(struct hf_monitor *monitor, pid_t pid)
{
    for (size_t i = 0; i < HF_WARDS_MAX; i++) {
        if (pid > 0 && monitor->wards[i].child.pid == pid)
            return &monitor->wards[i];
    }
    return NULL;
}

/* NULL: the slot has such a one already. */
static struct hf_ward *place_for(struct hf_monitor *monitor, int slot, bool warm)
{
    struct hf_ward *ward = &monitor->wards[2 * slot + warm];
    return ward->child.pid == 0 ? ward : NULL;
}

/* What the child is to be, all of it by the settings and the name of the handler alone. */
struct order {
    struct hf_task task;
    struct hf_handler handler;
    struct hf_upkeep upkeep;
    struct hf_run_spec spec;
    char work[HF_STATE_PATH_MAX + 16];
};

static enum hf_err plan_upkeep(const struct hf_monitor *monitor, struct order *order,
                               struct hf_fault *fault)
{
    const struct hf_config *config = monitor->config;
    if (config->require_signature[0] == '\0')
        return hf_fault_set(fault, HF_ERR_DENIED, 0, "%s needs require_signature",
                            order->upkeep.row->name);
    order->upkeep.config = config;
    order->upkeep.config_path = monitor->setup->config_path;
    order->upkeep.task = order->task.id;
    order->upkeep.attempt = order->task.attempt;
    order->upkeep.order = &order->task;
    order->upkeep.worker = monitor->setup->privilege;
    order->spec.upkeep = &order->upkeep;
    return HF_ERR_OK;
}

static enum hf_err plan_handler(struct hf_monitor *monitor, int slot, struct order *order,
                                struct hf_fault *fault)
{
    const struct hf_config *config = monitor->config;
    struct hf_run_spec *spec = &order->spec;
    (void)snprintf(order->work, sizeof order->work, "%s/%d", monitor->state.work, slot);
    spec->work_folder = order->work;
    spec->confine = &monitor->confine;
    spec->limits = hf_limits_tighter(&config->limits, &order->task.limits);
    spec->allowed = config->allow_handlers;
    hf_cgroup_bound(&monitor->confine.cgroup, slot, &spec->limits);
    return hf_handler_choose(config, monitor->pushed.path, order->task.handler, &order->handler,
                             fault);
}

static enum hf_err plan(struct hf_monitor *monitor, int slot, struct order *order,
                        struct hf_fault *fault)
{
    order->spec = (struct hf_run_spec){.task = order->task.id,
                                       .job = order->task.job,
                                       .board = monitor->config->board,
                                       .handler_name = order->task.handler,
                                       .handler = &order->handler,
                                       .slot = slot,
                                       .attempt = order->task.attempt};
    order->upkeep.row = hf_upkeep_find(order->task.handler);
    return order->upkeep.row ? plan_upkeep(monitor, order, fault)
                             : plan_handler(monitor, slot, order, fault);
}

static enum hf_err start_ward(struct hf_monitor *monitor, struct hf_ward *ward,
                              const struct hf_run_spec *spec, const struct hf_rights *fds,
                              int ends[2], struct hf_fault *fault)
{
    struct hf_child_plan child = {
        .spec = spec,
        .stdio = {fds->count > 4 ? fds->list[4] : -1, fds->list[0], fds->list[1], fds->list[2]},
        .status_fd = fds->list[3]};
    if (hf_fds_pipe(ends) != 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "cannot start a process: %s", strerror(errno));
    const enum hf_err err =
        hf_brood_start(&monitor->broods[spec->slot], &child, &ward->child, fault);
    if (err != HF_ERR_OK) {
        hf_fds_close(&ends[0]);
        hf_fds_close(&ends[1]);
    }
    return err;
}

static enum hf_err start(struct hf_monitor *monitor, const struct hf_petition *petition,
                         const struct hf_rights *fds, struct hf_reply *reply, int *tells,
                         struct hf_fault *fault)
{
    struct order order = {.task = petition->task};
    int ends[2] = {-1, -1};
    const struct hf_str job = hf_str(petition->task.job);
    if (!has_slot(monitor, petition->slot) || fds->count < 4)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "no such slot");
    if (!hf_id_valid(hf_str(petition->task.id)) || (job.len > 0 && !hf_id_valid(job)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "no id");
    enum hf_err err = plan(monitor, petition->slot, &order, fault);
    if (err != HF_ERR_OK)
        return err;
    const bool warm = order.handler.run != NULL;
    struct hf_ward *ward = place_for(monitor, petition->slot, warm);
    if (ward == NULL || (!warm && fds->count < HF_RIGHTS_MAX))
        return hf_fault_set(fault, HF_ERR_BUSY, 0, "the slot is in use");
    err = start_ward(monitor, ward, &order.spec, fds, ends, fault);
    if (err != HF_ERR_OK)
        return err;
    ward->slot = petition->slot;
    ward->warm = warm;
    ward->end_fd = ends[1];
    reply->pid = ward->child.pid;
    *tells = ends[0];
    return HF_ERR_OK;
}

static void signal_ward(struct hf_monitor *monitor, const struct hf_petition *petition)
{
    struct hf_ward *ward = find_ward(monitor, petition->pid);
    if (ward == NULL)
        return;
    struct hf_brood *brood = &monitor->broods[ward->slot];
    if (petition->number == SIGTERM || petition->number == SIGKILL) {
        hf_brood_signal(brood, &ward->child, petition->number);
    } else if (petition->number == HF_PETITION_KILL_AND_WAIT) {
        hf_brood_kill(brood, &ward->child);
        hf_monitor_release(monitor, ward);
    }
}

static void tidy(struct hf_monitor *monitor, int slot)
{
    char folder[HF_STATE_PATH_MAX + 16];
    if (!has_slot(monitor, slot) || monitor->wards[2 * slot].child.pid != 0)
        return;
    (void)snprintf(folder, sizeof folder, "%s/%d", monitor->state.work, slot);
    hf_brood_tidy(&monitor->broods[slot], &monitor->confine, slot, folder);
}

/* --- what else root is needed for --- */

static enum hf_err look_at_settings(const struct hf_monitor *monitor, struct hf_fault *fault)
{
    static struct hf_config checked; /* some KB: not the stack's */
    return hf_config_load(monitor->setup->config_path, &checked, fault);
}

static enum hf_err set_clock(const struct hf_monitor *monitor, int64_t unix_ms,
                             struct hf_fault *fault)
{
    if (!monitor->config->set_clock || unix_ms <= hf_clock_unix_ms())
        return hf_fault_set(fault, HF_ERR_DENIED, EPERM, "%s", strerror(EPERM));
    if (!hf_clock_set_unix_ms(unix_ms))
        return hf_fault_set(fault, HF_ERR_IO, errno, "%s", strerror(errno));
    return HF_ERR_OK;
}

/* --- all of it --- */

/* `reply` and `tells`, a descriptor, get what there is beside the error. */
static enum hf_err obey(struct hf_monitor *monitor, const struct hf_petition *petition,
                        const struct hf_rights *fds, struct hf_reply *reply, int *tells,
                        struct hf_fault *fault)
{
    struct hf_handler handler;
    switch ((enum hf_petition_kind)petition->kind) {
    case HF_PETITION_START: return start(monitor, petition, fds, reply, tells, fault);
    case HF_PETITION_SIGNAL: signal_ward(monitor, petition); break;
    case HF_PETITION_TIDY: tidy(monitor, petition->slot); break;
    case HF_PETITION_FIND:
        return hf_handler_choose(monitor->config, monitor->pushed.path, petition->task.handler,
                                 &handler, fault);
    case HF_PETITION_SETTINGS: return look_at_settings(monitor, fault);
    case HF_PETITION_STAND:
        if (monitor->setup->agent->on_trial)
            hf_agent_stand(monitor->setup->agent);
        break;
    case HF_PETITION_CLOCK: return set_clock(monitor, petition->time_ms, fault);
    case HF_PETITION_TELL:
        hf_service_tell(&monitor->service, (enum hf_service_word)petition->number);
        break;
    }
    return HF_ERR_OK;
}

static void answer(struct hf_monitor *monitor, const struct hf_petition *petition,
                   const struct hf_rights *fds)
{
    struct hf_reply reply = {.err = HF_ERR_OK};
    struct hf_fault fault = {0};
    struct hf_rights back = {.count = 0, .list = {-1}};
    if (obey(monitor, petition, fds, &reply, &back.list[0], &fault) != HF_ERR_OK)
        say(&reply, &fault);
    back.count = back.list[0] >= 0;
    (void)hf_rights_send(monitor->fd, &(struct iovec){&reply, sizeof reply}, 1, &back,
                         MSG_DONTWAIT);
    hf_rights_drop(&back);
}

bool hf_monitor_obey(struct hf_monitor *monitor)
{
    struct hf_petition petition;
    struct hf_rights fds;
    const struct iovec asked = {&petition, sizeof petition};
    const ssize_t got = hf_rights_receive(monitor->fd, &asked, 1, &fds);
    if (got == (ssize_t)sizeof petition) {
        end_texts(&petition);
        answer(monitor, &petition, &fds);
    }
    hf_rights_drop(&fds);
    return got != 0;
}
