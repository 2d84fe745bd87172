#ifndef HF_CLI_MANUAL_H
#define HF_CLI_MANUAL_H

#include "cli/command.h"

#include <stdio.h>

/* The manual page holdfast(1), in the macros of man(7), made from the same rows as the help. */
void hf_manual_print(FILE *to, const struct hf_command_group *groups);

#endif
