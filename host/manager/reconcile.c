#include "manager/reconcile.h"

#include "ledger/boards.h"
#include "manager/fleet.h"
#include "wire/topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 500

/* --- The ledger's side --- */

struct counting {
    struct hf_reconcile *out;
    int64_t now_ms;
    bool full;
    struct hf_place last;
    int64_t rows;
};

static struct hf_reconcile_target *find(struct hf_reconcile *look, const struct hf_target *target)
{
    for (size_t i = 0; i < look->count; i++)
        if (look->targets[i].target.kind == target->kind &&
            strcmp(look->targets[i].target.name, target->name) == 0)
            return &look->targets[i];
    if (look->count == HF_RECONCILE_TARGETS)
        return NULL;
    struct hf_reconcile_target *added = &look->targets[look->count++];
    *added = (struct hf_reconcile_target){.target = *target};
    return added;
}

static enum hf_err count_task(void *context, const struct hf_entry *entry)
{
    struct counting *counting = context;
    counting->rows++;
    counting->last = (struct hf_place){entry->job, entry->seq};
    if (entry->target.kind == HF_TARGET_QUEUE ||
        counting->now_ms - entry->queued_ms < HF_RECONCILE_GRACE_MS)
        return HF_ERR_OK;
    struct hf_reconcile_target *target = find(counting->out, &entry->target);
    counting->full = counting->full || !target;
    if (target) {
        target->open++;
        target->later += entry->task.attempt > 1;
    }
    return HF_ERR_OK;
}

static enum hf_err count_open(struct hf_ledger *ledger, struct counting *counting,
                              enum hf_state state, struct hf_fault *fault)
{
    struct hf_tasks_filter filter = {.by_state = true, .state = state, .limit = PAGE};
    enum hf_err err = HF_ERR_OK;
    do {
        counting->rows = 0;
        err = hf_tasks_list(ledger, &filter, count_task, counting, fault);
        filter.after = counting->last;
    } while (err == HF_ERR_OK && counting->rows == PAGE);
    return err;
}

/* --- The broker's side --- */

static bool begins(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

static void take_queue(struct hf_reconcile *look, const char *name, int64_t messages)
{
    struct hf_target target = {.kind = HF_TARGET_COUNT};
    const char *rest = NULL;
    if (strcmp(name, HF_QUEUE_RESULTS) == 0 || strcmp(name, HF_QUEUE_DEAD) == 0)
        look->waiting += messages;
    else if (begins(name, HF_QUEUE_RETRY_PREFIX))
        look->rungs += messages;
    else if (begins(name, HF_QUEUE_TASKS_PREFIX)) {
        target.kind = HF_TARGET_POOL;
        rest = name + strlen(HF_QUEUE_TASKS_PREFIX);
    } else if (begins(name, HF_QUEUE_DEVICE_PREFIX)) {
        target.kind = HF_TARGET_BOARD;
        rest = name + strlen(HF_QUEUE_DEVICE_PREFIX);
    }
    for (size_t i = 0; rest && i < look->count; i++)
        if (look->targets[i].target.kind == target.kind &&
            strcmp(look->targets[i].target.name, rest) == 0)
            look->targets[i].held = messages;
}

static enum hf_err ask_queues(struct hf_management *management, struct hf_reconcile *look,
                              struct hf_fault *fault)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    cJSON *list = NULL;
    const cJSON *queue = NULL;
    snprintf(path, sizeof path, "queues/%s?columns=name,messages",
             hf_management_vhost_escaped(management));
    enum hf_err err = hf_management_call(management, "GET", path, NULL, &list, fault);
    cJSON_ArrayForEach(queue, list)
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(queue, "name"));
        const cJSON *messages = cJSON_GetObjectItem(queue, "messages");
        if (name && cJSON_IsNumber(messages))
            take_queue(look, name, (int64_t)messages->valuedouble);
    }
    cJSON_Delete(list);
    return err;
}

enum hf_err hf_reconcile_look(struct hf_ledger *ledger, struct hf_management *management,
                              int64_t now_ms, struct hf_reconcile *out, struct hf_fault *fault)
{
    struct counting counting = {.out = out, .now_ms = now_ms};
    memset(out, 0, sizeof *out);
    enum hf_err err = count_open(ledger, &counting, HF_STATE_QUEUED, fault);
    counting.last = (struct hf_place){0};
    if (err == HF_ERR_OK)
        err = count_open(ledger, &counting, HF_STATE_RUNNING, fault);
    if (err == HF_ERR_OK && counting.full)
        err =
            hf_fault_set(fault, HF_ERR_BUSY, 0, "tasks are open for more than %d pools and boards",
                         HF_RECONCILE_TARGETS);
    if (err == HF_ERR_OK)
        err = ask_queues(management, out, fault);
    if (err == HF_ERR_OK && out->waiting > 0)
        err = hf_fault_set(fault, HF_ERR_BUSY, 0,
                           "results wait to be taken in (%lld): try again when they are",
                           (long long)out->waiting);
    return err;
}

/* --- The verdict --- */

/* A later attempt may be on its way through a rung, whichever it is. */
int64_t hf_reconcile_missing(const struct hf_reconcile *look,
                             const struct hf_reconcile_target *target)
{
    int64_t in_rungs = target->later < look->rungs ? target->later : look->rungs;
    int64_t missing = target->open - target->held - in_rungs;
    return missing > 0 ? missing : 0;
}

void hf_reconcile_judge(const struct hf_reconcile *before, struct hf_reconcile *now)
{
    for (size_t i = 0; i < now->count; i++) {
        struct hf_reconcile_target *target = &now->targets[i];
        int64_t then = 0;
        for (size_t j = 0; j < before->count; j++)
            if (before->targets[j].target.kind == target->target.kind &&
                strcmp(before->targets[j].target.name, target->target.name) == 0)
                then = hf_reconcile_missing(before, &before->targets[j]);
        target->missing = hf_reconcile_missing(now, target);
        if (then < target->missing)
            target->missing = then;
    }
}

/* --- The mend --- */

struct picking {
    const struct hf_reconcile *judged;
    int64_t now_ms;
    int64_t wanted;
    size_t count;
    struct hf_attempt attempts[PAGE];
    char boards[PAGE][HF_NAME_MAX + 1]; /* that have it in hand */
    struct hf_place last;
    int64_t rows;
};

static enum hf_err pick(void *context, const struct hf_entry *entry)
{
    struct picking *picking = context;
    picking->rows++;
    picking->last = (struct hf_place){entry->job, entry->seq};
    bool may_be_in_a_rung = entry->task.attempt > 1 && picking->judged->rungs > 0;
    if (may_be_in_a_rung || (int64_t)picking->count >= picking->wanted ||
        picking->now_ms - entry->queued_ms < HF_RECONCILE_GRACE_MS)
        return HF_ERR_OK;
    picking->attempts[picking->count] = (struct hf_attempt){
        .number = entry->number, .attempt = entry->task.attempt, .job = entry->job};
    hf_str_copy(picking->boards[picking->count++], HF_NAME_MAX + 1,
                hf_str(entry->state == HF_STATE_RUNNING ? entry->board : ""));
    return HF_ERR_OK;
}

static bool is_at_work(struct hf_ledger *ledger, const char *name, int64_t now_ms)
{
    struct hf_fault fault;
    struct hf_board board;
    return name[0] && hf_boards_get(ledger, name, &board, &fault) == HF_ERR_OK &&
           now_ms - board.seen_ms <= HF_FLEET_SILENT_MS;
}

static enum hf_err requeue(struct hf_ledger *ledger, const struct picking *picking, int64_t *again,
                           struct hf_fault *fault)
{
    enum hf_err err = hf_ledger_begin(ledger, fault);
    for (size_t i = 0; i < picking->count && err == HF_ERR_OK; i++) {
        bool moved = false;
        if (is_at_work(ledger, picking->boards[i], picking->now_ms))
            continue;
        err = hf_tasks_requeue(ledger, picking->attempts[i],
                               "no queue and no board had it any more: published again",
                               picking->now_ms, &moved, fault);
        *again += moved;
    }
    if (err == HF_ERR_OK)
        return hf_ledger_commit(ledger, fault);
    hf_ledger_rollback(ledger);
    return err;
}

static enum hf_err mend_target(struct hf_ledger *ledger, struct picking *picking,
                               const struct hf_reconcile_target *target, enum hf_state state,
                               int64_t *again, struct hf_fault *fault)
{
    struct hf_tasks_filter filter = {
        .by_state = true, .state = state, .target = &target->target, .limit = PAGE};
    enum hf_err err = HF_ERR_OK;
    picking->last = (struct hf_place){0};
    do {
        int64_t before = *again;
        picking->rows = 0;
        picking->count = 0;
        err = hf_tasks_list(ledger, &filter, pick, picking, fault);
        if (err == HF_ERR_OK && picking->count > 0)
            err = requeue(ledger, picking, again, fault);
        picking->wanted -= *again - before;
        filter.after = picking->last;
    } while (err == HF_ERR_OK && picking->rows == PAGE && picking->wanted > 0);
    return err;
}

enum hf_err hf_reconcile_mend(struct hf_ledger *ledger, const struct hf_reconcile *judged,
                              int64_t now_ms, int64_t *again, struct hf_fault *fault)
{
    struct picking *picking = calloc(1, sizeof *picking);
    enum hf_err err = HF_ERR_OK;
    if (!picking)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for reconciling");
    picking->judged = judged;
    picking->now_ms = now_ms;
    for (size_t i = 0; i < judged->count && err == HF_ERR_OK; i++) {
        const struct hf_reconcile_target *target = &judged->targets[i];
        picking->wanted = target->missing;
        if (picking->wanted > 0)
            err = mend_target(ledger, picking, target, HF_STATE_QUEUED, again, fault);
        if (picking->wanted > 0 && err == HF_ERR_OK)
            err = mend_target(ledger, picking, target, HF_STATE_RUNNING, again, fault);
    }
    free(picking);
    return err;
}
