#include "cli/desk.h"
#include "cli/json.h"
#include "cli/known.h"
#include "cli/output.h"
#include "cli/table.h"
#include "link/clock.h"

#include <inttypes.h>
#include <string.h>

#define PAGE          500
#define LIMIT_DEFAULT 100

struct options {
    const char *state, *handler, *pool, *board, *target;
    int64_t newer_ms, older_ms;
    int64_t limit;
    bool json, offline;
};

static const struct hf_option options[] = {
    {"state", HF_OPTION_TEXT, offsetof(struct options, state), "STATE",
     "Only those that are pending, queued, running, done, failed,\n"
     "dead, cancelled, expired or refused.",
     0, 0},
    {"handler", HF_OPTION_TEXT, offsetof(struct options, handler), "HANDLER",
     "Only what that handler does.", 0, 0},
    {"pool", HF_OPTION_TEXT, offsetof(struct options, pool), "POOL",
     "Only what any board of that pool is to do.", 0, 0},
    {"to", HF_OPTION_TEXT, offsetof(struct options, target), "BOARD",
     "Only what that board alone is to do.", 0, 0},
    {"board", HF_OPTION_TEXT, offsetof(struct options, board), "BOARD",
     "Only what that board has in hand, or has ended.", 0, 0},
    {"newer", HF_OPTION_DURATION_MS, offsetof(struct options, newer_ms), "TIME",
     "Only what was handed in during the last TIME: 30s, 5m, 2h, 1d.", 1, INT64_MAX / 2},
    {"older", HF_OPTION_DURATION_MS, offsetof(struct options, older_ms), "TIME",
     "Only what was handed in longer ago than TIME.", 1, INT64_MAX / 2},
    {"limit", HF_OPTION_NUMBER, offsetof(struct options, limit), "N",
     "Print at most so many (100); 0: all of them.", 0, INT64_MAX},
    {"offline", HF_OPTION_FLAG, offsetof(struct options, offline), NULL,
     "Don't ask the broker; print what the ledger has.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object a line.",
     0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Takes in what is waiting at the broker, then prints where each task of JOB stands;\n"
    "without JOB the tasks of all jobs, the newest first. JOB is its number, its id or\n"
    "the beginning of that, or its name. Exits with 3 when the broker is out of reach;\n"
    "what the ledger has is printed all the same.\n"
    "\n"
    "Examples:\n"
    "  holdfast tasks                       the newest of all\n"
    "  holdfast tasks 12 --state failed\n"
    "  holdfast tasks --state queued --pool lab --older 1h\n"
    "  holdfast tasks --board kitchen --newer 1d\n"
    "  holdfast tasks 12 --json --limit 0 --offline\n";

struct printer {
    const struct hf_command *command;
    const struct options *given;
    struct hf_desk *desk;
    struct hf_table table;
    struct hf_place last;
    int64_t rows; /* of the page at hand */
    int64_t total;
    bool headed;
};

/* Above the first page only. */
static void add_heading(struct printer *printer)
{
    static const char *const titles[] = {"TASK", "STATE", "TRY",  "HANDLER",
                                         "FOR",  "SINCE", "NAME", "REASON"};
    printer->table.columns = sizeof titles / sizeof titles[0];
    for (size_t i = 0; i < printer->table.columns && !printer->headed; i++)
        hf_table_cell(&printer->table, "%s", titles[i]);
    printer->headed = true;
}

static void add_row(struct hf_table *table, const struct hf_entry *entry)
{
    char since[HF_OUT_SHORT];
    int64_t since_ms = entry->ended_ms    ? entry->ended_ms
                       : entry->queued_ms ? entry->queued_ms
                                          : entry->created_ms;
    hf_out_time(since, since_ms / 1000);
    hf_table_cell(table, "%" PRId64 "/%" PRId64, entry->job, entry->seq);
    hf_table_cell(table, "%s", hf_state_text(entry->state));
    hf_table_cell(table, "%u of %u", entry->task.attempt, entry->task.max_attempts);
    hf_table_cell(table, "%s", entry->task.handler[0] ? entry->task.handler : "-");
    hf_table_cell(table, "%s %s", hf_target_kind_text(entry->target.kind), entry->target.name);
    hf_table_cell(table, "%s", since);
    hf_table_cell(table, "%s", entry->name[0] ? entry->name : "-");
    hf_table_cell(table, "%s", entry->reason[0] ? entry->reason : "-");
}

static enum hf_err on_task(void *context, const struct hf_entry *entry)
{
    struct printer *printer = context;
    printer->rows++;
    printer->last = (struct hf_place){entry->job, entry->seq};
    if (printer->given->json)
        return hf_json_line(hf_json_task(entry)) ? HF_ERR_NO_MEMORY : HF_ERR_OK;
    add_row(&printer->table, entry);
    return HF_ERR_OK;
}

static void print_table(struct printer *printer)
{
    if (printer->rows > 0 && !printer->given->json)
        hf_table_print(&printer->table, stdout);
    hf_table_free(&printer->table);
}

static void tell_none(const struct printer *printer)
{
    const struct options *given = printer->given;
    struct hf_ledger *ledger = printer->desk->ledger;
    fputs("No task is so.\n", stderr);
    hf_known_hint(ledger, "HANDLER", "handler", given->handler);
    hf_known_hint(ledger, "POOL", "pool", given->pool);
    hf_known_hint(ledger, "BOARD", "to", given->target);
    hf_known_hint(ledger, "BOARD", "board", given->board);
}

static int print_all(struct printer *printer, struct hf_tasks_filter *filter)
{
    struct hf_fault fault = {0};
    const struct options *given = printer->given;
    int64_t left = given->limit ? given->limit : INT64_MAX;
    enum hf_err err = HF_ERR_OK;
    do {
        printer->rows = 0;
        filter->limit = left < PAGE ? left : PAGE;
        add_heading(printer);
        err = hf_tasks_list(printer->desk->ledger, filter, on_task, printer, &fault);
        print_table(printer);
        filter->after = printer->last;
        left -= printer->rows;
        printer->total += printer->rows;
    } while (err == HF_ERR_OK && left > 0 && printer->rows == filter->limit && !ferror(stdout));
    if (err == HF_ERR_OK && !given->json && printer->total == 0)
        tell_none(printer);
    if (err == HF_ERR_OK && left == 0 && !given->json)
        hf_out_note("There may be more: --limit N or --limit 0 prints them.");
    return err == HF_ERR_OK ? HF_EXIT_OK : hf_out_fault(printer->command, &fault);
}

static int tasks(struct printer *printer, struct hf_tasks_filter *filter, const char *job_text)
{
    struct hf_job job;
    int code = HF_EXIT_OK;
    int synced =
        printer->given->offline ? HF_EXIT_OK : hf_desk_sync(printer->command, printer->desk);
    if (job_text)
        code = hf_desk_find_job(printer->command, printer->desk, job_text, &job);
    if (code != HF_EXIT_OK)
        return code;
    filter->job = job_text ? job.number : 0;
    filter->newest_first = !job_text;
    code = print_all(printer, filter);
    return code ? code : synced;
}

static enum hf_err read_filter(const struct options *given, int operands, char **argv,
                               struct hf_tasks_filter *filter, struct hf_fault *fault)
{
    int64_t now_ms = hf_clock_unix_ms();
    *filter = (struct hf_tasks_filter){
        .by_state = given->state != NULL, .handler = given->handler, .board = given->board};
    if (given->newer_ms)
        filter->since_ms = now_ms - given->newer_ms;
    if (given->older_ms)
        filter->until_ms = now_ms - given->older_ms;
    if (given->pool && given->target)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--pool and --to exclude each other: a task is for one of them");
    if (operands > 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "\"%s\" is one argument too many", argv[1]);
    if (given->state && hf_state_parse(hf_str(given->state), &filter->state))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--state %s: expected pending, queued, running, done, failed, dead, "
                            "cancelled, expired or refused",
                            given->state);
    return HF_ERR_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.limit = LIMIT_DEFAULT};
    struct hf_fault fault = {0};
    struct hf_tasks_filter filter;
    struct hf_target target = {0};
    struct hf_desk desk;
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault) ||
        read_filter(&given, operands, argv, &filter, &fault))
        return hf_out_usage(command, &fault);
    target.kind = given.pool ? HF_TARGET_POOL : HF_TARGET_BOARD;
    const char *who = given.pool ? given.pool : given.target;
    if (who && hf_str_copy(target.name, sizeof target.name, hf_str(who)))
        filter.target = &target;
    struct printer printer = {.command = command, .given = &given, .desk = &desk};
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK)
        code = tasks(&printer, &filter, operands > 0 ? argv[0] : NULL);
    hf_desk_close(&desk);
    return code;
}

const struct hf_command hf_command_tasks = {
    .name = "tasks",
    .summary = "Print where tasks stand",
    .usage = "[JOB] [OPTIONS]",
    .options = options,
    .details = details,
    .run = run,
};
