#include "cli/help.h"
#include "cli/manual.h"
#include "cli/output.h"

#include <stdio.h>

struct options {
    bool man;
};

static const struct hf_option options[] = {
    {"man", HF_OPTION_FLAG, offsetof(struct options, man), NULL,
     "Print the manual page, for man(1).", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Without COMMAND: the list of them. \"holdfast COMMAND --help\" is the same.\n"
    "\n"
    "Examples:\n"
    "  holdfast help submit\n"
    "  holdfast help --man | man -l -\n"
    "  holdfast help --man >~/.local/share/man/man1/holdfast.1\n";

static const struct hf_command *find(const char *name, struct hf_fault *fault)
{
    const struct hf_command *command = hf_command_find(hf_command_groups, name);
    const char *meant = hf_command_guess(hf_command_groups, name);
    if (!command)
        hf_fault_set(fault, HF_ERR_INVALID, 0, "there is no command \"%.60s\"%s%s%s", name,
                     meant ? "; did you mean \"" : "", meant ? meant : "", meant ? "\"?" : "");
    return command;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_fault fault = {0};
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault))
        return hf_out_usage(command, &fault);
    if (operands > 1) {
        hf_fault_set(&fault, HF_ERR_INVALID, 0, "\"%s\" is one argument too many", argv[1]);
        return hf_out_usage(command, &fault);
    }
    if (given.man) {
        hf_manual_print(stdout, hf_command_groups);
    } else if (operands == 0) {
        hf_help_overview(stdout, hf_command_groups);
    } else {
        const struct hf_command *wanted = find(argv[0], &fault);
        if (!wanted) {
            (void)hf_out_fault(command, &fault);
            fputs("The list: holdfast help\n", stderr);
            return HF_EXIT_USAGE;
        }
        hf_help_command(stdout, wanted);
    }
    return HF_EXIT_OK;
}

const struct hf_command hf_command_help = {
    .name = "help",
    .summary = "Say more about a command, or print the manual page",
    .usage = "[COMMAND]\n--man",
    .options = options,
    .details = details,
    .run = run,
};
