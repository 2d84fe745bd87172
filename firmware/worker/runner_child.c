#include "worker/affinity.h"
#include "worker/child.h"
#include "worker/fds.h"
#include "worker/runner_internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void hf_runner_close_pipes(struct hf_runner *runner)
{
    for (enum stream stream = RESULT; stream <= PROGRESS; stream++)
        hf_fds_close(&runner->fds[stream]);
    hf_fds_close(&runner->status_fd);
}

void hf_runner_discard_warm(struct hf_runner *runner)
{
    if (runner->warm.child.pid != 0 && runner->warm.child.pid == runner->brood.guarded)
        hf_brood_guard(&runner->brood, 0);
    hf_warm_discard(&runner->warm, &runner->brood);
}

static void set_aside(struct hf_runner *runner)
{
    runner->warm.child = runner->child;
    runner->warm.status_fd = runner->status_fd;
    memcpy(runner->warm.fds, runner->fds, sizeof runner->fds);
    runner->status_fd = -1;
    for (enum stream stream = RESULT; stream <= PROGRESS; stream++)
        runner->fds[stream] = -1;
    runner->child = (struct hf_brood_child)HF_BROOD_NONE;
}

static void unpark(struct hf_runner *runner)
{
    runner->child = runner->warm.child;
    runner->status_fd = runner->warm.status_fd;
    memcpy(runner->fds, runner->warm.fds, sizeof runner->fds);
    runner->warm.child = (struct hf_brood_child)HF_BROOD_NONE;
    runner->warm.status_fd = -1;
    for (enum stream stream = RESULT; stream <= PROGRESS; stream++)
        runner->warm.fds[stream] = -1;
}

static bool is_whole(const struct hf_runner *runner)
{
    return runner->fds[RESULT] >= 0 && runner->fds[LOG] >= 0 && runner->fds[PROGRESS] >= 0;
}

void hf_runner_park(struct hf_runner *runner, bool keep)
{
    keep = keep && is_whole(runner);
    set_aside(runner);
    if (!keep)
        hf_runner_discard_warm(runner);
}

/* --- the start --- */

/* The pipes and the line for the status; `plan` gets the child's ends. */
static int make_pipes(struct hf_runner *runner, struct hf_child_plan *plan)
{
    int ends[2];
    for (enum stream stream = RESULT; stream <= PROGRESS; stream++) {
        if (hf_fds_pipe(ends) != 0)
            return -1;
        runner->fds[stream] = ends[0];
        plan->stdio[1 + stream] = ends[1];
    }
    if ((runner->built_in ? hf_warm_socket(ends) : hf_fds_pipe(ends)) != 0)
        return -1;
    runner->status_fd = ends[0];
    plan->status_fd = ends[1];
    return 0;
}

static enum hf_err spawn(struct hf_runner *runner, struct hf_child_plan *plan,
                         struct hf_fault *fault)
{
    runner->oom_kills = hf_runner_oom_kills(runner);
    if (make_pipes(runner, plan) != 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "cannot make a pipe: %s", strerror(errno));
    return hf_brood_start(&runner->brood, plan, &runner->child, fault);
}

static void drop_plan(struct hf_child_plan *plan)
{
    for (size_t i = 0; i < 4; i++)
        hf_fds_close(&plan->stdio[i]);
    hf_fds_close(&plan->status_fd);
}

static enum hf_err start_program(struct hf_runner *runner, struct hf_child_plan *plan,
                                 struct hf_fault *fault)
{
    runner->folder_used = true;
    enum hf_err err = hf_spool_reader(plan->spec->payload, &plan->stdio[0], fault);
    if (err == HF_ERR_OK)
        err = spawn(runner, plan, fault);
    drop_plan(plan);
    return err;
}

static int send_task(struct hf_runner *runner, const struct hf_run_spec *spec)
{
    const struct hf_warm_task task = {.run = spec->handler->run,
                                      .folder_used = runner->folder_used,
                                      .plain = spec->handler->plain &&
                                               spec->payload->size_bytes <= HF_WARM_SMALL,
                                      .processor = hf_affinity_here(),
                                      .limits = spec->limits};
    runner->folder_used = false;
    return hf_warm_send_task(runner->status_fd, &task, spec->payload);
}

/* False: there is none, or it is of no use and gone. */
static bool reuse_warm(struct hf_runner *runner, const struct hf_run_spec *spec)
{
    struct hf_warm *warm = &runner->warm;
    if (warm->child.pid != 0 && strcmp(warm->folder, runner->work_folder) == 0) {
        unpark(runner);
        hf_brood_guard(&runner->brood, runner->child.pid);
        if (send_task(runner, spec) == 0)
            return true;
        set_aside(runner); /* it died while it waited: no task's fault */
    }
    hf_runner_discard_warm(runner);
    return false;
}

static enum hf_err start_built_in(struct hf_runner *runner, struct hf_child_plan *plan,
                                  struct hf_fault *fault)
{
    if (reuse_warm(runner, plan->spec))
        return HF_ERR_OK;
    enum hf_err err = spawn(runner, plan, fault);
    memcpy(runner->warm.folder, runner->work_folder, sizeof runner->warm.folder);
    drop_plan(plan);
    if (err == HF_ERR_OK && send_task(runner, plan->spec) != 0)
        err = hf_fault_set(fault, HF_ERR_IO, errno, "cannot hand the task to its process: %s",
                           strerror(errno));
    return err;
}

/* The monitor bounds the group of what it starts: a warm child is of no use with other bounds. */
static void bound(struct hf_runner *runner, const struct hf_run_spec *spec)
{
    struct hf_cgroup *cgroup = &spec->confine->cgroup;
    if (runner->brood.monitor_fd < 0)
        hf_cgroup_bound(cgroup, spec->slot, &spec->limits);
    else if (hf_cgroup_note(cgroup, spec->slot, &spec->limits))
        hf_runner_discard_warm(runner);
}

enum hf_err hf_runner_launch(struct hf_runner *runner, const struct hf_run_spec *spec,
                             struct hf_fault *fault)
{
    struct hf_child_plan plan = {
        .spec = spec, .stdio = {-1, -1, -1, -1}, .status_fd = -1, .guard_fd = -1};
    if (spec->confine)
        bound(runner, spec);
    return runner->built_in ? start_built_in(runner, &plan, fault)
                            : start_program(runner, &plan, fault);
}

int64_t hf_runner_oom_kills(const struct hf_runner *runner)
{
    return runner->confine ? hf_cgroup_oom_kills(&runner->confine->cgroup, "", runner->slot) : -1;
}

void hf_runner_abandon(struct hf_runner *runner)
{
    const bool ran = runner->child.pid != 0;
    hf_brood_kill(&runner->brood, &runner->child);
    if (ran)
        hf_brood_guard(&runner->brood, 0);
    hf_runner_close_pipes(runner);
    hf_spool_close(&runner->output);
}
