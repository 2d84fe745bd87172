#include "cli/board_view.h"
#include "cli/desk.h"
#include "cli/known.h"
#include "cli/output.h"
#include "cli/show.h"
#include "ledger/events.h"
#include "link/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct options {
    const char *board;
    int64_t events;
    bool offline, json;
};

static const struct hf_option options[] = {
    {"events", HF_OPTION_NUMBER, offsetof(struct options, events), "N",
     "Its latest so many events (10).", 0, 10000},
    {"offline", HF_OPTION_FLAG, offsetof(struct options, offline), NULL,
     "Don't ask the broker; print what the ledger has.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL,
     "Print one JSON object, with \"events\".", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "All that is known of one board: what it is, how it was when it was last heard, and\n"
    "what happened to it.\n"
    "\n"
    "Examples:\n"
    "  holdfast board kitchen\n"
    "  holdfast board kitchen --json\n";

static enum hf_err add_event(void *context, const struct hf_happening *happening)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "at_ms", (double)happening->at_ms);
    cJSON_AddStringToObject(object, "kind", happening->kind);
    cJSON_AddStringToObject(object, "task", happening->task);
    cJSON_AddStringToObject(object, "text", happening->text);
    cJSON_AddItemToArray(context, object);
    return HF_ERR_OK;
}

static enum hf_err print_event(void *context, const struct hf_happening *happening)
{
    char at[HF_OUT_SHORT];
    bool *headed = context;
    if (!*headed)
        puts("events, the newest first");
    *headed = true;
    hf_out_time(at, happening->at_ms / 1000);
    printf("  %s  %s  %.13s  ", at, happening->kind, happening->task);
    hf_show_text(hf_str(happening->text[0] ? happening->text : "-"), "", stdout);
    return HF_ERR_OK;
}

static void print_reading(const char *title, struct hf_gauge gauge, double scale, const char *unit)
{
    if (gauge.known)
        printf("%-13s %.1f %s\n", title, (double)gauge.value / scale, unit);
}

static void print_room(const char *title, struct hf_gauge kb)
{
    char text[HF_OUT_SHORT];
    if (!kb.known)
        return;
    hf_out_bytes(text, (uint64_t)kb.value * 1024);
    printf("%-13s %s\n", title, text);
}

static void print_throttled(struct hf_gauge gauge)
{
    static const struct {
        int64_t bit;
        const char *text;
    } causes[] = {{HF_THROTTLED_UNDER_VOLTAGE, "the supply voltage is too low"},
                  {HF_THROTTLED_CAPPED, "its clock is held down"},
                  {HF_THROTTLED_NOW, "its processor is throttled"},
                  {HF_THROTTLED_HOT, "it is hot"}};
    for (size_t i = 0; gauge.known && i < sizeof causes / sizeof causes[0]; i++) {
        if (gauge.value & causes[i].bit)
            printf("%-13s %s\n", "warning", causes[i].text);
        else if (gauge.value & (causes[i].bit << 16))
            printf("%-13s %s, at some time since it was switched on\n", "note", causes[i].text);
    }
}

static void print_machine(const struct hf_board *board)
{
    const struct hf_presence *presence = &board->presence;
    if (board->facts_ms) {
        printf("%-13s %s, %s, Linux %s\n", "kind", board->facts.board, board->facts.arch,
               board->facts.kernel);
        printf("%-13s %s\n", "labels", board->facts.labels[0] ? board->facts.labels : "-");
        printf("%-13s %s\n", "handlers", board->facts.handlers[0] ? board->facts.handlers : "-");
        printf("%-13s %s\n", "limits", board->facts.limits[0] ? board->facts.limits : "-");
    }
    print_reading("load", presence->load_milli, 1000, "(of a minute)");
    print_reading("temperature", presence->temperature_mc, 1000, "degrees Celsius");
    print_room("memory free", presence->memory_free_kb);
    print_room("disk free", presence->disk_free_kb);
    print_throttled(presence->throttled);
}

static void print_certificate(const struct hf_board *board, int64_t now_ms)
{
    char left[HF_BOARD_STATE_MAX], until[HF_OUT_SHORT];
    hf_board_certificate(board, now_ms, left);
    hf_out_time(until, board->certificate_until_s);
    printf("%-13s until %s (%s)\n", "certificate", until, left);
}

static void print_words(struct hf_ledger *ledger, const struct hf_board *board, int64_t now_ms)
{
    char task[HF_BOARD_TASK_MAX];
    hf_board_task(ledger, board, task);
    char state[HF_BOARD_STATE_MAX];
    char seen[HF_OUT_SHORT], enrolled[HF_OUT_SHORT];
    hf_board_state(board, now_ms, state);
    hf_out_time(seen, board->seen_ms / 1000);
    hf_out_time(enrolled, board->enrolled_ms / 1000);
    printf("%-13s %s\n%-13s %s\n%-13s %s\n", "board", board->name, "state", state, "pool",
           board->pool[0] ? board->pool : "-");
    printf("%-13s %s\n%-13s %s\n", "last seen", seen, "enrolled", enrolled);
    print_certificate(board, now_ms);
    printf("%-13s %" PRId64 " done, %" PRId64 " not\n", "tasks", board->done, board->failed);
    if (board->task[0])
        printf("%-13s %s\n", "in hand", task);
    if (board->presence_ms)
        printf("%-13s %s, %" PRId64 " of %" PRId64 " slots busy, %" PRId64 " results kept, %" PRId64
               " KiB\n",
               "worker", board->presence.version, board->presence.busy, board->presence.slots,
               board->presence.stored, board->presence.rss_kb);
    print_machine(board);
}

static int show(const struct hf_command *command, struct hf_desk *desk, void *context)
{
    const struct options *given = context;
    struct hf_board board;
    struct hf_fault fault = {0};
    int64_t now_ms = hf_clock_unix_ms();
    struct hf_events_filter filter = {
        .board = given->board, .newest_first = true, .limit = given->events ? given->events : 1};
    enum hf_err err = hf_boards_get(desk->ledger, given->board, &board, &fault);
    if (err == HF_ERR_NOT_FOUND)
        hf_known_suggest(desk->ledger, "BOARD", given->board, &fault);
    if (err)
        return hf_out_fault(command, &fault) && err == HF_ERR_NOT_FOUND ? HF_EXIT_USAGE
                                                                        : HF_EXIT_FAILED;
    if (given->json) {
        cJSON *object = hf_board_json(&board, now_ms);
        cJSON *list = cJSON_AddArrayToObject(object, "events");
        if (given->events && hf_events_list(desk->ledger, &filter, add_event, list, &fault))
            return hf_out_fault(command, &fault);
        return hf_out_json(object);
    }
    print_words(desk->ledger, &board, now_ms);
    bool headed = false;
    if (given->events && hf_events_list(desk->ledger, &filter, print_event, &headed, &fault))
        return hf_out_fault(command, &fault);
    return HF_EXIT_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.events = 10};
    struct hf_fault fault = {0};
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault))
        return hf_out_usage(command, &fault);
    if (operands != 1) {
        hf_fault_set(&fault, HF_ERR_INVALID, 0, "one BOARD is wanted, %d are given", operands);
        return hf_out_usage(command, &fault);
    }
    given.board = argv[0];
    return hf_desk_view(command, given.offline, show, &given);
}

const struct hf_command hf_command_board = {
    .name = "board",
    .summary = "Print all that is known of one board",
    .usage = "BOARD [--events N] [--json] [--offline]",
    .options = options,
    .details = details,
    .run = run,
};
