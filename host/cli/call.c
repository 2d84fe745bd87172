#include "cli/call.h"

#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/known.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/whom.h"
#include "ledger/events.h"
#include "link/clock.h"
#include "manager/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_MS 20
#define SEND_MS 15000 /* until the broker has taken them */

const struct hf_option hf_call_options[] = {
    {"pool", HF_OPTION_TEXT, offsetof(struct hf_call_options, pool), "POOL",
     "Every board of that pool.", 0, 0},
    {"all", HF_OPTION_FLAG, offsetof(struct hf_call_options, all), NULL, "Every board.", 0, 0},
    {"wait", HF_OPTION_DURATION_MS, offsetof(struct hf_call_options, wait_ms), "TIME",
     "How long to wait for answers (5s); a board that is away does\n"
     "it when it is back, within 7 days.",
     0, 86400000},
    {"json", HF_OPTION_FLAG, offsetof(struct hf_call_options, json), NULL,
     "Print one JSON object a line, one a board.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

/* --- Sending and waiting --- */

struct wait {
    struct hf_desk *desk;
    struct hf_call *call;
    int64_t sent_ms; /* Unix ms */
};

static enum hf_err take_answer(void *context, const struct hf_happening *happening)
{
    struct hf_call_board *board = context;
    if (strcmp(happening->kind, HF_EVENTS_ANSWER) != 0 ||
        strcmp(happening->board, board->name) != 0)
        return HF_ERR_OK;
    board->answered = true;
    board->ok = strncmp(happening->text, "ok ", 3) == 0;
    board->after_ms = happening->at_ms;
    snprintf(board->text, sizeof board->text, "%s",
             happening->text + (strlen(happening->text) > 3 ? 3 : 0));
    return HF_ERR_OK;
}

static enum hf_err look_for_answers(struct wait *wait, size_t *missing, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    *missing = 0;
    for (size_t i = 0; i < wait->call->count && err == HF_ERR_OK; i++) {
        struct hf_call_board *board = &wait->call->boards[i];
        struct hf_events_filter filter = {.task = board->id, .limit = 16};
        if (board->answered || board->nobody)
            continue;
        err = hf_events_list(wait->desk->ledger, &filter, take_answer, board, fault);
        if (board->answered)
            board->after_ms -= wait->sent_ms;
        *missing += !board->answered;
    }
    return err;
}

static void note_fates(struct wait *wait)
{
    const struct hf_controls *controls = hf_courier_controls(wait->desk->courier);
    for (size_t i = 0; i < wait->call->count; i++) {
        struct hf_call_board *board = &wait->call->boards[i];
        const struct hf_control_order *sent = hf_controls_find(controls, board->id);
        board->nobody = board->nobody || (sent && sent->fate == HF_CONTROL_NOBODY);
    }
}

static enum hf_err send_all(struct wait *wait, const struct hf_control *control,
                            struct hf_fault *fault)
{
    struct hf_courier *courier = wait->desk->courier;
    struct hf_controls *controls = hf_courier_controls(courier);
    int64_t end_ms = hf_clock_mono_ms() + SEND_MS;
    enum hf_err err = HF_ERR_OK;
    size_t given = 0;
    while (err == HF_ERR_OK && (given < wait->call->count || !hf_controls_settled(controls))) {
        char key[HF_ROUTE_MAX + 1];
        struct hf_call_board *board = &wait->call->boards[given];
        struct hf_fault full = {0};
        if (given < wait->call->count) {
            hf_route(key, HF_KEY_DEVICE_PREFIX, board->name);
            err = hf_controls_add(controls, control, key, board->id, &full);
            given += err == HF_ERR_OK;
            if (err != HF_ERR_OK && err != HF_ERR_BUSY)
                return hf_fault_set(fault, err, 0, "%s", full.text);
        }
        if (given == wait->call->count || err == HF_ERR_BUSY)
            err = hf_courier_step(courier, hf_clock_mono_ms() + STEP_MS, fault);
        note_fates(wait);
        if (err == HF_ERR_OK && hf_clock_mono_ms() > end_ms)
            err = hf_fault_set(fault, HF_ERR_TIMED_OUT, 0, "the broker at %s does not take it: %s",
                               hf_courier_address(courier), hf_courier_trouble(courier));
    }
    return err;
}

static enum hf_err wait_for_answers(struct wait *wait, int64_t wait_ms, struct hf_fault *fault)
{
    int64_t end_ms = hf_clock_mono_ms() + wait_ms;
    size_t missing = 0;
    enum hf_err err = look_for_answers(wait, &missing, fault);
    while (err == HF_ERR_OK && missing > 0 && hf_clock_mono_ms() < end_ms && !hf_interrupt_seen()) {
        err = hf_courier_step(wait->desk->courier, hf_clock_mono_ms() + STEP_MS, fault);
        if (err == HF_ERR_OK)
            err = look_for_answers(wait, &missing, fault);
    }
    return err;
}

int hf_call_send(const struct hf_command *command, struct hf_desk *desk, struct hf_call *call,
                 const struct hf_control *control, int64_t wait_ms)
{
    struct hf_fault fault = {0};
    struct wait wait = {.desk = desk, .call = call, .sent_ms = hf_clock_unix_ms()};
    hf_interrupt_catch();
    enum hf_err err = send_all(&wait, control, &fault);
    if (err == HF_ERR_OK)
        err = wait_for_answers(&wait, wait_ms, &fault);
    return err == HF_ERR_OK ? HF_EXIT_OK : hf_out_fault(command, &fault);
}

/* --- Whom it is for --- */

struct choice {
    const struct hf_call_options *given;
    struct hf_whom whom;
    struct hf_call *call;
    bool full;
};

static enum hf_err choose(void *context, const struct hf_board *board)
{
    struct choice *choice = context;
    struct hf_call *call = choice->call;
    if (!hf_whom_wants(&choice->whom, board))
        return HF_ERR_OK;
    choice->full = call->count == HF_CALL_BOARDS_MAX;
    if (!choice->full)
        memcpy(call->boards[call->count++].name, board->name, sizeof board->name);
    return HF_ERR_OK;
}

static bool is_chosen(const struct hf_call *call, const char *name)
{
    for (size_t i = 0; i < call->count; i++)
        if (strcmp(call->boards[i].name, name) == 0)
            return true;
    return false;
}

/* A board that the ledger does not know is asked all the same: it may have been enrolled elsewhere,
 * and the broker says whether it has a queue. */
static enum hf_err add_unknown(struct choice *choice, struct hf_fault *fault)
{
    struct hf_call *call = choice->call;
    for (int i = 0; i < choice->whom.names; i++) {
        const char *name = choice->whom.argv[i];
        if (!hf_name_valid(hf_str(name)))
            return hf_fault_set(fault, HF_ERR_INVALID, 0, "\"%.60s\" cannot be a board's name",
                                name);
        if (is_chosen(call, name))
            continue;
        choice->full = choice->full || call->count == HF_CALL_BOARDS_MAX;
        if (!choice->full)
            hf_str_copy(call->boards[call->count++].name, HF_NAME_MAX + 1, hf_str(name));
    }
    return HF_ERR_OK;
}

static enum hf_err choose_all(struct choice *choice, struct hf_ledger *ledger,
                              struct hf_fault *fault)
{
    enum hf_err err = hf_boards_list(ledger, choose, choice, fault);
    if (err == HF_ERR_OK)
        err = add_unknown(choice, fault);
    if (err == HF_ERR_OK && choice->full)
        err = hf_fault_set(fault, HF_ERR_INVALID, 0, "that is more than %d boards at once",
                           HF_CALL_BOARDS_MAX);
    if (err == HF_ERR_OK && choice->call->count == 0)
        err = hf_fault_set(fault, HF_ERR_INVALID, 0, "no board is known%s%s: holdfast boards",
                           choice->given->pool ? " in pool " : "",
                           choice->given->pool ? choice->given->pool : "");
    return err;
}

/* --- What is printed --- */

static const char *state_of(const struct hf_call_board *board, const char *done)
{
    if (board->nobody)
        return "unknown";
    if (!board->answered)
        return "waits";
    return board->ok ? done : "refused";
}

static const char *text_of(const struct hf_call_board *board)
{
    return board->answered || board->nobody ? board->text
                                            : "no answer yet; it is done when the board is back";
}

static int print_json(const struct hf_call *call, const char *done)
{
    int code = HF_EXIT_OK;
    for (size_t i = 0; i < call->count && code == HF_EXIT_OK; i++) {
        const struct hf_call_board *board = &call->boards[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "board", board->name);
        cJSON_AddStringToObject(object, "state", state_of(board, done));
        cJSON_AddBoolToObject(object, "answered", board->answered);
        cJSON_AddNumberToObject(object, "after_ms", board->answered ? (double)board->after_ms : -1);
        cJSON_AddStringToObject(object, "text", text_of(board));
        cJSON_AddStringToObject(object, "command", board->id);
        code = hf_json_line(object);
    }
    return code;
}

static int print_words(const struct hf_call *call, const char *done)
{
    struct hf_table table = {.columns = 4};
    static const char *const titles[] = {"BOARD", "STATE", "AFTER", "IT SAYS"};
    for (size_t i = 0; i < table.columns; i++)
        hf_table_cell(&table, "%s", titles[i]);
    for (size_t i = 0; i < call->count; i++) {
        const struct hf_call_board *board = &call->boards[i];
        char after[HF_OUT_SHORT] = "-";
        if (board->answered)
            hf_out_duration(after, board->after_ms > 0 ? board->after_ms : 0);
        hf_table_cell(&table, "%s", board->name);
        hf_table_cell(&table, "%s", state_of(board, done));
        hf_table_cell(&table, "%s", after);
        hf_table_cell(&table, "%s", text_of(board));
    }
    hf_table_print(&table, stdout);
    hf_table_free(&table);
    return HF_EXIT_OK;
}

/* Not all that were asked have said yes. */
static int judge(const struct hf_call *call)
{
    if (hf_interrupt_seen())
        return HF_EXIT_INTERRUPTED;
    for (size_t i = 0; i < call->count; i++)
        if (!call->boards[i].answered || !call->boards[i].ok)
            return HF_EXIT_FAILED;
    return HF_EXIT_OK;
}

static void tell_unknown(struct hf_call *call, struct hf_ledger *ledger)
{
    for (size_t i = 0; i < call->count; i++) {
        struct hf_call_board *board = &call->boards[i];
        struct hf_fault fault;
        if (!board->nobody)
            continue;
        hf_fault_set(&fault, HF_ERR_NOT_FOUND, 0, "it was never enrolled: holdfast enroll");
        hf_known_suggest(ledger, "BOARD", board->name, &fault);
        snprintf(board->text, sizeof board->text, "%s", fault.text);
    }
}

static int carry_out(const struct hf_command *command, struct choice *choice,
                     enum hf_control_kind kind, const char *done)
{
    struct hf_desk desk;
    struct hf_fault fault = {0};
    const struct hf_control control = {.kind = kind};
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK && choose_all(choice, desk.ledger, &fault))
        code = hf_out_usage(command, &fault);
    if (code == HF_EXIT_OK)
        code = hf_desk_connect(command, &desk, true);
    if (code == HF_EXIT_OK)
        code = hf_call_send(command, &desk, choice->call, &control, choice->given->wait_ms);
    if (code == HF_EXIT_OK)
        tell_unknown(choice->call, desk.ledger);
    if (code == HF_EXIT_OK)
        code =
            choice->given->json ? print_json(choice->call, done) : print_words(choice->call, done);
    hf_desk_close(&desk);
    return code == HF_EXIT_OK ? judge(choice->call) : code;
}

int hf_call_run(const struct hf_command *command, int argc, char **argv, enum hf_control_kind kind,
                const char *done)
{
    struct hf_call_options given = {.wait_ms = 5000};
    struct hf_fault fault = {0};
    int operands = 0;
    if (hf_args_parse(hf_call_options, argc, argv, &given, &operands, &fault))
        return hf_out_usage(command, &fault);
    struct hf_call *call = calloc(1, sizeof *call);
    struct choice choice = {
        .given = &given,
        .whom = {.pool = given.pool, .all = given.all, .names = operands, .argv = argv},
        .call = call};
    int code = HF_EXIT_FAILED;
    if (!call && hf_fault_set(&fault, HF_ERR_NO_MEMORY, 0, "no memory for the boards"))
        code = hf_out_fault(command, &fault);
    else if (hf_whom_check(&choice.whom, &fault))
        code = hf_out_usage(command, &fault);
    else
        code = carry_out(command, &choice, kind, done);
    free(call);
    return code;
}
