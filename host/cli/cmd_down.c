#include "broker/node.h"
#include "cli/output.h"
#include "home/lock.h"
#include "home/purge.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct options {
    bool purge, yes, json;
};

static const struct hf_option options[] = {
    {"purge", HF_OPTION_FLAG, offsetof(struct options, purge), NULL,
     "Then delete everything in the data folder: messages, results,\n"
     "keys. Enrolled boards have to be enrolled again.",
     0, 0},
    {"yes", HF_OPTION_FLAG, offsetof(struct options, yes), NULL, "Do not ask before --purge.", 0,
     0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Tasks that wait stay in the broker, and boards go on trying to connect: after the\n"
    "next \"holdfast up\" all goes on where it was.\n"
    "\n"
    "Examples:\n"
    "  holdfast down\n"
    "  holdfast down --purge --yes    leave nothing behind\n";

static bool confirmed(const struct hf_home *home)
{
    char answer[16] = "";
    fprintf(stderr,
            "This deletes the broker's messages, the ledger with all results, and the keys in\n"
            "%s. Type \"yes\" to go on: ",
            home->dir);
    return fgets(answer, sizeof answer, stdin) && strcmp(answer, "yes\n") == 0;
}

static enum hf_err take_down(const struct hf_home *home, const struct options *given, bool *was_up,
                             struct hf_fault *fault)
{
    int lock = -1;
    enum hf_err err = hf_home_lock(home, &lock, fault);
    if (err)
        return err;
    *was_up = hf_node_pid(home) != 0;
    err = hf_node_stop(home, fault);
    if (!err && given->purge)
        err = hf_home_purge(home, fault);
    close(lock);
    return err;
}

static int print(const struct hf_home *home, const struct options *given, bool was_up)
{
    if (given->json) {
        cJSON *root = cJSON_CreateObject();
        cJSON_AddStringToObject(root, "state", was_up ? "stopped" : "was down already");
        cJSON_AddBoolToObject(root, "purged", given->purge);
        return hf_out_json(root);
    }
    puts(was_up ? "The broker is stopped." : "The broker was not running.");
    if (given->purge)
        printf("Its data in %s is deleted.\n", home->dir);
    return HF_EXIT_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_home home;
    struct hf_fault fault;
    bool was_up = false;
    if (hf_args_parse_options(options, argc, argv, &given, &fault))
        return hf_out_usage(command, &fault);
    if (given.purge && !given.yes && !isatty(STDIN_FILENO)) {
        hf_fault_set(&fault, HF_ERR_INVALID, 0,
                     "--purge asks first, and nobody can answer here: "
                     "add --yes");
        return hf_out_usage(command, &fault);
    }
    if (hf_home_open(&home, &fault))
        return hf_out_setting(command, &fault);
    if (given.purge && !given.yes && !confirmed(&home)) {
        fputs("Nothing was done.\n", stderr);
        return HF_EXIT_FAILED;
    }
    if (take_down(&home, &given, &was_up, &fault)) {
        hf_out_fault(command, &fault);
        return HF_EXIT_FAILED;
    }
    return print(&home, &given, was_up);
}

const struct hf_command hf_command_down = {
    .name = "down",
    .summary = "Stop the private broker",
    .usage = "[--purge [--yes]] [--json]",
    .options = options,
    .details = details,
    .run = run,
};
