#ifndef HF_CLI_COMMAND_H
#define HF_CLI_COMMAND_H

#include "cli/args.h"

/*
 * A subcommand of `holdfast` is one file cmd_*.c that defines one `struct hf_command`, declared
 * below and listed in the table of commands.c. All help is printed from these: what is not said
 * here does not exist for a user.
 */

/* Exit codes of every subcommand; `holdfast help` lists them. */
enum hf_exit {
    HF_EXIT_OK = 0,
    HF_EXIT_FAILED = 1,      /* it was tried and did not work; stderr says why */
    HF_EXIT_USAGE = 2,       /* nothing was tried: an argument or a setting is wrong */
    HF_EXIT_UNREACHABLE = 3, /* the broker cannot be reached or refuses the login */
};                           /* and HF_EXIT_INTERRUPTED: cli/interrupt.h */

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

/* The commands under one heading of the overview; `commands` ends with NULL. */
struct hf_command_group {
    const char *title;
    const struct hf_command *const *commands;
};

/* All of them (commands.c), ended by a row whose title is NULL. Help, the manual page and the
 * shells' completion are made from this. */
extern const struct hf_command_group hf_command_groups[];

/* NULL: there is none of that name. */
const struct hf_command *hf_command_find(const struct hf_command_group *groups, const char *name);

/* The name that is meant by one that is mistyped; NULL: nothing is near. */
const char *hf_command_guess(const struct hf_command_group *groups, const char *name);

extern const struct hf_command hf_command_up;
extern const struct hf_command hf_command_down;
extern const struct hf_command hf_command_status;
extern const struct hf_command hf_command_enroll;
extern const struct hf_command hf_command_ping;
extern const struct hf_command hf_command_drain;
extern const struct hf_command hf_command_resume;
extern const struct hf_command hf_command_reload;
extern const struct hf_command hf_command_deploy;
extern const struct hf_command hf_command_update;
extern const struct hf_command hf_command_flash;
extern const struct hf_command hf_command_submit;
extern const struct hf_command hf_command_run;
extern const struct hf_command hf_command_map;
extern const struct hf_command hf_command_results;
extern const struct hf_command hf_command_jobs;
extern const struct hf_command hf_command_schedule;
extern const struct hf_command hf_command_serve;
extern const struct hf_command hf_command_ledger;
extern const struct hf_command hf_command_tasks;
extern const struct hf_command hf_command_use;
extern const struct hf_command hf_command_cancel;
extern const struct hf_command hf_command_retry;
extern const struct hf_command hf_command_retire;
extern const struct hf_command hf_command_rotate;
extern const struct hf_command hf_command_boards;
extern const struct hf_command hf_command_board;
extern const struct hf_command hf_command_labels;
extern const struct hf_command hf_command_handler;
extern const struct hf_command hf_command_task;
extern const struct hf_command hf_command_logs;
extern const struct hf_command hf_command_dead;
extern const struct hf_command hf_command_purge;
extern const struct hf_command hf_command_doctor;
extern const struct hf_command hf_command_reconcile;
extern const struct hf_command hf_command_watch;
extern const struct hf_command hf_command_help;
extern const struct hf_command hf_command_completion;

#endif
