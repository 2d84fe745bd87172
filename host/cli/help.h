#ifndef HF_CLI_HELP_H
#define HF_CLI_HELP_H

#include "cli/command.h"

#include <stdio.h>

/* Help as text, all of it made from the commands' own rows. */

/* The list of subcommands, exit codes and the data folder. `commands` ends with NULL. */
void hf_help_overview(FILE *to, const struct hf_command *const *commands);

/* Everything about one subcommand. */
void hf_help_command(FILE *to, const struct hf_command *command);

#endif
