#include "cli/wordlist.h"

static const char details[] =
    "Labels are words in a board's own worker.json (\"labels\": \"camera site=north\"), to\n"
    "find boards by: holdfast boards --label camera. After a change: holdfast reload.\n"
    "\n"
    "Examples:\n"
    "  holdfast labels\n"
    "  holdfast labels --json\n";

static const char *labels_of(const struct hf_board *board)
{
    return board->facts.labels;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    static const struct hf_wordlist what = {
        .title = "LABEL",
        .key = "label",
        .none = "No board has told a label.",
        .words_of = labels_of,
    };
    return hf_wordlist_run(command, argc, argv, &what);
}

const struct hf_command hf_command_labels = {
    .name = "labels",
    .summary = "Print the labels of boards, and which boards have them",
    .usage = "[--json] [--offline]",
    .options = hf_wordlist_options,
    .details = details,
    .run = run,
};
