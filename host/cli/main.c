#include "cli/command.h"
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

static const struct hf_command *const commands[] = {
    &hf_command_up,     &hf_command_down,    &hf_command_status, &hf_command_enroll,
    &hf_command_submit, &hf_command_results, &hf_command_tasks,  NULL,
};

static const struct hf_command *find(const char *name)
{
    for (const struct hf_command *const *c = commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    fprintf(stderr, "holdfast: there is no command \"%s\"\nThe list: holdfast help\n", name);
    return NULL;
}

static int help(int argc, char **argv)
{
    if (argc == 0) {
        hf_help_overview(stdout, commands);
        return HF_EXIT_OK;
    }
    const struct hf_command *command = find(argv[0]);
    if (!command)
        return HF_EXIT_USAGE;
    hf_help_command(stdout, command);
    return HF_EXIT_OK;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        hf_help_overview(stderr, commands);
        return HF_EXIT_USAGE;
    }
    if (strcmp(argv[1], "help") == 0)
        return help(argc - 2, argv + 2);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help(0, NULL);
    const struct hf_command *command = find(argv[1]);
    if (!command)
        return HF_EXIT_USAGE;
    if (wants_help(argc - 2, argv + 2)) {
        hf_help_command(stdout, command);
        return HF_EXIT_OK;
    }
    return command->run(command, argc - 2, argv + 2);
}

int main(int argc, char **argv)
{
    int code = run(argc, argv);
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == HF_EXIT_OK) {
        perror("holdfast: stdout");
        return HF_EXIT_FAILED;
    }
    return code;
}
