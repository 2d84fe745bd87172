#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/pick.h"
#include "link/clock.h"
#include "manager/cancel.h"

#include <inttypes.h>
#include <stdio.h>

#define SEND_MS 10000

struct options {
    const char *reason;
    bool json;
};

static const struct hf_option options[] = {
    {"reason", HF_OPTION_TEXT, offsetof(struct options, reason), "TEXT",
     "Why; it stands beside the tasks (cancelled by hand).", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL,
     "Print one JSON object a line, one for each ID or JOB.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Ends a task, or every task of a job that has not ended, at once. A\n"
    "board that works on it is told to stop it, and one that still gets it does not begin.\n"
    "What ended before stays as it is. When the broker is out of reach the ledger says\n"
    "cancelled all the same, and the exit code is 3: call it again to tell the boards.\n"
    "\n"
    "Examples:\n"
    "  holdfast cancel 12                   a whole job\n"
    "  holdfast cancel 12/3 photos          one task, and the job called photos\n"
    "  holdfast cancel 0190a5c2 --reason \"wrong input\"\n";

/* What cancelling one of the words came to. */
struct outcome {
    struct hf_pick pick;
    struct hf_counts cancelled; /* by the state that they were in */
};

/* In one transaction: its state and attempt are then those that it is cancelled in. */
static enum hf_err cancel_task(struct hf_ledger *ledger, struct outcome *outcome,
                               const char *reason, struct hf_fault *fault)
{
    struct hf_entry *task = &outcome->pick.task;
    char id[HF_ID_MAX + 1];
    bool moved = false;
    hf_str_copy(id, sizeof id, hf_str(task->task.id));
    enum hf_err err = hf_ledger_begin(ledger, fault);
    if (err == HF_ERR_OK)
        err = hf_tasks_get(ledger, id, task, fault);
    if (err == HF_ERR_OK)
        err = hf_tasks_cancel(ledger, task->number, reason, hf_clock_unix_ms(), &moved, fault);
    if (err == HF_ERR_OK)
        err = hf_ledger_commit(ledger, fault);
    hf_ledger_rollback(ledger);
    outcome->cancelled.of[task->state] = moved;
    return err;
}

static enum hf_err cancel_in_ledger(struct hf_ledger *ledger, struct outcome *outcome,
                                    const char *reason, struct hf_fault *fault)
{
    if (outcome->pick.is_job)
        return hf_tasks_cancel_job(ledger, outcome->pick.job.number, reason, hf_clock_unix_ms(),
                                   &outcome->cancelled, fault);
    return cancel_task(ledger, outcome, reason, fault);
}

static enum hf_err tell_boards(struct hf_desk *desk, const struct outcome *outcome,
                               struct hf_fault *fault)
{
    struct hf_controls *controls = hf_courier_controls(desk->courier);
    struct hf_job job;
    if (!outcome->pick.is_job)
        return hf_cancel_tell_task(controls, &outcome->pick.task, fault);
    enum hf_err err = hf_jobs_get(desk->ledger, outcome->pick.job.number, &job, fault);
    return err ? err : hf_cancel_tell_job(controls, &job, fault);
}

static void name_it(const struct hf_pick *pick, char text[HF_OUT_SHORT + 64])
{
    if (pick->is_job)
        snprintf(text, HF_OUT_SHORT + 64, "job %" PRId64, pick->job.number);
    else
        snprintf(text, HF_OUT_SHORT + 64, "task %" PRId64 "/%" PRId64, pick->task.job,
                 pick->task.seq);
}

static int print_json(const struct outcome *outcome)
{
    const struct hf_counts *counts = &outcome->cancelled;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "job", outcome->pick.job.id);
    cJSON_AddNumberToObject(object, "job_number", (double)outcome->pick.job.number);
    if (!outcome->pick.is_job)
        cJSON_AddStringToObject(object, "task", outcome->pick.task.task.id);
    cJSON_AddNumberToObject(object, "cancelled", (double)hf_counts_total(counts));
    cJSON_AddNumberToObject(object, "were_pending", (double)counts->of[HF_STATE_PENDING]);
    cJSON_AddNumberToObject(object, "were_queued", (double)counts->of[HF_STATE_QUEUED]);
    cJSON_AddNumberToObject(object, "were_running", (double)counts->of[HF_STATE_RUNNING]);
    return hf_json_line(object);
}

static int print_words(const struct outcome *outcome)
{
    char name[HF_OUT_SHORT + 64];
    const struct hf_counts *counts = &outcome->cancelled;
    int64_t total = hf_counts_total(counts);
    name_it(&outcome->pick, name);
    if (total == 0) {
        printf("%s: nothing to cancel, it has ended before\n", name);
        return HF_EXIT_OK;
    }
    printf("%s: %" PRId64 " cancelled (%" PRId64 " pending, %" PRId64 " queued, %" PRId64
           " running)\n",
           name, total, counts->of[HF_STATE_PENDING], counts->of[HF_STATE_QUEUED],
           counts->of[HF_STATE_RUNNING]);
    return HF_EXIT_OK;
}

/* Until the broker has every command. */
static enum hf_err send(struct hf_desk *desk, struct hf_fault *fault)
{
    const struct hf_controls *controls = hf_courier_controls(desk->courier);
    int64_t end_ms = hf_clock_mono_ms() + SEND_MS;
    enum hf_err err = HF_ERR_OK;
    while (err == HF_ERR_OK && !hf_controls_settled(controls) && !hf_interrupt_seen()) {
        err = hf_courier_step(desk->courier, hf_clock_mono_ms() + 20, fault);
        if (err == HF_ERR_OK && hf_clock_mono_ms() > end_ms)
            err = hf_fault_set(fault, HF_ERR_TIMED_OUT, 0, "the broker at %s does not take it",
                               hf_courier_address(desk->courier));
    }
    return err;
}

static int cancel_one(const struct hf_command *command, struct hf_desk *desk, const char *text,
                      const struct options *given)
{
    struct outcome outcome = {0};
    struct hf_fault fault = {0};
    const char *reason = given->reason ? given->reason : "cancelled by hand";
    int code = hf_pick_find(command, desk, text, &outcome.pick);
    if (code == HF_EXIT_OK && cancel_in_ledger(desk->ledger, &outcome, reason, &fault))
        return hf_out_fault(command, &fault);
    if (code != HF_EXIT_OK)
        return code;
    code = given->json ? print_json(&outcome) : print_words(&outcome);
    if (code == HF_EXIT_OK && desk->courier &&
        (tell_boards(desk, &outcome, &fault) || send(desk, &fault)))
        code = hf_out_fault(command, &fault);
    return code;
}

static int cancel_all(const struct hf_command *command, struct hf_desk *desk, int count,
                      char **words, const struct options *given)
{
    int worst = HF_EXIT_OK;
    int connected = hf_desk_connect(command, desk, false);
    for (int i = 0; i < count; i++) {
        int code = cancel_one(command, desk, words[i], given);
        worst = code > worst ? code : worst;
    }
    return worst ? worst : connected;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_fault fault = {0};
    struct hf_desk desk;
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault))
        return hf_out_usage(command, &fault);
    if (operands == 0) {
        hf_fault_set(&fault, HF_ERR_INVALID, 0, "which one? Give the ID of a task, or a JOB");
        return hf_out_usage(command, &fault);
    }
    hf_interrupt_catch();
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK)
        code = cancel_all(command, &desk, operands, argv, &given);
    hf_desk_close(&desk);
    return hf_interrupt_seen() ? HF_EXIT_INTERRUPTED : code;
}

const struct hf_command hf_command_cancel = {
    .name = "cancel",
    .summary = "End tasks, or all of a job, and stop boards that work on them",
    .usage = "TASK|JOB... [--reason TEXT] [--json]",
    .options = options,
    .details = details,
    .run = run,
};
