#include "cli/json.h"
#include "cli/output.h"
#include "cli/pick.h"
#include "link/clock.h"

#include <inttypes.h>
#include <stdio.h>

#define ATTEMPTS_DEFAULT 5
#define PAGE             200

struct options {
    const char *state;
    int64_t attempts;
    bool json;
};

static const struct hf_option options[] = {
    {"state", HF_OPTION_TEXT, offsetof(struct options, state), "STATE",
     "Of a job only those that are failed, dead, cancelled, expired\n"
     "or refused; without it all of these; done ones when named.",
     0, 0},
    {"attempts", HF_OPTION_NUMBER, offsetof(struct options, attempts), "N",
     "Try each at most so often again (5).", 1, HF_ATTEMPTS_MAX},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL,
     "Print one JSON object a line, one for each ID or JOB.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Hands ended tasks out once more: the same tasks under the same ids, as further\n"
    "attempts. What came out before stays in their story (holdfast task ID). Of a job\n"
    "those are taken that ended in another way than done.\n"
    "\n"
    "A task that was cancelled can be handed out again too: boards were told of the\n"
    "attempts that there were, and begin a later one.\n"
    "\n"
    "Examples:\n"
    "  holdfast retry 12\n"
    "  holdfast retry 12 --state dead --attempts 2\n"
    "  holdfast retry 12/3\n";

/* Numbers of ended tasks, gathered before they are moved: a listing must not write. */
struct page {
    bool named; /* a state was named: done ones count too */
    size_t count;
    int64_t numbers[PAGE];
    struct hf_place last;
};

static enum hf_err keep(void *context, const struct hf_entry *entry)
{
    struct page *page = context;
    page->last = (struct hf_place){entry->job, entry->seq};
    if (!hf_state_is_open(entry->state) && (page->named || entry->state != HF_STATE_DONE))
        page->numbers[page->count++] = entry->number;
    return HF_ERR_OK;
}

static enum hf_err retry_page(struct hf_ledger *ledger, const struct page *page, int64_t attempts,
                              int64_t *retried, struct hf_fault *fault)
{
    bool moved = false;
    enum hf_err err = hf_ledger_begin(ledger, fault);
    for (size_t i = 0; i < page->count && err == HF_ERR_OK; i++) {
        err = hf_tasks_retry(ledger, page->numbers[i], (uint32_t)attempts, hf_clock_unix_ms(),
                             &moved, fault);
        *retried += moved;
    }
    if (err == HF_ERR_OK)
        return hf_ledger_commit(ledger, fault);
    hf_ledger_rollback(ledger);
    return err;
}

static enum hf_err retry_job(struct hf_ledger *ledger, const struct hf_job *job,
                             const struct options *given, int64_t *retried, struct hf_fault *fault)
{
    struct hf_tasks_filter filter = {
        .job = job->number, .by_state = given->state != NULL, .limit = PAGE};
    struct page page = {.named = given->state != NULL};
    enum hf_err err = HF_ERR_OK;
    if (given->state)
        (void)hf_state_parse(hf_str(given->state), &filter.state);
    do {
        filter.after = page.last;
        page.count = 0;
        page.last = (struct hf_place){0};
        err = hf_tasks_list(ledger, &filter, keep, &page, fault);
        if (err == HF_ERR_OK && page.count > 0)
            err = retry_page(ledger, &page, given->attempts, retried, fault);
    } while (err == HF_ERR_OK && page.last.job != 0);
    return err;
}

static int print(const struct hf_pick *pick, int64_t retried, bool json)
{
    if (json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "job", pick->job.id);
        cJSON_AddNumberToObject(object, "job_number", (double)pick->job.number);
        if (!pick->is_job)
            cJSON_AddStringToObject(object, "task", pick->task.task.id);
        cJSON_AddNumberToObject(object, "retried", (double)retried);
        return hf_json_line(object);
    }
    if (pick->is_job)
        printf("job %" PRId64 ": %" PRId64 " handed out again%s\n", pick->job.number, retried,
               retried ? "" : ", for none has ended so; --state done takes those that are done");
    else
        printf("task %" PRId64 "/%" PRId64 "%s\n", pick->task.job, pick->task.seq,
               retried ? ": handed out again" : " has not ended: nothing to try again");
    return HF_EXIT_OK;
}

static int retry_one(const struct hf_command *command, struct hf_desk *desk, const char *text,
                     const struct options *given)
{
    struct hf_pick pick;
    struct hf_fault fault = {0};
    struct page one = {.count = 1};
    int64_t retried = 0;
    enum hf_err err = HF_ERR_OK;
    int code = hf_pick_find(command, desk, text, &pick);
    if (code != HF_EXIT_OK)
        return code;
    one.numbers[0] = pick.task.number;
    if (pick.is_job)
        err = retry_job(desk->ledger, &pick.job, given, &retried, &fault);
    else
        err = retry_page(desk->ledger, &one, given->attempts, &retried, &fault);
    return err ? hf_out_fault(command, &fault) : print(&pick, retried, given->json);
}

static enum hf_err check(const struct options *given, int operands, struct hf_fault *fault)
{
    enum hf_state state;
    if (operands == 0)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "which one? Give the ID of a task, or a JOB");
    if (given->state && (hf_state_parse(hf_str(given->state), &state) || hf_state_is_open(state)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--state %.40s: expected done, failed, dead, cancelled, expired or "
                            "refused",
                            given->state);
    return HF_ERR_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.attempts = ATTEMPTS_DEFAULT};
    struct hf_fault fault = {0};
    struct hf_desk desk;
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault) ||
        check(&given, operands, &fault))
        return hf_out_usage(command, &fault);
    int code = hf_desk_open(command, &desk);
    for (int i = 0; i < operands && code == HF_EXIT_OK; i++)
        code = retry_one(command, &desk, argv[i], &given);
    if (code == HF_EXIT_OK)
        code = hf_desk_sync_quietly(command, &desk);
    hf_desk_close(&desk);
    return code;
}

const struct hf_command hf_command_retry = {
    .name = "retry",
    .summary = "Hand out ended tasks once more",
    .usage = "TASK|JOB... [--state STATE] [--attempts N] [--json]",
    .options = options,
    .details = details,
    .run = run,
};
