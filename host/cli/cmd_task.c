#include "cli/json.h"
#include "cli/output.h"
#include "cli/paint.h"
#include "cli/pick.h"
#include "cli/story.h"

#include <stdio.h>

struct options {
    bool offline, json;
    const char *task;
};

static const struct hf_option options[] = {
    {"offline", HF_OPTION_FLAG, offsetof(struct options, offline), NULL,
     "Don't ask the broker; print what the ledger has.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "The whole story of a task: every attempt with its board, times, exit and the end of\n"
    "its log; reports that came late; what it last said of its progress. TASK is its id,\n"
    "the first 8 characters of that or more, or JOB/SEQ as in \"holdfast tasks\".\n"
    "\n"
    "Examples:\n"
    "  holdfast task 12/3\n"
    "  holdfast task 0190a5c2-7b3e --json\n";

static int show(const struct hf_command *command, struct hf_desk *desk, void *context)
{
    const struct options *given = context;
    struct hf_pick pick;
    struct hf_fault fault = {0};
    cJSON *object = NULL;
    int code = hf_pick_task(command, desk, given->task, &pick);
    if (code != HF_EXIT_OK)
        return code;
    enum hf_err err = given->json ? hf_story_json(desk->ledger, &pick.task, &object, &fault)
                                  : hf_story_print(desk->ledger, &pick.task,
                                                   hf_paint_wanted(stdout), stdout, &fault);
    if (err)
        return hf_out_fault(command, &fault);
    return given->json ? hf_out_json(object) : HF_EXIT_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_fault fault = {0};
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault))
        return hf_out_usage(command, &fault);
    if (operands != 1) {
        hf_fault_set(&fault, HF_ERR_INVALID, 0, "one TASK is wanted, %d are given", operands);
        return hf_out_usage(command, &fault);
    }
    given.task = argv[0];
    return hf_desk_view(command, given.offline, show, &given);
}

const struct hf_command hf_command_task = {
    .name = "task",
    .summary = "Print the whole story of one task",
    .usage = "TASK [--json] [--offline]",
    .options = options,
    .details = details,
    .run = run,
};
