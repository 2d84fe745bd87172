#include "cli/command.h"
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

static int unknown(const char *name)
{
    const char *meant = hf_command_guess(hf_command_groups, name);
    fprintf(stderr, "holdfast: there is no command \"%s\"", name);
    if (meant)
        fprintf(stderr, "; did you mean \"%s\"?", meant);
    else if (name[0] == '-')
        fputs("; options come behind the command", stderr);
    fputs("\nThe list: holdfast help\n", stderr);
    return HF_EXIT_USAGE;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_help(argv[i]))
            return true;
    return false;
}

static int help_about(const struct hf_command *command)
{
    char *words[] = {(char *)command->name, NULL};
    return hf_command_help.run(&hf_command_help, 1, words);
}

static int run(int argc, char **argv)
{
    const struct hf_command *help = &hf_command_help;
    if (argc < 2) {
        hf_help_overview(stderr, hf_command_groups);
        return HF_EXIT_USAGE;
    }
    if (is_help(argv[1]))
        return help->run(help, 0, NULL);
    if (strcmp(argv[1], "--version") == 0) {
        puts("holdfast " HOLDFAST_VERSION);
        return HF_EXIT_OK;
    }
    const struct hf_command *command = hf_command_find(hf_command_groups, argv[1]);
    if (!command)
        return unknown(argv[1]);
    if (wants_help(argc - 2, argv + 2))
        return help_about(command);
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
