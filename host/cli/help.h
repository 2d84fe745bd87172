#ifndef HF_CLI_HELP_H
#define HF_CLI_HELP_H

#include "cli/command.h"

#include <stdio.h>

/* Help as text, all of it made from the commands' own rows. */

/* An exit code and what it says. */
struct hf_help_exit {
    int code;
    const char *text;
};

/* Every code that a command may end with, in their order; ends with a row whose text is NULL. */
extern const struct hf_help_exit hf_help_exits[];

/* Surroundings that are looked at; ends with a row whose name is NULL. */
struct hf_help_setting {
    const char *name, *text;
};
extern const struct hf_help_setting hf_help_settings[];

/* The commands under their headings, exit codes and settings. */
void hf_help_overview(FILE *to, const struct hf_command_group *groups);

/* Everything about one subcommand. */
void hf_help_command(FILE *to, const struct hf_command *command);

#endif
