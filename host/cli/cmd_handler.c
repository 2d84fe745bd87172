#include "cli/output.h"
#include "cli/rollout.h"
#include "cli/wordlist.h"
#include "deploy/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct hf_rollout_options rollout;
    bool offline;
};

static const struct hf_option options[] = {
    {"offline", HF_OPTION_FLAG, offsetof(struct options, offline), NULL,
     "list: don't ask the broker; print what the ledger has.", 0, 0},
    HF_ROLLOUT_ROWS(struct options, rollout),
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "list: a board tells what it has, built in and as programs, whenever it connects; of\n"
    "more than 64 it names 64.\n"
    "\n"
    "push: the plain files of FOLDER, signed, become the board's handlers all at once, in\n"
    "place of those that were pushed before; what lies in its own handlers folder stays,\n"
    "and comes after them. An empty folder takes them away. A file that can be executed is\n"
    "a handler, others lie beside it. One board goes first, then the others in waves; when\n"
    "one fails it goes no further. Boards that are offline get it when they are back.\n"
    "\n"
    "Examples:\n"
    "  holdfast handler list\n"
    "  holdfast handler push handlers/ --pool lab\n"
    "  holdfast handler push handlers/ kitchen attic --json\n";

static const char *handlers_of(const struct hf_board *board)
{
    return board->facts.handlers;
}

static int list(const struct hf_command *command, int argc, char **argv)
{
    static const struct hf_wordlist what = {
        .title = "HANDLER",
        .key = "handler",
        .none = "No board has told what it can do.",
        .words_of = handlers_of,
    };
    return hf_wordlist_run(command, argc, argv, &what);
}

static int push_to(const struct hf_command *command, struct hf_desk *desk,
                   const struct options *given, const struct hf_archive *archive, int names,
                   char **argv)
{
    struct hf_rollout rollout = {.command = command,
                                 .desk = desk,
                                 .given = &given->rollout,
                                 .handler = "hf-handlers",
                                 .name = "handlers"};
    int code = hf_rollout_choose(&rollout, names, argv);
    for (size_t i = 0; i < rollout.count; i++)
        rollout.boards[i].payload = (struct hf_str){archive->data, archive->len};
    if (code == HF_EXIT_OK)
        code = hf_rollout_run(&rollout);
    free(rollout.boards);
    return code;
}

static int push(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.rollout = HF_ROLLOUT_DEFAULTS};
    struct hf_archive archive = {.data = NULL};
    struct hf_fault fault = {0};
    struct hf_desk desk;
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault))
        return hf_out_usage(command, &fault);
    if (operands < 1) {
        hf_fault_set(&fault, HF_ERR_INVALID, 0, "expected \"handler push FOLDER\"");
        return hf_out_usage(command, &fault);
    }
    const enum hf_err err = hf_archive_make(argv[0], &archive, &fault);
    const bool wrong = err == HF_ERR_NOT_FOUND || err == HF_ERR_INVALID || err == HF_ERR_TOO_LARGE;
    int code = err ? hf_out_fault(command, &fault) : hf_desk_open(command, &desk);
    if (!err && code == HF_EXIT_OK) {
        fprintf(stderr, "holdfast handler: %zu files of %s, %zu of them programs\n", archive.files,
                argv[0], archive.programs);
        code = push_to(command, &desk, &given, &archive, operands - 1, argv + 1);
    }
    if (!err)
        hf_desk_close(&desk);
    free(archive.data);
    return wrong ? HF_EXIT_USAGE : code;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    static const char *const known[] = {"list", "push", NULL};
    struct hf_fault fault = {0};
    size_t which = 0;
    if (hf_args_choose(known, argc > 0 ? argv[0] : NULL, &which, &fault))
        return hf_out_usage(command, &fault);
    return which == 0 ? list(command, argc - 1, argv + 1) : push(command, argc - 1, argv + 1);
}

const struct hf_command hf_command_handler = {
    .name = "handler",
    .summary = "Give boards handlers, or print what they can do, and which boards can",
    .usage = "list [--json] [--offline]\npush FOLDER BOARD... [OPTIONS]\npush FOLDER --pool POOL "
             "[OPTIONS]\npush FOLDER --all [OPTIONS]",
    .options = options,
    .details = details,
    .run = run,
};
