#ifndef HF_CLI_ROTATE_BROKER_H
#define HF_CLI_ROTATE_BROKER_H

#include "cli/command.h"

/* "rotate broker": the words after "broker". An enum hf_exit. */
int hf_rotate_broker(const struct hf_command *command, int argc, char **argv);

#endif
