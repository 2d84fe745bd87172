#include "broker/settings.h"
#include "cli/desk.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/rotate_broker.h"
#include "cli/rotate_ca.h"
#include "cli/table.h"
#include "cli/whom.h"
#include "link/clock.h"
#include "manager/rotate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_MS 200
#define WAIT_MS 120000

struct options {
    bool all, finish, force, json;
    int64_t wait_ms;
};

static const struct hf_option options[] = {
    {"all", HF_OPTION_FLAG, offsetof(struct options, all), NULL,
     "All boards that are enrolled and not retired.", 0, 0},
    {"wait", HF_OPTION_DURATION_MS, offsetof(struct options, wait_ms), "TIME",
     "How long a board that is busy or away may take for each of three\n"
     "steps (2m); then it keeps what it has.",
     1000, 604800000},
    {"finish", HF_OPTION_FLAG, offsetof(struct options, finish), NULL,
     "ca: when all boards have been renewed, stop believing the old authorities.", 0, 0},
    {"force", HF_OPTION_FLAG, offsetof(struct options, force), NULL,
     "ca --finish: although boards have not; they must be enrolled anew.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL,
     "Print one JSON object a board, a line each.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Gives boards new keys and certificates over the connection that they have: each\n"
    "makes a key, sends a request for it, gets the certificate and connects with it. The\n"
    "key never leaves the board. The old certificate is good until the board has done a\n"
    "task with the new one, and is then worth nothing: no result signed with it counts. A\n"
    "board whose new certificate gets no connection goes back to the old one by itself.\n"
    "\n"
    "Wants boards of a bundle (they check the manager's signature). Exits with 1 when one\n"
    "board kept its old certificate; do it again then.\n"
    "\n"
    "\"broker\" gives the private broker a new key and certificate of the same authority;\n"
    "they are in use at once, and boards notice nothing.\n"
    "\n"
    "\"ca\" makes new authorities (who signs the broker's and the boards' certificates).\n"
    "Old and new ones are believed side by side while the boards are renewed; do it again\n"
    "for boards that were away. \"ca --finish\" then ends the old ones. Both can be cut off\n"
    "anywhere and done again.\n"
    "\n"
    "Examples:\n"
    "  holdfast rotate kitchen\n"
    "  holdfast rotate --all --wait 10m\n"
    "  holdfast rotate broker\n"
    "  holdfast rotate ca                   then rotate ca --finish\n";

struct round {
    const struct options *given;
    size_t count;
    struct hf_rotate_board *boards;
};

static enum hf_err take_over(struct round *round, const struct hf_board *boards, size_t count,
                             struct hf_fault *fault)
{
    round->boards = calloc(count, sizeof *round->boards);
    if (!round->boards)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a list of boards");
    round->count = count;
    for (size_t i = 0; i < count; i++) {
        round->boards[i].step = HF_ROTATE_ASKED;
        memcpy(round->boards[i].name, boards[i].name, sizeof boards[i].name);
    }
    return HF_ERR_OK;
}

static enum hf_err choose(struct round *round, const struct hf_whom *whom, struct hf_ledger *ledger,
                          struct hf_fault *fault)
{
    struct hf_board *boards = NULL;
    size_t count = 0;
    if (round->given->finish || round->given->force)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--finish and --force are of \"holdfast rotate ca\" alone");
    if (whom->all == (whom->names > 0))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            whom->all ? "names of boards and --all exclude each other"
                                      : "for which board? Give names, or --all");
    enum hf_err err = hf_whom_enrolled(whom, ledger, &boards, &count, fault);
    if (err)
        return err;
    const char *unknown = hf_whom_unknown(whom, boards, count);
    if (unknown)
        err = hf_whom_refuse(ledger, unknown, fault);
    else if (count == 0)
        err = hf_fault_set(fault, HF_ERR_INVALID, 0, "no board is enrolled: holdfast enroll NAME");
    else
        err = take_over(round, boards, count, fault);
    free(boards);
    return err;
}

static bool all_over(const struct round *round)
{
    for (size_t i = 0; i < round->count; i++)
        if (round->boards[i].step < HF_ROTATE_DONE)
            return false;
    return true;
}

static enum hf_err turn(const struct hf_rotate *rotate, struct round *round, struct hf_desk *desk,
                        struct hf_fault *fault)
{
    enum hf_err err = hf_courier_step(desk->courier, hf_clock_mono_ms() + STEP_MS, fault);
    for (size_t i = 0; !err && i < round->count; i++)
        err = hf_rotate_look(rotate, &round->boards[i], fault);
    return err;
}

static enum hf_err carry_out(struct round *round, struct hf_desk *desk, struct hf_fault *fault)
{
    struct hf_broker_settings settings;
    struct hf_rotate rotate = {
        .home = &desk->home, .ledger = desk->ledger, .patience_ms = round->given->wait_ms};
    const int64_t end_ms = hf_clock_mono_ms() + 3 * round->given->wait_ms;
    enum hf_err err = hf_broker_settings_load(&desk->home, &settings, fault);
    if (!err && settings.is_private)
        rotate.authorities = settings.ca;
    for (size_t i = 0; !err && i < round->count; i++)
        err = hf_rotate_begin(&rotate, &round->boards[i], fault);
    hf_interrupt_catch();
    while (!err && !all_over(round) && !hf_interrupt_seen() && hf_clock_mono_ms() < end_ms)
        err = turn(&rotate, round, desk, fault);
    hf_courier_finish(desk->courier);
    return err;
}

static const char *state_of(const struct hf_rotate_board *board)
{
    if (board->step == HF_ROTATE_DONE)
        return "renewed";
    return board->step == HF_ROTATE_FAILED ? "kept" : "waits";
}

static const char *text_of(const struct hf_rotate_board *board)
{
    if (board->step == HF_ROTATE_DONE || board->step == HF_ROTATE_FAILED)
        return board->text;
    return board->step == HF_ROTATE_ASKED
               ? "the board has not answered: do it again when it is there"
               : "the new certificate is on its way; the old one is good until it is used";
}

static int print_json(const struct round *round)
{
    int code = HF_EXIT_OK;
    for (size_t i = 0; i < round->count && code == HF_EXIT_OK; i++) {
        const struct hf_rotate_board *board = &round->boards[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "board", board->name);
        cJSON_AddStringToObject(object, "state", state_of(board));
        cJSON_AddNumberToObject(object, "certificate_until_s",
                                board->step == HF_ROTATE_DONE ? (double)board->until_s : 0);
        cJSON_AddStringToObject(object, "text", text_of(board));
        code = hf_json_line(object);
    }
    return code;
}

static int print_words(const struct round *round)
{
    struct hf_table table = {.columns = 4};
    static const char *const titles[] = {"BOARD", "STATE", "UNTIL", "NOTE"};
    for (size_t i = 0; i < table.columns; i++)
        hf_table_cell(&table, "%s", titles[i]);
    for (size_t i = 0; i < round->count; i++) {
        const struct hf_rotate_board *board = &round->boards[i];
        char until[HF_OUT_SHORT];
        hf_out_time(until, board->step == HF_ROTATE_DONE ? board->until_s : 0);
        hf_table_cell(&table, "%s", board->name);
        hf_table_cell(&table, "%s", state_of(board));
        hf_table_cell(&table, "%s", until);
        hf_table_cell(&table, "%s", text_of(board)[0] ? text_of(board) : "-");
    }
    hf_table_print(&table, stdout);
    hf_table_free(&table);
    return HF_EXIT_OK;
}

static int judge(const struct round *round)
{
    if (hf_interrupt_seen())
        return HF_EXIT_INTERRUPTED;
    for (size_t i = 0; i < round->count; i++)
        if (round->boards[i].step != HF_ROTATE_DONE)
            return HF_EXIT_FAILED;
    return HF_EXIT_OK;
}

static int renew(const struct hf_command *command, struct round *round, struct hf_desk *desk)
{
    struct hf_fault fault = {0};
    int code = hf_desk_connect(command, desk, false);
    if (code == HF_EXIT_OK && carry_out(round, desk, &fault))
        code = hf_out_fault(command, &fault);
    return code;
}

static int report(const struct round *round)
{
    int code = round->given->json ? print_json(round) : print_words(round);
    return code == HF_EXIT_OK ? judge(round) : code;
}

static int renew_boards(const struct hf_command *command, const struct options *given,
                        const struct hf_whom *whom)
{
    struct hf_fault fault = {0};
    struct hf_desk desk;
    struct round round = {.given = given};
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK && choose(&round, whom, desk.ledger, &fault))
        code = hf_out_usage(command, &fault);
    if (code == HF_EXIT_OK)
        code = renew(command, &round, &desk);
    hf_desk_close(&desk);
    if (code == HF_EXIT_OK)
        code = report(&round);
    free(round.boards);
    return code;
}

/* --- "ca" --- */

static int fail(const struct hf_command *command, const struct hf_fault *fault)
{
    return fault->err == HF_ERR_NOT_FOUND || fault->err == HF_ERR_INVALID
               ? hf_out_setting(command, fault)
               : hf_out_fault(command, fault);
}

static int begin_ca(const struct hf_command *command, const struct options *given,
                    struct hf_desk *desk)
{
    struct hf_fault fault = {0};
    struct hf_board *boards = NULL;
    struct round round = {.given = given};
    size_t count = 0;
    if (hf_rotate_ca_begin(desk, &boards, &count, &fault))
        return fail(command, &fault);
    int code = HF_EXIT_OK;
    if (count > 0 && take_over(&round, boards, count, &fault))
        code = hf_out_fault(command, &fault);
    if (code == HF_EXIT_OK && count > 0)
        code = renew(command, &round, desk);
    if (code == HF_EXIT_OK && count > 0)
        code = report(&round);
    if (code == HF_EXIT_OK && !given->json)
        puts("All boards have certificates of the new authorities. Next: holdfast rotate ca "
             "--finish");
    free(round.boards);
    free(boards);
    return code;
}

static int finish_ca(const struct hf_command *command, const struct options *given,
                     struct hf_desk *desk)
{
    struct hf_fault fault = {0};
    if (hf_rotate_ca_finish(desk, given->force, &fault))
        return fail(command, &fault);
    if (given->json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddBoolToObject(object, "finished", true);
        return hf_out_json(object);
    }
    puts("The old authorities are believed no more. Boards forget theirs with the next "
         "holdfast rotate --all.");
    return HF_EXIT_OK;
}

static enum hf_err parse_ca(int argc, char **argv, struct options *given, struct hf_fault *fault)
{
    enum hf_err err = hf_args_parse_options(options, argc, argv, given, fault);
    if (!err && given->all)
        err = hf_fault_set(fault, HF_ERR_INVALID, 0, "\"rotate ca\" is for all boards: no --all");
    if (!err && given->force && !given->finish)
        err = hf_fault_set(fault, HF_ERR_INVALID, 0, "--force is of \"rotate ca --finish\" alone");
    return err;
}

static int rotate_ca(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.wait_ms = WAIT_MS};
    struct hf_fault fault = {0};
    struct hf_desk desk;
    if (parse_ca(argc, argv, &given, &fault))
        return hf_out_usage(command, &fault);
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK)
        code = given.finish ? finish_ca(command, &given, &desk) : begin_ca(command, &given, &desk);
    hf_desk_close(&desk);
    return code;
}

/* Whether `word`, which can be no board's name, is among the arguments; it is taken out of them. */
static bool take_word(const char *word, int *argc, char **argv)
{
    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], word) != 0)
            continue;
        (*argc)--;
        for (int j = i; j < *argc; j++)
            argv[j] = argv[j + 1];
        return true;
    }
    return false;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.wait_ms = WAIT_MS};
    struct hf_fault fault = {0};
    int operands = 0;
    if (take_word("broker", &argc, argv))
        return hf_rotate_broker(command, argc, argv);
    if (take_word("ca", &argc, argv))
        return rotate_ca(command, argc, argv);
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault))
        return hf_out_usage(command, &fault);
    const struct hf_whom whom = {.all = given.all, .names = operands, .argv = argv};
    return renew_boards(command, &given, &whom);
}

const struct hf_command hf_command_rotate = {
    .name = "rotate",
    .summary = "Give boards, or the broker, new keys and certificates, without touching them",
    .usage = "BOARD... [--wait TIME] [--json]\n--all [--wait TIME] [--json]\nbroker [--json]\n"
             "ca [--wait TIME] [--json]\nca --finish [--force] [--json]",
    .options = options,
    .details = details,
    .run = run,
};
