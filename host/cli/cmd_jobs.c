#include "cli/desk.h"
#include "cli/json.h"
#include "cli/known.h"
#include "cli/output.h"
#include "cli/table.h"

#include <inttypes.h>

#define PAGE          500
#define LIMIT_DEFAULT 30

struct options {
    const char *handler;
    int64_t limit;
    bool open, json, offline;
};

static const struct hf_option options[] = {
    {"open", HF_OPTION_FLAG, offsetof(struct options, open), NULL,
     "Only those with tasks that have not ended.", 0, 0},
    {"handler", HF_OPTION_TEXT, offsetof(struct options, handler), "HANDLER",
     "Only what that handler does.", 0, 0},
    {"limit", HF_OPTION_NUMBER, offsetof(struct options, limit), "N",
     "Print at most so many (30); 0: all of them.", 0, INT64_MAX},
    {"offline", HF_OPTION_FLAG, offsetof(struct options, offline), NULL,
     "Don't ask the broker; print what the ledger has.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object a line.",
     0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Takes in what is waiting at the broker, then prints the jobs, the newest first, and\n"
    "how many of their tasks stand where. Exits with 3 when the broker is out of reach;\n"
    "what the ledger has is printed all the same.\n"
    "\n"
    "Examples:\n"
    "  holdfast jobs\n"
    "  holdfast jobs --open --handler sha256\n"
    "  holdfast jobs --json --limit 0 --offline\n";

struct printer {
    const struct options *given;
    struct hf_ledger *ledger;
    struct hf_table table;
    int64_t last; /* number of the job that was listed last */
    int64_t rows; /* of the page at hand */
};

static void add_heading(struct hf_table *table)
{
    static const char *const titles[] = {"JOB",     "TASKS", "OPEN",    "DONE", "NOT DONE",
                                         "HANDLER", "FOR",   "CREATED", "NAME"};
    table->columns = sizeof titles / sizeof titles[0];
    for (size_t i = 0; i < table->columns; i++)
        hf_table_cell(table, "%s", titles[i]);
}

static void add_row(struct hf_table *table, const struct hf_job *job,
                    const struct hf_counts *counts)
{
    char created[HF_OUT_SHORT];
    int64_t total = hf_counts_total(counts);
    int64_t open = hf_counts_open(counts);
    int64_t done = counts->of[HF_STATE_DONE];
    hf_out_time(created, job->created_ms / 1000);
    hf_table_cell(table, "%" PRId64, job->number);
    hf_table_cell(table, "%" PRId64, total);
    hf_table_cell(table, "%" PRId64, open);
    hf_table_cell(table, "%" PRId64, done);
    hf_table_cell(table, "%" PRId64, total - open - done);
    hf_table_cell(table, "%s", job->handler[0] ? job->handler : "-");
    hf_table_cell(table, "%s %s", hf_target_kind_text(job->target.kind), job->target.name);
    hf_table_cell(table, "%s", created);
    hf_table_cell(table, "%s", job->name[0] ? job->name : "-");
}

static enum hf_err on_job(void *context, const struct hf_job *job)
{
    struct printer *printer = context;
    struct hf_counts counts;
    enum hf_err err = hf_jobs_counts(printer->ledger, job->number, &counts, NULL);
    if (err != HF_ERR_OK)
        return err;
    printer->rows++;
    printer->last = job->number;
    if (printer->given->json)
        return hf_json_line(hf_json_job(job, &counts)) ? HF_ERR_NO_MEMORY : HF_ERR_OK;
    add_row(&printer->table, job, &counts);
    return HF_ERR_OK;
}

static void tell_none(const struct printer *printer)
{
    const struct options *given = printer->given;
    bool narrowed = given->open || given->handler;
    hf_out_note(narrowed ? "No job is so." : "There is no job yet. Hand one in: holdfast submit");
    hf_known_hint(printer->ledger, "HANDLER", "handler", given->handler);
}

static int print_all(const struct hf_command *command, struct hf_desk *desk, void *context)
{
    struct hf_fault fault = {0};
    const struct options *given = context;
    struct printer printer = {.given = given, .ledger = desk->ledger};
    struct hf_jobs_filter filter = {.open = given->open, .handler = given->handler};
    int64_t left = given->limit ? given->limit : INT64_MAX;
    enum hf_err err = HF_ERR_OK;
    add_heading(&printer.table);
    do {
        printer.rows = 0;
        filter.limit = left < PAGE ? left : PAGE;
        err = hf_jobs_list(printer.ledger, &filter, on_job, &printer, &fault);
        filter.before = printer.last;
        left -= printer.rows;
    } while (err == HF_ERR_OK && left > 0 && printer.rows == filter.limit && !ferror(stdout));
    if (!given->json && printer.last != 0)
        hf_table_print(&printer.table, stdout);
    hf_table_free(&printer.table);
    if (err == HF_ERR_OK && !given->json && printer.last == 0)
        tell_none(&printer);
    if (err == HF_ERR_OK && left == 0 && !given->json)
        hf_out_note("There may be more: --limit N or --limit 0 prints them.");
    return err == HF_ERR_OK ? HF_EXIT_OK : hf_out_fault(command, &fault);
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.limit = LIMIT_DEFAULT};
    struct hf_fault fault = {0};
    if (hf_args_parse_options(options, argc, argv, &given, &fault))
        return hf_out_usage(command, &fault);
    return hf_desk_view(command, given.offline, print_all, &given);
}

const struct hf_command hf_command_jobs = {
    .name = "jobs",
    .summary = "Print the jobs and how far they are",
    .usage = "[OPTIONS]",
    .options = options,
    .details = details,
    .run = run,
};
