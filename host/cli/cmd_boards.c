#include "cli/board_view.h"
#include "cli/desk.h"
#include "cli/json.h"
#include "cli/known.h"
#include "cli/output.h"
#include "cli/paint.h"
#include "cli/table.h"
#include "link/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct options {
    const char *pool, *label, *handler;
    bool online, retired, offline, json;
};

static const struct hf_option options[] = {
    {"pool", HF_OPTION_TEXT, offsetof(struct options, pool), "POOL", "Only those of that pool.", 0,
     0},
    {"label", HF_OPTION_TEXT, offsetof(struct options, label), "LABEL",
     "Only those with that label.", 0, 0},
    {"handler", HF_OPTION_TEXT, offsetof(struct options, handler), "HANDLER",
     "Only those that have that handler.", 0, 0},
    {"online", HF_OPTION_FLAG, offsetof(struct options, online), NULL,
     "Only those that were heard in the last 90 seconds.", 0, 0},
    {"retired", HF_OPTION_FLAG, offsetof(struct options, retired), NULL,
     "Those that were retired too.", 0, 0},
    {"offline", HF_OPTION_FLAG, offsetof(struct options, offline), NULL,
     "Don't ask the broker; print what the ledger has.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object a line.",
     0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Takes in what boards said of themselves lately, then prints how each one is. A board\n"
    "shows itself every 30 seconds; one that was silent for 90 is offline. \"holdfast ping\n"
    "--all\" asks them at once. CERT is how long its certificate lasts; \"ENDS\" stands before\n"
    "the last 30 days. DONE and FAILED are tasks that ended by its report.\n"
    "\n"
    "Examples:\n"
    "  holdfast boards\n"
    "  holdfast boards --pool lab --label camera --online\n"
    "  holdfast boards --json | jq -r 'select(.online|not).board'\n";

struct printer {
    const struct options *given;
    struct hf_ledger *ledger;
    struct hf_table table;
    int64_t now_ms;
    size_t rows;
};

static bool is_wanted(const struct printer *printer, const struct hf_board *board)
{
    const struct options *given = printer->given;
    return (given->retired || !board->retired_ms) &&
           (!given->pool || strcmp(given->pool, board->pool) == 0) &&
           (!given->label || hf_board_has_word(board->facts.labels, given->label)) &&
           (!given->handler || hf_board_has_word(board->facts.handlers, given->handler)) &&
           (!given->online || hf_board_is_online(board, printer->now_ms));
}

static void add_reading(struct hf_table *table, struct hf_gauge gauge)
{
    if (gauge.known)
        hf_table_cell(table, "%.1f", (double)gauge.value / 1000);
    else
        hf_table_cell(table, "-");
}

static void add_row(struct printer *printer, const struct hf_board *board)
{
    struct hf_table *table = &printer->table;
    char state[HF_BOARD_STATE_MAX];
    char seen[HF_OUT_SHORT], task[HF_BOARD_TASK_MAX];
    hf_board_state(board, printer->now_ms, state);
    hf_board_seen(board, printer->now_ms, seen);
    hf_board_task(printer->ledger, board, task);
    hf_table_cell(table, "%s", board->name);
    hf_table_cell(table, "%s", board->pool[0] ? board->pool : "-");
    hf_table_cell(table, "%s", state);
    hf_table_cell(table, "%s", seen);
    add_reading(table, board->presence.load_milli);
    add_reading(table, board->presence.temperature_mc);
    hf_table_cell(table, "%s", board->presence.version[0] ? board->presence.version : "-");
    hf_board_certificate(board, printer->now_ms, state);
    hf_table_cell(table, "%s", state);
    hf_table_cell(table, "%" PRId64, board->done);
    hf_table_cell(table, "%" PRId64, board->failed);
    hf_table_cell(table, "%s", task);
}

static enum hf_err on_board(void *context, const struct hf_board *board)
{
    struct printer *printer = context;
    if (!is_wanted(printer, board))
        return HF_ERR_OK;
    printer->rows++;
    if (printer->given->json)
        return hf_json_line(hf_board_json(board, printer->now_ms)) ? HF_ERR_NO_MEMORY : HF_ERR_OK;
    add_row(printer, board);
    return HF_ERR_OK;
}

static void add_heading(struct hf_table *table)
{
    static const char *const titles[] = {"BOARD",   "POOL", "STATE", "SEEN",   "LOAD", "TEMP",
                                         "VERSION", "CERT", "DONE",  "FAILED", "TASK"};
    table->columns = sizeof titles / sizeof titles[0];
    for (size_t i = 0; i < table->columns; i++)
        hf_table_cell(table, "%s", titles[i]);
}

static void tell_none(struct hf_ledger *ledger, const struct options *given)
{
    fputs("No board is so. Make one known: holdfast enroll NAME\n", stderr);
    hf_known_hint(ledger, "POOL", "pool", given->pool);
    hf_known_hint(ledger, "LABEL", "label", given->label);
    hf_known_hint(ledger, "HANDLER", "handler", given->handler);
}

static int print_all(const struct hf_command *command, struct hf_desk *desk, void *context)
{
    const struct options *given = context;
    struct hf_fault fault = {0};
    struct printer printer = {.given = given, .ledger = desk->ledger, .now_ms = hf_clock_unix_ms()};
    add_heading(&printer.table);
    enum hf_err err = hf_boards_list(desk->ledger, on_board, &printer, &fault);
    if (err == HF_ERR_OK && !given->json && printer.rows > 0)
        hf_table_print(&printer.table, stdout);
    hf_table_free(&printer.table);
    if (err == HF_ERR_OK && !given->json && printer.rows == 0)
        tell_none(desk->ledger, given);
    return err == HF_ERR_OK ? HF_EXIT_OK : hf_out_fault(command, &fault);
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_fault fault = {0};
    if (hf_args_parse_options(options, argc, argv, &given, &fault))
        return hf_out_usage(command, &fault);
    return hf_desk_view(command, given.offline, print_all, &given);
}

const struct hf_command hf_command_boards = {
    .name = "boards",
    .summary = "Print the boards and how they are",
    .usage = "[OPTIONS]",
    .options = options,
    .details = details,
    .run = run,
};
