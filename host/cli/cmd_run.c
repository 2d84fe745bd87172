#include "cli/hand_in.h"
#include "cli/nobody.h"
#include "cli/ordering.h"
#include "cli/outfiles.h"
#include "cli/output.h"
#include "cli/show.h"
#include "cli/watch.h"
#include "link/clock.h"

#include <inttypes.h>
#include <string.h>

struct options {
    struct hf_ordering ordering;
    const char *args, *id;
};

static const struct hf_option options[] = {
    {"handler-args", HF_OPTION_TEXT, offsetof(struct options, args), "JSON",
     "A JSON object that is the payload.", 0, 0},
    {"id", HF_OPTION_TEXT, offsetof(struct options, id), "ID",
     "The task's id: run again with the same id, it waits for the\n"
     "same task and prints its result.",
     0, 0},
    HF_ORDERING_ROWS(struct options, ordering),
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Hands out one task, waits for it, prints what its handler wrote to standard output,\n"
    "byte for byte, and, when it is not done, why, and the end of the handler's log, on\n"
    "standard error. On a terminal control characters come out as \\xNN. The payload is\n"
    "DATA, or what comes on stdin (-), or nothing.\n"
    "\n"
    "Exits with 0 when it is done; with the handler's own exit code (128 + N when signal\n"
    "N ended it) when it failed; with 1 when it ended in another way. 2, 3 and 130 are as\n"
    "always, and then the task goes on.\n"
    "\n"
    "Examples:\n"
    "  holdfast run echo \"Hello World!\"\n"
    "  holdfast run sha256 - < photo.jpg\n"
    "  holdfast run resize --to kitchen --timeout 30s - < in.jpg > out.jpg\n"
    "  holdfast run backup --id backup-2026-11-24 || mail -s failed me < /dev/null\n";

struct waiting {
    const struct hf_command *command;
    const char *id; /* of the task; NULL: a new one */
    struct hf_nobody nobody;
};

struct outcome {
    const struct hf_command *command;
    const struct hf_desk *desk;
    int code;
};

static int code_of(const struct hf_ending *ending)
{
    const struct hf_result *result = &ending->result;
    if (ending->entry.state == HF_STATE_DONE)
        return HF_EXIT_OK;
    if (result->exit_code > 0 && result->exit_code < 126)
        return result->exit_code;
    return result->signal > 0 ? 128 + result->signal : HF_EXIT_FAILED;
}

static enum hf_err print_outcome(void *context, const struct hf_ending *ending)
{
    struct outcome *outcome = context;
    struct hf_fault fault = {0};
    const struct hf_entry *entry = &ending->entry;
    outcome->code = code_of(ending);
    if (hf_outfiles_show(hf_ledger_bodies(outcome->desk->ledger), &ending->body, stdout, &fault) &&
        fault.text[0])
        outcome->code = hf_out_fault(outcome->command, &fault);
    if (entry->state == HF_STATE_DONE)
        return HF_ERR_OK;
    fprintf(stderr, "holdfast run: task %" PRId64 "/%" PRId64 " %s%s%s%s%s\n", entry->job,
            entry->seq, hf_state_text(entry->state), ending->result.board[0] ? " on " : "",
            ending->result.board, entry->reason[0] ? ": " : "", entry->reason);
    hf_show_text(hf_str(ending->result.log_tail), "  log: ", stderr);
    return HF_ERR_OK;
}

static int watch_out(void *context)
{
    struct waiting *waiting = context;
    hf_nobody_watch(&waiting->nobody);
    return HF_EXIT_OK;
}

static int wait_for(void *context, struct hf_desk *desk, const struct hf_entered *entered,
                    int reached)
{
    struct waiting *waiting = context;
    const struct hf_command *command = waiting->command;
    struct hf_fault fault = {0};
    struct hf_entry entry = {.seq = 1};
    struct outcome outcome = {.command = command, .desk = desk, .code = HF_EXIT_FAILED};
    struct hf_watch watch = {.command = command,
                             .desk = desk,
                             .job = &entered->job,
                             .news = watch_out,
                             .context = waiting};
    hf_nobody_begin(&waiting->nobody, command, desk, &entered->job);
    const int code = reached ? reached : hf_watch_end(&watch);
    if (code != HF_EXIT_OK && code != HF_EXIT_FAILED)
        return code;
    if (waiting->id && hf_tasks_get(desk->ledger, waiting->id, &entry, &fault))
        return hf_out_fault(command, &fault);
    if (hf_results_list(desk->ledger, entered->job.number, entry.seq - 1, 1, print_outcome,
                        &outcome, &fault))
        return hf_out_fault(command, &fault);
    return outcome.code;
}

static enum hf_err read_all(const struct options *given, int count, char **operands,
                            struct hf_order *order, struct hf_source *source,
                            struct hf_fault *fault)
{
    *order = (struct hf_order){.id = given->id};
    *source = (struct hf_source){.args = given->args};
    if (count < 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "which HANDLER is to do it?");
    if (count > 2 || (count > 1 && given->args))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%s\" is one argument too many: a text with blanks wants quotes",
                            operands[count > 2 ? 2 : 1]);
    source->text = count > 1 ? operands[1] : "";
    source->kind = strcmp(source->text, "-") == 0 ? HF_SOURCE_STDIN : HF_SOURCE_DATA;
    enum hf_err err = hf_series_check_args(given->args, fault);
    return err ? err
               : hf_ordering_read(&given->ordering, operands[0], hf_clock_unix_ms(), order, fault);
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.ordering = HF_ORDERING_DEFAULTS};
    struct hf_fault fault = {0};
    struct hf_order order;
    struct hf_source source;
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault) ||
        read_all(&given, operands, argv, &order, &source, &fault))
        return hf_out_usage(command, &fault);
    struct waiting waiting = {.command = command, .id = given.id};
    const struct hf_hand_in hand_in = {
        .order = &order, .source = &source, .rest = wait_for, .context = &waiting};
    return hf_hand_in(command, &hand_in);
}

const struct hf_command hf_command_run = {
    .name = "run",
    .summary = "Hand out one task, wait, print what came out",
    .usage = "HANDLER [DATA | -] [OPTIONS]",
    .options = options,
    .details = details,
    .run = run,
};
