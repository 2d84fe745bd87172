#include "cli/command.h"
#include "cli/guess.h"

#include <string.h>

static const struct hf_command *const tasks[] = {
    &hf_command_submit,   &hf_command_run,   &hf_command_map,    &hf_command_results,
    &hf_command_jobs,     &hf_command_tasks, &hf_command_task,   &hf_command_logs,
    &hf_command_cancel,   &hf_command_retry, &hf_command_dead,   &hf_command_purge,
    &hf_command_schedule, &hf_command_serve, &hf_command_ledger, NULL,
};

static const struct hf_command *const boards[] = {
    &hf_command_enroll,  &hf_command_watch,  &hf_command_deploy, &hf_command_flash,
    &hf_command_update,  &hf_command_boards, &hf_command_board,  &hf_command_labels,
    &hf_command_handler, &hf_command_ping,   &hf_command_drain,  &hf_command_resume,
    &hf_command_reload,  &hf_command_rotate, &hf_command_retire, NULL,
};

static const struct hf_command *const broker[] = {
    &hf_command_up,
    &hf_command_down,
    &hf_command_use,
    &hf_command_doctor,
    &hf_command_status,
    &hf_command_reconcile,
    NULL,
};

static const struct hf_command *const shell[] = {
    &hf_command_help,
    &hf_command_completion,
    NULL,
};

const struct hf_command_group hf_command_groups[] = {
    {"Tasks", tasks}, {"Boards", boards}, {"Broker", broker}, {"Shell", shell}, {NULL, NULL},
};

const struct hf_command *hf_command_find(const struct hf_command_group *groups, const char *name)
{
    for (; groups->title; groups++)
        for (const struct hf_command *const *c = groups->commands; *c; c++)
            if (strcmp((*c)->name, name) == 0)
                return *c;
    return NULL;
}

const char *hf_command_guess(const struct hf_command_group *groups, const char *name)
{
    struct hf_guess guess = {.typed = name};
    for (; groups->title; groups++)
        for (const struct hf_command *const *c = groups->commands; *c; c++)
            hf_guess_offer(&guess, (*c)->name);
    return guess.best;
}
