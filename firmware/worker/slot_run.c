#include "handlers/table.h"
#include "link/clock.h"
#include "link/log.h"
#include "worker/choose.h"
#include "worker/monitor.h"
#include "worker/slot_internal.h"
#include "worker/upkeep.h"

#include <inttypes.h>
#include <stdio.h>

/* A run without a working folder, a user and bounds of its own. */
static void make_upkeep(const struct hf_upkeep *upkeep, struct hf_run_spec *spec)
{
    spec->upkeep = upkeep;
    spec->work_folder = NULL;
    spec->confine = NULL;
    spec->limits = (struct hf_limits){0};
}

static enum hf_err start_child(struct hf_slot *slot, const struct hf_handler *handler,
                               struct hf_fault *fault)
{
    const struct hf_config *config = slot->shared->config;
    const struct hf_task *task = &slot->task;
    const struct hf_upkeep upkeep = {.row = slot->upkeep,
                                     .config = config,
                                     .config_path = slot->shared->config_path,
                                     .task = task->id,
                                     .attempt = task->attempt};
    struct hf_run_spec spec = {
        .task = slot->task.id,
        .job = slot->task.job,
        .board = config->board,
        .handler_name = slot->task.handler,
        .handler = handler,
        .order = task,
        .allowed = config->allow_handlers,
        .payload = &slot->hand->payload,
        .state_folder = slot->shared->state->folder,
        .work_folder = slot->work,
        .confine = slot->shared->confine,
        .slot = slot->index,
        .limits = hf_limits_tighter(&config->limits, &task->limits),
        .attempt = task->attempt,
        .timeout_ms = task->timeout_ms > 0 ? task->timeout_ms : config->task_timeout_s * 1000,
        .soft_timeout_ms =
            task->soft_timeout_ms > 0 ? task->soft_timeout_ms : config->task_soft_timeout_s * 1000,
        .grace_ms = config->kill_grace_s * 1000,
        .max_output_bytes = config->max_output_bytes,
        .hash_output = slot->shared->signer != NULL,
    };
    if (slot->upkeep)
        make_upkeep(&upkeep, &spec);
    return hf_runner_start(&slot->runner, &spec, slot->now_ms, hf_clock_unix_ms(), fault);
}

/* A task that was delivered before may have taken a board down: from then on its starts are counted
 * on flash. True: it has done so here too often. */
static bool is_dangerous(struct hf_slot *slot)
{
    struct hf_fault fault;
    char reason[HF_REASON_MAX + 1];
    uint32_t before = 0;
    if (!slot->hand->redelivered)
        return false;
    if (hf_journal_mark(slot->shared->journal, slot->task.id, slot->task.attempt, &before,
                        &fault) != HF_ERR_OK)
        hf_log(HF_LOG_WARN, "journal.mark_failed", "task=%s reason=\"%s\"", slot->task.id,
               fault.text);
    if ((int64_t)before < slot->shared->config->crash_limit)
        return false;
    (void)snprintf(reason, sizeof reason,
                   "this board went down %" PRIu32
                   " times while it ran this task again (crash_limit)",
                   before);
    hf_slot_refuse(slot, HF_STATUS_RETRY, reason);
    return true;
}

/* The signature was checked when the task came in, against the queue that it came from. */
static enum hf_err judge_upkeep(const struct hf_slot *slot, struct hf_fault *fault)
{
    if (slot->shared->manager == NULL)
        return hf_fault_set(fault, HF_ERR_DENIED, 0,
                            "%s is done only for a manager whose signature is checked: this board "
                            "has no require_signature",
                            slot->upkeep->name);
    if (slot->hand->source != HF_FLOW_OWN)
        return hf_fault_set(fault, HF_ERR_DENIED, 0,
                            "%s is done only for a task of the board's own queue (--to %s)",
                            slot->upkeep->name, slot->shared->config->board);
    return HF_ERR_OK;
}

/* Programs are found by who runs them: their folder may be closed to this process. */
static enum hf_err find_handler(const struct hf_slot *slot, struct hf_handler *handler,
                                struct hf_fault *fault)
{
    const struct hf_slot_shared *shared = slot->shared;
    const struct hf_builtin *builtin = hf_builtin_find(slot->task.handler);
    if (shared->monitor_fd >= 0 && (builtin == NULL || builtin->run == NULL))
        return hf_monitor_find(shared->monitor_fd, slot->task.handler, fault);
    return hf_handler_choose(shared->config, shared->monitor_fd < 0 ? shared->pushed : "",
                             slot->task.handler, handler, fault);
}

/* The handler stays empty where it is upkeep, or a program of the monitor's. */
static enum hf_err find(struct hf_slot *slot, struct hf_handler *handler, struct hf_fault *fault)
{
    slot->upkeep = hf_upkeep_find(slot->task.handler);
    return slot->upkeep ? judge_upkeep(slot, fault) : find_handler(slot, handler, fault);
}

/* False: a result that says why not is in hand instead. */
static bool start(struct hf_slot *slot)
{
    struct hf_fault fault;
    struct hf_handler handler = {.run = NULL};
    if (is_dangerous(slot))
        return false;
    if (find(slot, &handler, &fault) != HF_ERR_OK) {
        hf_slot_refuse(slot, HF_STATUS_REFUSED, fault.text);
        return false;
    }
    if (start_child(slot, &handler, &fault) != HF_ERR_OK) {
        hf_slot_refuse(slot, HF_STATUS_RETRY,
                       fault.text); /* this board's trouble, not the task's */
        return false;
    }
    return true;
}

void hf_slot_run(struct hf_slot *slot)
{
    slot->task = slot->hand->task;
    const bool started = start(slot);
    hf_intake_clear(slot->hand);
    if (!started) {
        hf_slot_happen_kind(slot, HF_FLOW_EXITED);
        return;
    }
    hf_log(HF_LOG_DEBUG, "task.started", "task=%s attempt=%" PRIu32 " handler=%s", slot->task.id,
           slot->task.attempt, slot->task.handler);
    if (hf_runner_is_done(&slot->runner, slot->now_ms))
        hf_slot_ended(slot);
}
