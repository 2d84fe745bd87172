#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/pick.h"
#include "cli/show.h"
#include "ledger/attempts.h"
#include "ledger/events.h"
#include "link/clock.h"
#include "manager/events.h"
#include "wire/control.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STEP_MS    50
#define GOODBYE_MS 3000

struct options {
    bool follow, json;
};

static const struct hf_option options[] = {
    {"follow", HF_OPTION_FLAG, offsetof(struct options, follow), NULL,
     "Ask its board for what it writes from now on, until it ends.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL,
     "Print one JSON object a line, one for each piece.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "What a task wrote to its standard error: the end of it came with the report of each\n"
    "attempt. With --follow (or -f) a task that waits or runs is listened to live. Ctrl-C\n"
    "ends the listening, and the task goes on.\n"
    "\n"
    "Examples:\n"
    "  holdfast logs 12/3\n"
    "  holdfast logs -f 12/3\n";

struct printer {
    bool json;
    int64_t after;   /* number of the event that was printed last */
    uint64_t pieces; /* printed */
};

static void print_piece(struct printer *printer, uint32_t attempt, const char *board,
                        const char *text)
{
    printer->pieces++;
    if (!printer->json) {
        hf_show_text(hf_str(text), "", stdout);
        return;
    }
    cJSON *object = cJSON_CreateObject();
    if (attempt)
        cJSON_AddNumberToObject(object, "attempt", attempt);
    cJSON_AddStringToObject(object, "board", board);
    cJSON_AddStringToObject(object, "text", text);
    (void)hf_json_line(object);
}

static enum hf_err on_attempt(void *context, const struct hf_attempt_row *row)
{
    if (row->reported && row->result.log_tail[0])
        print_piece(context, row->attempt, row->board, row->result.log_tail);
    return HF_ERR_OK;
}

static enum hf_err on_event(void *context, const struct hf_happening *happening)
{
    struct printer *printer = context;
    printer->after = happening->number;
    if (strcmp(happening->kind, HF_EVENTS_LOG) == 0)
        print_piece(printer, 0, happening->board, happening->text);
    return HF_ERR_OK;
}

/* Whoever has it, or will get it. */
static enum hf_err ask(struct hf_desk *desk, const struct hf_entry *task, bool on,
                       struct hf_fault *fault)
{
    char key[HF_ROUTE_MAX + 1];
    struct hf_control control = {.kind = HF_CONTROL_LOGS, .on = on};
    hf_str_copy(control.task, sizeof control.task, hf_str(task->task.id));
    if (task->state == HF_STATE_RUNNING && task->board[0])
        hf_route(key, HF_KEY_DEVICE_PREFIX, task->board);
    else if (task->target.kind == HF_TARGET_BOARD)
        hf_route(key, HF_KEY_DEVICE_PREFIX, task->target.name);
    else if (task->target.kind == HF_TARGET_POOL)
        hf_route(key, HF_KEY_POOL_PREFIX, task->target.name);
    else
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "who consumes the queue %s hears no commands: its log comes with the "
                            "result",
                            task->target.name);
    return hf_controls_add(hf_courier_controls(desk->courier), &control, key, NULL, fault);
}

static enum hf_err print_new(struct hf_desk *desk, const struct hf_entry *task,
                             struct printer *printer, struct hf_fault *fault)
{
    struct hf_events_filter filter = {
        .task = task->task.id, .after = printer->after, .limit = 1000};
    enum hf_err err = hf_events_list(desk->ledger, &filter, on_event, printer, fault);
    fflush(stdout);
    return err;
}

static enum hf_err follow(struct hf_desk *desk, struct hf_entry *task, struct printer *printer,
                          struct hf_fault *fault)
{
    enum hf_err err = hf_events_newest(desk->ledger, &printer->after, fault);
    if (err == HF_ERR_OK)
        err = ask(desk, task, true, fault);
    while (err == HF_ERR_OK && hf_state_is_open(task->state) && !hf_interrupt_seen()) {
        err = hf_courier_step(desk->courier, hf_clock_mono_ms() + STEP_MS, fault);
        if (err == HF_ERR_OK)
            err = print_new(desk, task, printer, fault);
        if (err == HF_ERR_OK)
            err = hf_tasks_get(desk->ledger, task->task.id, task, fault);
    }
    return err;
}

/* It may be tried again later, and nobody listens then. */
static void stop_listening(struct hf_desk *desk, const struct hf_entry *task)
{
    struct hf_fault fault;
    int64_t end_ms = hf_clock_mono_ms() + GOODBYE_MS;
    enum hf_err err = ask(desk, task, false, &fault);
    while (err == HF_ERR_OK && !hf_controls_settled(hf_courier_controls(desk->courier)) &&
           hf_clock_mono_ms() < end_ms)
        err = hf_courier_step(desk->courier, hf_clock_mono_ms() + STEP_MS, &fault);
}

static void say_nothing(const struct hf_entry *task)
{
    const bool open = hf_state_is_open(task->state);
    fprintf(stderr, "Task %" PRId64 "/%" PRId64 " has written no log%s\n", task->job, task->seq,
            open ? " yet; --follow waits for it" : "");
}

static int show(const struct hf_command *command, struct hf_desk *desk, struct hf_pick *pick,
                const struct options *given)
{
    struct hf_fault fault = {0};
    struct printer printer = {.json = given->json};
    enum hf_err err =
        hf_attempts_list(desk->ledger, pick->task.number, on_attempt, &printer, &fault);
    if (err == HF_ERR_OK && given->follow && hf_state_is_open(pick->task.state)) {
        err = follow(desk, &pick->task, &printer, &fault);
        if (err == HF_ERR_OK)
            stop_listening(desk, &pick->task);
    }
    if (err != HF_ERR_OK)
        return hf_out_fault(command, &fault);
    if (printer.pieces == 0 && !given->json && !hf_interrupt_seen())
        say_nothing(&pick->task);
    return hf_interrupt_seen() ? HF_EXIT_INTERRUPTED : HF_EXIT_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_fault fault = {0};
    struct hf_pick pick;
    struct hf_desk desk;
    int operands = 0;
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "-f") == 0)
            argv[i] = "--follow";
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault))
        return hf_out_usage(command, &fault);
    if (operands != 1) {
        hf_fault_set(&fault, HF_ERR_INVALID, 0, "one TASK is wanted, %d are given", operands);
        return hf_out_usage(command, &fault);
    }
    hf_interrupt_catch();
    int code = hf_desk_open(command, &desk);
    int synced = code ? code : hf_desk_sync(command, &desk);
    if (code == HF_EXIT_OK)
        code = hf_pick_task(command, &desk, argv[0], &pick);
    given.follow = given.follow && synced == HF_EXIT_OK;
    if (code == HF_EXIT_OK)
        code = show(command, &desk, &pick, &given);
    hf_desk_close(&desk);
    return code ? code : synced;
}

const struct hf_command hf_command_logs = {
    .name = "logs",
    .summary = "Print what a task wrote to its standard error, or listen to it",
    .usage = "TASK [--follow | -f] [--json]",
    .options = options,
    .details = details,
    .run = run,
};
