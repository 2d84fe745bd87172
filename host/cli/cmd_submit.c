#include "cli/hand_in.h"
#include "cli/nobody.h"
#include "cli/ordering.h"
#include "cli/output.h"
#include "cli/receipt.h"
#include "cli/source.h"
#include "cli/watch.h"
#include "cli/when.h"
#include "link/clock.h"
#include "manager/cron.h"

#include <inttypes.h>
#include <string.h>

struct options {
    struct hf_ordering ordering;
    const char *lines, *range, *array, *args, *id, *at, *every;
    int64_t step;
    bool each, all_boards, first, wait, json, dry_run;
};

static const struct hf_option options[] = {
    {"each", HF_OPTION_FLAG, offsetof(struct options, each), NULL,
     "One task for each file that follows; its name is kept.", 0, 0},
    {"lines", HF_OPTION_TEXT, offsetof(struct options, lines), "FILE",
     "One task for each line of FILE (- is stdin), without its line\n"
     "end; empty lines are left out.",
     0, 0},
    {"range", HF_OPTION_TEXT, offsetof(struct options, range), "A..B",
     "One task for each number, or for each --step of them; its\n"
     "payload is {\"start\": FIRST, \"end\": LAST}, both included.",
     0, 0},
    {"step", HF_OPTION_NUMBER, offsetof(struct options, step), "N",
     "How many numbers of --range make one task (1).", 1, INT64_MAX},
    {"array", HF_OPTION_TEXT, offsetof(struct options, array), "JSON",
     "One task for each element of a JSON array, given as it is, or\n"
     "as the name of a file (- is stdin).",
     0, 0},
    {"handler-args", HF_OPTION_TEXT, offsetof(struct options, args), "JSON",
     "An object whose fields come into each payload of --range and\n"
     "--array; without these it is the payload.",
     0, 0},
    HF_ORDERING_ROWS(struct options, ordering),
    {"all-boards", HF_OPTION_FLAG, offsetof(struct options, all_boards), NULL,
     "A task for each board that is enrolled, for it alone.", 0, 0},
    {"id", HF_OPTION_TEXT, offsetof(struct options, id), "ID",
     "The task's id: handing in the same id twice makes one task.", 0, 0},
    {"at", HF_OPTION_TEXT, offsetof(struct options, at), "WHEN",
     "Not now but then: 18:30, +2h, \"2026-12-24 18:30\".", 0, 0},
    {"every", HF_OPTION_TEXT, offsetof(struct options, every), "CRON",
     "Again and again: \"MINUTE HOUR DAY MONTH WEEKDAY\" in local\n"
     "time, or @hourly, @daily, @weekly, @monthly.",
     0, 0},
    {"first", HF_OPTION_FLAG, offsetof(struct options, first), NULL,
     "A race: the first success ends the job, the rest is cancelled.", 0, 0},
    {"wait", HF_OPTION_FLAG, offsetof(struct options, wait), NULL,
     "Wait for all results; exit with 0 only if all are done (with\n"
     "--first: if one is).",
     0, 0},
    {"dry-run", HF_OPTION_FLAG, offsetof(struct options, dry_run), NULL,
     "Check everything and say what would be done.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL,
     "Print one JSON object about the job.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "The payload is DATA, or what comes on stdin (-), or nothing; boards hand it to the\n"
    "handler on its standard input. All tasks of one call make a job: it is written to\n"
    "the ledger as a whole or not at all, and then sent. Without a broker the job is\n"
    "kept (exit code 3), and goes out with the next command that reaches it.\n"
    "\n"
    "Ctrl-C during --wait ends the waiting; the job goes on, and \"holdfast results JOB\n"
    "--follow\" comes back to it.\n"
    "\n"
    "A success of --first is a task that is done and has found something: an output that\n"
    "is empty, null, or an object of nothing but nulls ({\"nonce\": null}) is none.\n"
    "\n"
    "What --at and --every order is kept with its payloads (\"holdfast schedule\" lists\n"
    "it), and handed out by \"holdfast serve\" or by the next command that reaches the\n"
    "broker; runs that were missed are caught up once.\n"
    "\n"
    "Examples:\n"
    "  holdfast submit echo \"Hello World!\" --wait\n"
    "  holdfast submit sha256 --each photos/*.jpg --name photos\n"
    "  generate-work | holdfast submit resize --lines - --pool fast --attempts 3\n"
    "  holdfast submit nonce-search --range 0..99999999 --step 1000000 --first --wait \\\n"
    "    --handler-args '{\"content\": \"hello\", \"prefix\": \"00000\", \"algorithm\": "
    "\"sha256\"}'\n"
    "  holdfast submit render --array '[{\"page\": 1}, {\"page\": 2}]'\n"
    "  holdfast submit echo \"hi\" --to board-07 --timeout 30s\n"
    "  holdfast submit train --timeout 2h --soft-timeout 110m --limit memory_mb=200\n"
    "  holdfast submit update --all-boards --not-after +1h\n"
    "  holdfast submit backup --every \"0 3 * * *\" --name nightly\n"
    "  holdfast submit echo \"hi\" --plain --queue task_queue\n";

/* --- What was asked for --- */

static int sources_of(const struct options *given)
{
    return given->each + (given->lines != NULL) + (given->range != NULL) + (given->array != NULL);
}

static enum hf_err check_sources(const struct options *given, int count, char **operands,
                                 struct hf_fault *fault)
{
    if (sources_of(given) > 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--each, --lines, --range and --array exclude each other");
    if (given->each && count < 2)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--each wants files after the handler");
    if (!given->each && sources_of(given) > 0 && count > 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%s\" is one argument too many: the payloads come from --%s",
                            operands[1],
                            given->lines   ? "lines"
                            : given->range ? "range"
                                           : "array");
    if (!given->each && count > 2)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%s\" is one argument too many: several files want --each, a text "
                            "with blanks wants quotes",
                            operands[2]);
    if (given->args && (given->each || given->lines || (count > 1 && !given->range)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--handler-args goes with --range, --array, or no payload at all");
    return HF_ERR_OK;
}

static enum hf_err check(const struct options *given, int count, char **operands,
                         struct hf_fault *fault)
{
    const struct hf_ordering *ordering = &given->ordering;
    if (count < 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "which HANDLER is to do it?");
    if (given->step && !given->range)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--step goes with --range");
    if (given->at && given->every)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--at and --every exclude each other");
    if ((given->at || given->every) && (given->wait || given->id))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--%s goes neither with --wait nor with --id: it is for later",
                            given->at ? "at" : "every");
    if (given->all_boards && (ordering->pool || ordering->to || ordering->queue || given->id))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--all-boards goes without --pool, --to, --queue and --id");
    enum hf_err err = check_sources(given, count, operands, fault);
    return err ? err : hf_series_check_args(given->args, fault);
}

static enum hf_err set_time(const struct options *given, int64_t now_ms, struct hf_order *order,
                            struct hf_fault *fault)
{
    struct hf_cron cron;
    enum hf_err err = HF_ERR_OK;
    if (given->at)
        err = hf_when_parse("at", given->at, now_ms, &order->time.at_ms, fault);
    if (err == HF_ERR_OK && given->at && order->time.at_ms <= now_ms)
        err = hf_fault_set(fault, HF_ERR_INVALID, 0, "--at %.60s has passed already", given->at);
    if (err == HF_ERR_OK && given->every)
        err = hf_cron_parse(given->every, &cron, fault);
    if (err == HF_ERR_OK && given->every) {
        order->time = (struct hf_order_time){hf_cron_next(&cron, now_ms), given->every};
        if (order->time.at_ms == INT64_MAX)
            err = hf_fault_set(fault, HF_ERR_INVALID, 0, "--every \"%.60s\" never comes",
                               given->every);
    }
    if (order->not_after_ms && order->time.at_ms)
        order->not_after_ms -= now_ms; /* of each run, then */
    return err;
}

static enum hf_err set_source(const struct options *given, int count, char **operands,
                              struct hf_source *source, struct hf_fault *fault)
{
    *source = (struct hf_source){.args = given->args, .count = count, .operands = operands};
    if (given->each) {
        source->kind = HF_SOURCE_FILES;
    } else if (given->lines || given->array) {
        source->kind = given->lines ? HF_SOURCE_LINES : HF_SOURCE_ARRAY;
        source->text = given->lines ? given->lines : given->array;
    } else if (given->range) {
        source->kind = HF_SOURCE_RANGE;
        return hf_range_parse(given->range, given->step ? given->step : 1, &source->range, fault);
    } else {
        source->kind =
            count > 0 && strcmp(operands[0], "-") == 0 ? HF_SOURCE_STDIN : HF_SOURCE_DATA;
        source->text = count > 0 ? operands[0] : "";
    }
    return HF_ERR_OK;
}

static enum hf_err read_order(const struct options *given, int count, char **operands,
                              struct hf_order *order, struct hf_source *source,
                              struct hf_fault *fault)
{
    int64_t now_ms = hf_clock_unix_ms();
    *order = (struct hf_order){.id = given->id, .race = given->first, .dry_run = given->dry_run};
    enum hf_err err = check(given, count, operands, fault);
    if (err == HF_ERR_OK)
        err = hf_ordering_read(&given->ordering, operands[0], now_ms, order, fault);
    if (err == HF_ERR_OK)
        err = set_time(given, now_ms, order, fault);
    return err ? err : set_source(given, count - 1, operands + 1, source, fault);
}

/* --- The command --- */

static void say_next(const struct options *given, int64_t job, const struct hf_counts *counts,
                     int code)
{
    if (given->wait && hf_counts_open(counts) == 0)
        printf("  holdfast results %" PRId64 "\n", job);
    else if (code == HF_EXIT_OK)
        printf("  holdfast results %" PRId64 " --follow    its results, as they come\n"
               "  holdfast tasks %" PRId64 "               where each task stands\n",
               job, job);
}

struct handing {
    const struct hf_command *command;
    const struct options *given;
    const struct hf_order *order;
    struct hf_nobody nobody;
};

static int watch_out(void *context)
{
    struct handing *handing = context;
    hf_nobody_watch(&handing->nobody);
    return HF_EXIT_OK;
}

static int send(struct handing *handing, struct hf_desk *desk, const struct hf_entered *entered)
{
    const bool waits = handing->given->wait;
    struct hf_watch watch = {.command = handing->command,
                             .desk = desk,
                             .job = &entered->job,
                             .news = watch_out,
                             .context = handing};
    hf_nobody_begin(&handing->nobody, handing->command, desk, &entered->job);
    const int code = waits ? hf_watch_end(&watch) : hf_watch_queue(&watch);
    if (!waits && code == HF_EXIT_OK)
        hf_nobody_leave(&handing->nobody);
    hf_desk_tell_strays(desk);
    return code;
}

static int finish(void *context, struct hf_desk *desk, const struct hf_entered *entered,
                  int reached)
{
    struct handing *handing = context;
    const struct options *given = handing->given;
    struct hf_fault fault = {0};
    struct hf_counts counts;
    if (given->dry_run)
        return hf_receipt_dry_run(handing->order, entered, given->json);
    if (entered->schedule)
        return hf_receipt_later(handing->order, entered, given->json);
    const int code = reached ? reached : send(handing, desk, entered);
    if (hf_jobs_counts(desk->ledger, entered->job.number, &counts, &fault))
        return hf_out_fault(handing->command, &fault);
    const int printed = hf_receipt_job(handing->order, entered, &counts, given->json);
    if (!given->json)
        say_next(given, entered->job.number, &counts, code);
    return code ? code : printed;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.ordering = HF_ORDERING_DEFAULTS};
    struct hf_fault fault = {0};
    struct hf_order order;
    struct hf_source source;
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault) ||
        read_order(&given, operands, argv, &order, &source, &fault))
        return hf_out_usage(command, &fault);
    struct handing handing = {.command = command, .given = &given, .order = &order};
    const struct hf_hand_in hand_in = {.order = &order,
                                       .source = &source,
                                       .all_boards = given.all_boards,
                                       .rest = finish,
                                       .context = &handing};
    return hf_hand_in(command, &hand_in);
}

const struct hf_command hf_command_submit = {
    .name = "submit",
    .summary = "Hand out tasks",
    .usage = "HANDLER [DATA | -] [OPTIONS]\n"
             "HANDLER --each FILE... [OPTIONS]\n"
             "HANDLER --lines FILE [OPTIONS]\n"
             "HANDLER --range A..B [--step N] [OPTIONS]\n"
             "HANDLER --array JSON [OPTIONS]",
    .options = options,
    .details = details,
    .run = run,
};
