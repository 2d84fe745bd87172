#ifndef HF_CLI_COMMAND_H
#define HF_CLI_COMMAND_H

#include "cli/args.h"

/*
 * A subcommand of `holdfast` is one file cmd_*.c that defines one `struct hf_command`, declared
 * below and listed in main.c's table. All help is printed from these: what is not said here does
 * not exist for a user.
 */

/* Exit codes of every subcommand; `holdfast help` lists them. */
enum hf_exit {
    HF_EXIT_OK = 0,
    HF_EXIT_FAILED = 1,      /* it was tried and did not work; stderr says why */
    HF_EXIT_USAGE = 2,       /* nothing was tried: an argument or a setting is wrong */
    HF_EXIT_UNREACHABLE = 3, /* the broker cannot be reached or refuses the login */
};

struct hf_command {
    const char *name;
    const char *summary;             /* one line for the list, no full stop */
    const char *usage;               /* what follows the name; further forms on further lines */
    const struct hf_option *options; /* ends with a row whose name is NULL; NULL: none */
    const char *details;             /* prose, then "Examples:"; ends with a newline */

    /*
     * `argv` begins after the subcommand's name; --help was dealt with. Returns an enum hf_exit.
     * main flushes stdout afterwards and turns a failed write into HF_EXIT_FAILED.
     */
    int (*run)(const struct hf_command *command, int argc, char **argv);
};

extern const struct hf_command hf_command_up;
extern const struct hf_command hf_command_down;
extern const struct hf_command hf_command_status;
extern const struct hf_command hf_command_enroll;
extern const struct hf_command hf_command_submit;
extern const struct hf_command hf_command_results;
extern const struct hf_command hf_command_tasks;

#endif
