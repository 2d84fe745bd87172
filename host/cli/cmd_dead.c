#include "cli/json.h"
#include "cli/output.h"
#include "cli/paint.h"
#include "cli/pick.h"
#include "cli/story.h"
#include "cli/table.h"
#include "link/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PAGE             200
#define LIMIT_DEFAULT    100
#define ATTEMPTS_DEFAULT 5

struct options {
    const char *job;
    int64_t limit, attempts;
    bool all, offline, json;
};

static const struct hf_option options[] = {
    {"job", HF_OPTION_TEXT, offsetof(struct options, job), "JOB", "Only those of that job.", 0, 0},
    {"all", HF_OPTION_FLAG, offsetof(struct options, all), NULL,
     "requeue, drop: every dead task (of that job).", 0, 0},
    {"attempts", HF_OPTION_NUMBER, offsetof(struct options, attempts), "N",
     "requeue: try each at most so often again (5).", 1, HF_ATTEMPTS_MAX},
    {"limit", HF_OPTION_NUMBER, offsetof(struct options, limit), "N",
     "list: print at most so many (100); 0: all of them.", 0, INT64_MAX},
    {"offline", HF_OPTION_FLAG, offsetof(struct options, offline), NULL,
     "Don't ask the broker; use what the ledger has.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL,
     "list: one JSON object a line; show, requeue, drop: one object.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "A task is dead when no attempt is left, or when it was delivered again and again and\n"
    "no board reported a result (it may bring down whatever takes it): the broker then\n"
    "puts it into hf.q.dead, from where it is taken into the ledger.\n"
    "\n"
    "  list      the dead tasks and why\n"
    "  show      the whole story of one\n"
    "  requeue   hand them out again, with attempts left\n"
    "  drop      give them up: they end as cancelled\n"
    "\n"
    "Examples:\n"
    "  holdfast dead list\n"
    "  holdfast dead show 12/3\n"
    "  holdfast dead requeue 12/3 12/4 --attempts 2\n"
    "  holdfast dead drop --all --job 12\n";

struct work {
    const struct hf_command *command;
    const struct options *given;
    struct hf_desk *desk;
    int64_t job; /* 0: all */
};

/* --- list --- */

struct lister {
    bool json;
    struct hf_table table;
    struct hf_place last;
    int64_t rows, total;
};

static enum hf_err on_task(void *context, const struct hf_entry *entry)
{
    struct lister *lister = context;
    char when[HF_OUT_SHORT];
    lister->rows++;
    lister->last = (struct hf_place){entry->job, entry->seq};
    if (lister->json)
        return hf_json_line(hf_json_task(entry)) ? HF_ERR_NO_MEMORY : HF_ERR_OK;
    hf_out_time(when, entry->ended_ms / 1000);
    hf_table_cell(&lister->table, "%" PRId64 "/%" PRId64, entry->job, entry->seq);
    hf_table_cell(&lister->table, "%s", entry->task.handler[0] ? entry->task.handler : "-");
    hf_table_cell(&lister->table, "%u of %u", entry->task.attempt, entry->task.max_attempts);
    hf_table_cell(&lister->table, "%s", when);
    hf_table_cell(&lister->table, "%s", entry->reason);
    return HF_ERR_OK;
}

static int list(const struct work *work)
{
    static const char *const titles[] = {"TASK", "HANDLER", "TRY", "DEAD SINCE", "REASON"};
    struct hf_fault fault = {0};
    const struct options *given = work->given;
    struct lister lister = {.json = given->json, .table = {.columns = 5}};
    struct hf_tasks_filter filter = {.by_state = true, .state = HF_STATE_DEAD, .job = work->job};
    int64_t left = given->limit ? given->limit : INT64_MAX;
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; i < lister.table.columns; i++)
        hf_table_cell(&lister.table, "%s", titles[i]);
    do {
        lister.rows = 0;
        filter.limit = left < PAGE ? left : PAGE;
        err = hf_tasks_list(work->desk->ledger, &filter, on_task, &lister, &fault);
        filter.after = lister.last;
        left -= lister.rows;
        lister.total += lister.rows;
    } while (err == HF_ERR_OK && left > 0 && lister.rows == filter.limit && !ferror(stdout));
    if (!given->json && lister.total > 0)
        hf_table_print(&lister.table, stdout);
    hf_table_free(&lister.table);
    if (err == HF_ERR_OK && !given->json && lister.total == 0)
        fputs("No task is dead.\n", stderr);
    return err ? hf_out_fault(work->command, &fault) : HF_EXIT_OK;
}

/* --- show --- */

static int show(const struct work *work, const char *text)
{
    struct hf_pick pick;
    struct hf_fault fault = {0};
    cJSON *object = NULL;
    int code = hf_pick_task(work->command, work->desk, text, &pick);
    if (code != HF_EXIT_OK)
        return code;
    enum hf_err err = work->given->json
                          ? hf_story_json(work->desk->ledger, &pick.task, &object, &fault)
                          : hf_story_print(work->desk->ledger, &pick.task, hf_paint_wanted(stdout),
                                           stdout, &fault);
    if (err)
        return hf_out_fault(work->command, &fault);
    return object ? hf_out_json(object) : HF_EXIT_OK;
}

/* --- requeue, drop --- */

struct page {
    size_t count;
    int64_t numbers[PAGE];
};

static enum hf_err keep(void *context, const struct hf_entry *entry)
{
    struct page *page = context;
    page->numbers[page->count++] = entry->number;
    return HF_ERR_OK;
}

static enum hf_err move_one(const struct work *work, int64_t number, bool requeue, int64_t *moves,
                            struct hf_fault *fault)
{
    struct hf_ledger *ledger = work->desk->ledger;
    bool moved = false;
    enum hf_err err = requeue ? hf_tasks_retry(ledger, number, (uint32_t)work->given->attempts,
                                               hf_clock_unix_ms(), &moved, fault)
                              : hf_tasks_drop(ledger, number, "given up by hand", &moved, fault);
    *moves += moved;
    return err;
}

static enum hf_err move_page(const struct work *work, const struct page *page, bool requeue,
                             int64_t *moves, struct hf_fault *fault)
{
    enum hf_err err = hf_ledger_begin(work->desk->ledger, fault);
    for (size_t i = 0; i < page->count && err == HF_ERR_OK; i++)
        err = move_one(work, page->numbers[i], requeue, moves, fault);
    if (err == HF_ERR_OK)
        return hf_ledger_commit(work->desk->ledger, fault);
    hf_ledger_rollback(work->desk->ledger);
    return err;
}

/* What is moved is dead no more, so each page is the first one. */
static enum hf_err move_all(const struct work *work, bool requeue, int64_t *moves,
                            struct hf_fault *fault)
{
    struct page page;
    struct hf_tasks_filter filter = {
        .by_state = true, .state = HF_STATE_DEAD, .job = work->job, .limit = PAGE};
    enum hf_err err = HF_ERR_OK;
    do {
        page.count = 0;
        err = hf_tasks_list(work->desk->ledger, &filter, keep, &page, fault);
        if (err == HF_ERR_OK && page.count > 0)
            err = move_page(work, &page, requeue, moves, fault);
    } while (err == HF_ERR_OK && page.count == PAGE);
    return err;
}

static int move_named(const struct work *work, int count, char **words, bool requeue,
                      int64_t *moves)
{
    struct hf_fault fault = {0};
    for (int i = 0; i < count; i++) {
        struct hf_pick pick;
        int code = hf_pick_task(work->command, work->desk, words[i], &pick);
        if (code != HF_EXIT_OK)
            return code;
        if (pick.task.state != HF_STATE_DEAD)
            fprintf(stderr, "holdfast dead: %s is %s, not dead: left alone\n", words[i],
                    hf_state_text(pick.task.state));
        else if (move_one(work, pick.task.number, requeue, moves, &fault))
            return hf_out_fault(work->command, &fault);
    }
    return HF_EXIT_OK;
}

static int move(const struct work *work, int count, char **words, bool requeue)
{
    struct hf_fault fault = {0};
    int64_t moves = 0;
    int code = HF_EXIT_OK;
    if (work->given->all && move_all(work, requeue, &moves, &fault))
        code = hf_out_fault(work->command, &fault);
    else if (!work->given->all)
        code = move_named(work, count, words, requeue, &moves);
    if (code != HF_EXIT_OK)
        return code;
    if (work->given->json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddNumberToObject(object, requeue ? "requeued" : "dropped", (double)moves);
        code = hf_out_json(object);
    } else {
        printf("%" PRId64 " %s\n", moves, requeue ? "handed out again" : "given up");
    }
    if (code == HF_EXIT_OK && requeue && moves > 0 && !work->given->offline)
        code = hf_desk_sync_quietly(work->command, work->desk);
    return code;
}

/* --- The command --- */

static int act(const struct work *work, int operands, char **words)
{
    if (strcmp(words[0], "list") == 0)
        return list(work);
    if (strcmp(words[0], "show") == 0)
        return show(work, words[1]);
    return move(work, operands - 1, words + 1, strcmp(words[0], "requeue") == 0);
}

static enum hf_err check(const struct options *given, int operands, char **words,
                         struct hf_fault *fault)
{
    static const char *const known[] = {"list", "show", "requeue", "drop", NULL};
    size_t which = 0;
    enum hf_err err = hf_args_choose(known, operands > 0 ? words[0] : NULL, &which, fault);
    if (err)
        return err;
    if (which == 0 && operands > 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "list takes no TASK; --job narrows it");
    if (which == 1 && operands != 2)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "show wants one TASK");
    if (which > 1 && (operands > 1) == given->all)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "%s wants either TASKs or --all", words[0]);
    return HF_ERR_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.limit = LIMIT_DEFAULT, .attempts = ATTEMPTS_DEFAULT};
    struct hf_fault fault = {0};
    struct hf_desk desk;
    struct hf_job job = {0};
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault) ||
        check(&given, operands, argv, &fault))
        return hf_out_usage(command, &fault);
    int code = hf_desk_open(command, &desk);
    int synced = code || given.offline ? HF_EXIT_OK : hf_desk_sync(command, &desk);
    if (code == HF_EXIT_OK && given.job)
        code = hf_desk_find_job(command, &desk, given.job, &job);
    struct work work = {.command = command, .given = &given, .desk = &desk, .job = job.number};
    if (code == HF_EXIT_OK)
        code = act(&work, operands, argv);
    hf_desk_close(&desk);
    return code ? code : synced;
}

const struct hf_command hf_command_dead = {
    .name = "dead",
    .summary = "See tasks that are dead, hand them out again, or give them up",
    .usage = "list [--job JOB] [OPTIONS]\nshow TASK [--json]\nrequeue TASK... [--attempts N]\n"
             "drop TASK...\nrequeue --all [--job JOB]\ndrop --all [--job JOB]",
    .options = options,
    .details = details,
    .run = run,
};
