#include "cli/board_view.h"
#include "cli/output.h"
#include "cli/rollout.h"
#include "deploy/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HANDLER      "hf-update"
#define PROGRAMS_MAX 32 /* different ones */

struct options {
    struct hf_rollout_options rollout;
    const char *worker;
};

static const struct hf_option options[] = {
    {"worker", HF_OPTION_TEXT, offsetof(struct options, worker), "FILE",
     "The new program (of this checkout the one that was built for the\n"
     "board's preset).",
     0, 0},
    HF_ROLLOUT_ROWS(struct options, rollout),
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Gives boards another version of the worker's program over the connection that they\n"
    "have, as a signed task in each board's own queue. A board finishes what it has in\n"
    "hand, becomes the new program, and must prove it within a minute by the answer to\n"
    "this very task; else it becomes the old one again by itself, and says why.\n"
    "\n"
    "One board goes first, then the others in waves; when one fails it goes no further.\n"
    "Boards that are offline get it when they are back.\n"
    "\n"
    "The program that a board's service starts is not changed: holdfast deploy --upgrade\n"
    "does that, and makes what was updated before void.\n"
    "\n"
    "Examples:\n"
    "  holdfast update kitchen\n"
    "  holdfast update --all --canary 2 --abort-after 3\n"
    "  holdfast update --pool attic --worker build/raspberry-pi-zero/holdfast-worker\n";

struct programs {
    size_t count;
    struct hf_program list[PROGRAMS_MAX];
    char arch[PROGRAMS_MAX][HF_NAME_MAX + 1];
    char preset[PROGRAMS_MAX][HF_NAME_MAX + 1];
};

static void say(void *context, const char *text)
{
    (void)context;
    fprintf(stderr, "holdfast update: %s\n", text);
}

static const struct hf_program *known(const struct programs *programs, const struct hf_facts *facts)
{
    for (size_t i = 0; i < programs->count; i++)
        if (strcmp(programs->arch[i], facts->arch) == 0 &&
            strcmp(programs->preset[i], facts->board) == 0)
            return &programs->list[i];
    return NULL;
}

static enum hf_err find_program(struct programs *programs, const struct hf_board *board,
                                const char *file, const struct hf_program **out,
                                struct hf_fault *fault)
{
    const struct hf_facts *facts = &board->facts;
    struct hf_fault why = {0};
    if (board->facts_ms == 0 || facts->arch[0] == '\0')
        return hf_fault_set(fault, HF_ERR_MISSING, 0,
                            "%s has never told what machine it is: start it first", board->name);
    if (!hf_board_has_word(facts->handlers, HANDLER))
        return hf_fault_set(fault, HF_ERR_MISSING, 0,
                            "the worker of %s (%s) cannot be updated this way yet: holdfast deploy "
                            "%s USER@HOST --upgrade",
                            board->name, facts->version, board->name);
    *out = known(programs, facts);
    if (*out)
        return HF_ERR_OK;
    if (programs->count == PROGRAMS_MAX)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "more than %d kinds of boards at once",
                            PROGRAMS_MAX);
    struct hf_program *found = &programs->list[programs->count];
    const enum hf_err err =
        hf_program_find(facts->arch, facts->board, file, say, NULL, found, &why);
    if (err)
        return hf_fault_set(fault, err, 0, "%s: %s", board->name, why.text);
    memcpy(programs->arch[programs->count], facts->arch, sizeof facts->arch);
    memcpy(programs->preset[programs->count], facts->board, sizeof facts->board);
    programs->count++;
    *out = found;
    return HF_ERR_OK;
}

static enum hf_err find_programs(struct programs *programs, const struct hf_rollout *rollout,
                                 const char *file, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; i < rollout->count && !err; i++) {
        struct hf_rollout_board *board = &rollout->boards[i];
        const struct hf_program *program = NULL;
        err = find_program(programs, &board->board, file, &program, fault);
        if (!err && program)
            board->payload = (struct hf_str){program->data, program->len};
    }
    return err;
}

static void free_programs(struct programs *programs)
{
    for (size_t i = 0; i < programs->count; i++)
        free(programs->list[i].data);
}

static int update(const struct hf_command *command, struct hf_desk *desk,
                  const struct options *given, int names, char **argv)
{
    static struct programs programs;
    struct hf_fault fault = {0};
    struct hf_rollout rollout = {.command = command,
                                 .desk = desk,
                                 .given = &given->rollout,
                                 .handler = HANDLER,
                                 .name = "update"};
    int code = hf_rollout_choose(&rollout, names, argv);
    if (code == HF_EXIT_OK && find_programs(&programs, &rollout, given->worker, &fault))
        code = given->worker && (fault.err == HF_ERR_NOT_FOUND || fault.err == HF_ERR_INVALID)
                   ? hf_out_usage(command, &fault)
                   : hf_out_fault(command, &fault);
    if (code == HF_EXIT_OK)
        code = hf_rollout_run(&rollout);
    free_programs(&programs);
    free(rollout.boards);
    return code;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.rollout = HF_ROLLOUT_DEFAULTS};
    struct hf_fault fault = {0};
    struct hf_desk desk;
    int names = 0;
    if (hf_args_parse(options, argc, argv, &given, &names, &fault))
        return hf_out_usage(command, &fault);
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK)
        code = update(command, &desk, &given, names, argv);
    hf_desk_close(&desk);
    return code;
}

const struct hf_command hf_command_update = {
    .name = "update",
    .summary = "Give boards another version of the worker, in stages, with a way back",
    .usage = "BOARD... [--worker FILE] [OPTIONS]\n--pool POOL [--worker FILE] [OPTIONS]\n--all "
             "[--worker FILE] [OPTIONS]",
    .options = options,
    .details = details,
    .run = run,
};
