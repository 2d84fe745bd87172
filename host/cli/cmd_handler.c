#include "cli/output.h"
#include "cli/wordlist.h"

#include <string.h>

static const char details[] =
    "A board tells what it has, built in and as programs in its handlers folder, whenever\n"
    "it connects; of more than 64 it names 64. To put programs there:\n"
    "holdfast deploy NAME USER@HOST --handlers FOLDER.\n"
    "\n"
    "Examples:\n"
    "  holdfast handler list\n"
    "  holdfast handler list --json --offline\n";

static const char *handlers_of(const struct hf_board *board)
{
    return board->facts.handlers;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    static const struct hf_wordlist what = {
        .title = "HANDLER",
        .key = "handler",
        .none = "No board has told what it can do.",
        .words_of = handlers_of,
    };
    struct hf_fault fault;
    if (argc < 1 || strcmp(argv[0], "list") != 0) {
        hf_fault_set(&fault, HF_ERR_INVALID, 0, "expected \"handler list\"");
        return hf_out_usage(command, &fault);
    }
    return hf_wordlist_run(command, argc - 1, argv + 1, &what);
}

const struct hf_command hf_command_handler = {
    .name = "handler",
    .summary = "Print what boards can do, and which boards can",
    .usage = "list [--json] [--offline]",
    .options = hf_wordlist_options,
    .details = details,
    .run = run,
};
