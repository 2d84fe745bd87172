#ifndef HF_CLI_DEPLOY_MANY_H
#define HF_CLI_DEPLOY_MANY_H

#include "cli/command.h"
#include "deploy/deploy.h"

/* `deploy --hosts FILE`: all boards of a file, or those of it that are named. */

struct hf_deploy_many {
    const struct hf_command *command;
    const char *file;
    bool uninstall, json;
    int64_t at_once; /* 0: four */

    /* The command line as it was given, and its operands, which are of the same pointers. */
    char **words, **names;
    int word_count, name_count;
};

/*
 * Shows how they get on, prints what became of each, and of those that are not done the command
 * that does these alone. `request` is as struct hf_crew has it. An enum hf_exit: HF_EXIT_OK when
 * all are done.
 */
int hf_deploy_many(const struct hf_deploy_many *many, const struct hf_deploy_request *request);

#endif
