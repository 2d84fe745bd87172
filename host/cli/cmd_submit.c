#include "broker/patience.h"
#include "cli/bar.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/watch.h"
#include "link/clock.h"
#include "manager/submission.h"
#include "wire/topology.h"

#include <inttypes.h>
#include <string.h>

struct options {
    const char *pool, *to, *queue, *name, *lines;
    int64_t timeout_ms, soft_timeout_ms, attempts;
    struct hf_text_list limits;
    bool each, plain, wait, json, dry_run;
};

static const struct hf_option options[] = {
    {"each", HF_OPTION_FLAG, offsetof(struct options, each), NULL,
     "One task for each file that follows; its name is kept.", 0, 0},
    {"lines", HF_OPTION_TEXT, offsetof(struct options, lines), "FILE",
     "One task for each line of FILE (- is stdin), without its line\n"
     "end; empty lines are left out.",
     0, 0},
    {"pool", HF_OPTION_TEXT, offsetof(struct options, pool), "NAME",
     "For the boards of that pool (" HF_POOL_DEFAULT ").", 0, 0},
    {"to", HF_OPTION_TEXT, offsetof(struct options, to), "BOARD", "For that board alone.", 0, 0},
    {"queue", HF_OPTION_TEXT, offsetof(struct options, queue), "NAME",
     "Into a queue that exists already, for whoever consumes it.", 0, 0},
    {"plain", HF_OPTION_FLAG, offsetof(struct options, plain), NULL,
     "As plain JSON, {\"task_id\", \"type\", \"data\"}, which programs\n"
     "that know nothing of Holdfast can read. Payloads must be text.",
     0, 0},
    {"name", HF_OPTION_TEXT, offsetof(struct options, name), "TEXT", "A name for the job.", 0, 0},
    {"timeout", HF_OPTION_DURATION_MS, offsetof(struct options, timeout_ms), "TIME",
     "End a run that takes longer (the board's own limit).", 1, HF_TIMEOUT_MS_MAX},
    {"soft-timeout", HF_OPTION_DURATION_MS, offsetof(struct options, soft_timeout_ms), "TIME",
     "Ask a run that takes longer to end (SIGTERM); --timeout ends it.", 1, HF_TIMEOUT_MS_MAX},
    {"limit", HF_OPTION_LIST, offsetof(struct options, limits), "NAME=N",
     "Bound each run, tighter than its board does: memory_mb, cpu_s,\n"
     "files, processes, file_size_mb. May be repeated.",
     0, 0},
    {"attempts", HF_OPTION_NUMBER, offsetof(struct options, attempts), "N",
     "Try a task at most so often (5).", 1, HF_ATTEMPTS_MAX},
    {"wait", HF_OPTION_FLAG, offsetof(struct options, wait), NULL,
     "Wait for all results; exit with 0 only if all are done.", 0, 0},
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
    "Examples:\n"
    "  holdfast submit echo \"Hello World!\" --wait\n"
    "  holdfast submit sha256 --each photos/*.jpg --name photos\n"
    "  generate-work | holdfast submit resize --lines - --pool fast --attempts 3\n"
    "  holdfast submit echo \"hi\" --to board-07 --timeout 30s\n"
    "  holdfast submit train --timeout 2h --soft-timeout 110m --limit memory_mb=200\n"
    "  holdfast submit echo \"hi\" --plain --queue task_queue\n";

/* --- What was asked for --- */

static enum hf_err set_target(const struct options *given, struct hf_target *target,
                              struct hf_fault *fault)
{
    const char *name = HF_POOL_DEFAULT;
    int count = (given->pool != NULL) + (given->to != NULL) + (given->queue != NULL);
    if (count > 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--pool, --to and --queue each say who is to do it: give one of them");
    target->kind = given->to ? HF_TARGET_BOARD : given->queue ? HF_TARGET_QUEUE : HF_TARGET_POOL;
    if (count == 1)
        name = given->to ? given->to : given->queue ? given->queue : given->pool;
    if (!hf_str_copy(target->name, sizeof target->name, hf_str(name)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "the name \"%.60s...\" is too long", name);
    return HF_ERR_OK;
}

static enum hf_err check_operands(const struct options *given, int count, char **operands,
                                  struct hf_fault *fault)
{
    if (count < 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "which HANDLER is to do it?");
    if (given->each && given->lines)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--each and --lines exclude each other");
    if (given->each && count < 2)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--each wants files after the handler");
    if (given->lines && count > 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%s\" is one argument too many: the payloads come from --lines %s",
                            operands[1], given->lines);
    if (!given->each && count > 2)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%s\" is one argument too many: several files want --each, a text "
                            "with blanks wants quotes",
                            operands[2]);
    return HF_ERR_OK;
}

static enum hf_err read_order(const struct options *given, int count, char **operands,
                              struct hf_order *order, struct hf_fault *fault)
{
    *order = (struct hf_order){.name = given->name,
                               .timeout_ms = given->timeout_ms,
                               .soft_timeout_ms = given->soft_timeout_ms,
                               .max_attempts = (uint32_t)given->attempts,
                               .plain = given->plain,
                               .dry_run = given->dry_run};
    enum hf_err err = check_operands(given, count, operands, fault);
    if (err == HF_ERR_OK)
        err = set_target(given, &order->target, fault);
    if (err == HF_ERR_OK)
        order->handler = operands[0];
    for (size_t i = 0; i < given->limits.count && err == HF_ERR_OK; i++)
        err = hf_limits_read(hf_str(given->limits.items[i]), &order->limits, fault);
    return err;
}

/* Without a broker there is none to ask, and the board knows too. */
static int64_t find_patience_s(const struct hf_home *home, const struct hf_target *target)
{
    static const char *const prefixes[] = {[HF_TARGET_POOL] = HF_QUEUE_TASKS_PREFIX,
                                           [HF_TARGET_BOARD] = HF_QUEUE_DEVICE_PREFIX,
                                           [HF_TARGET_QUEUE] = ""};
    struct hf_broker_settings settings;
    char queue[sizeof HF_QUEUE_DEVICE_PREFIX + sizeof target->name];
    snprintf(queue, sizeof queue, "%s%s", prefixes[target->kind], target->name);
    return hf_broker_settings_load(home, &settings, NULL) ? 0 : hf_patience_s(&settings, queue);
}

/* --- Into the ledger --- */

/* Where payloads come from. */
struct source {
    const struct options *given;
    int count; /* operands behind the handler */
    char **operands;
    FILE *file; /* of --lines, or stdin; NULL: none of them */
};

static bool is_stdin(const struct source *source)
{
    return !source->given->each && source->count == 1 && strcmp(source->operands[0], "-") == 0;
}

static enum hf_err open_source(const struct hf_home *home, struct source *source,
                               struct hf_fault *fault)
{
    const char *path = is_stdin(source) ? "-" : source->given->lines;
    return path ? hf_input_open(home, path, &source->file, fault) : HF_ERR_OK;
}

static enum hf_err add_all(struct hf_submission *submission, const struct source *source,
                           struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    if (source->given->lines)
        return hf_submission_add_lines(submission, source->file, source->given->lines, fault);
    if (source->file)
        return hf_submission_add_stream(submission, NULL, source->file, "stdin", fault);
    if (!source->given->each)
        return hf_submission_add_bytes(submission, NULL,
                                       hf_str(source->count > 0 ? source->operands[0] : ""), fault);
    for (int i = 0; i < source->count && err == HF_ERR_OK; i++)
        err = hf_submission_add_file(submission, source->operands[i], fault);
    return err;
}

/* What there is to say about a job before it is sent. */
struct summary {
    struct hf_job job;
    struct hf_counts counts;
    uint64_t bytes; /* of payloads */
};

static enum hf_err enter(struct hf_ledger *ledger, const struct hf_order *order,
                         const struct source *source, struct summary *summary,
                         struct hf_fault *fault)
{
    struct hf_submission *submission = NULL;
    enum hf_err err = hf_submission_begin(ledger, order, hf_clock_unix_ms(), &submission, fault);
    if (err == HF_ERR_OK)
        err = add_all(submission, source, fault);
    if (err == HF_ERR_OK)
        err = hf_submission_finish(submission, &summary->job, fault);
    if (err == HF_ERR_OK) {
        summary->bytes = hf_submission_bytes(submission);
        summary->counts.of[HF_STATE_PENDING] = hf_submission_count(submission);
    }
    hf_submission_free(submission);
    return err;
}

/* --- What it says --- */

static void print_job(const struct summary *summary)
{
    const struct hf_job *job = &summary->job;
    int64_t tasks = hf_counts_total(&summary->counts);
    printf("%" PRId64 " task%s for %s, %s %s", tasks, tasks == 1 ? "" : "s",
           job->handler[0] ? job->handler : "the worker's default handler",
           hf_target_kind_text(job->target.kind), job->target.name);
}

static int tell_dry_run(const struct options *given, const struct summary *summary)
{
    char size[HF_OUT_SHORT];
    if (given->json) {
        cJSON *object = hf_json_job(&summary->job, &summary->counts);
        cJSON_DeleteItemFromObject(object, "job"); /* there is none */
        cJSON_DeleteItemFromObject(object, "job_number");
        cJSON_AddBoolToObject(object, "dry_run", true);
        cJSON_AddNumberToObject(object, "payload_bytes", (double)summary->bytes);
        return hf_json_line(object);
    }
    hf_out_bytes(size, summary->bytes);
    fputs("Would submit ", stdout);
    print_job(summary);
    printf(", %s of payload. Nothing was done.\n", size);
    return HF_EXIT_OK;
}

static int tell(const struct options *given, const struct summary *summary, int code)
{
    char counts[HF_BAR_LINE_MAX];
    int64_t number = summary->job.number;
    if (given->json) {
        int printed = hf_json_line(hf_json_job(&summary->job, &summary->counts));
        return code ? code : printed;
    }
    hf_bar_counts(&summary->counts, counts);
    printf("Job %" PRId64 " (%s): ", number, summary->job.id);
    print_job(summary);
    printf(": %s\n", counts);
    if (given->wait && hf_counts_open(&summary->counts) == 0)
        printf("  holdfast results %" PRId64 "\n", number);
    else if (code == HF_EXIT_OK)
        printf("  holdfast results %" PRId64 " --follow    its results, as they come\n"
               "  holdfast tasks %" PRId64 "               where each task stands\n",
               number, number);
    return code;
}

/* --- The command --- */

static int send(const struct hf_command *command, struct hf_desk *desk, const struct options *given,
                struct summary *summary)
{
    struct hf_fault fault = {0};
    struct hf_watch watch = {.command = command, .desk = desk, .job = &summary->job};
    int code = hf_desk_connect(command, desk, given->wait);
    if (code != HF_EXIT_OK)
        fprintf(stderr,
                "Job %" PRId64 " is kept: its tasks go out with the next command that reaches a "
                "broker\n",
                summary->job.number);
    else
        code = given->wait ? hf_watch_end(&watch) : hf_watch_queue(&watch);
    if (desk->courier)
        hf_desk_tell_strays(desk);
    if (hf_jobs_counts(desk->ledger, summary->job.number, &summary->counts, &fault))
        return hf_out_fault(command, &fault);
    return tell(given, summary, code);
}

/* What is wrong with the words of the user is found before anything is written. */
static bool is_usage(enum hf_err err)
{
    return err == HF_ERR_INVALID || err == HF_ERR_MISSING || err == HF_ERR_TOO_LARGE ||
           err == HF_ERR_NOT_FOUND;
}

static int submit(const struct hf_command *command, struct hf_desk *desk,
                  const struct options *given, const struct hf_order *order, struct source *source)
{
    struct hf_fault fault = {0};
    struct summary summary = {0};
    enum hf_err err = open_source(&desk->home, source, &fault);
    if (err == HF_ERR_OK)
        err = enter(desk->ledger, order, source, &summary, &fault);
    if (source->file)
        fclose(source->file);
    if (err != HF_ERR_OK) {
        int code = hf_out_fault(command, &fault);
        return is_usage(err) ? HF_EXIT_USAGE : code;
    }
    return given->dry_run ? tell_dry_run(given, &summary) : send(command, desk, given, &summary);
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.attempts = HF_ATTEMPTS_DEFAULT};
    struct hf_fault fault = {0};
    struct hf_order order;
    struct hf_desk desk;
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault) ||
        read_order(&given, operands, argv, &order, &fault))
        return hf_out_usage(command, &fault);
    struct source source = {.given = &given, .count = operands - 1, .operands = argv + 1};
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK && order.timeout_ms > 0)
        order.patience_s = find_patience_s(&desk.home, &order.target);
    if (code == HF_EXIT_OK)
        code = submit(command, &desk, &given, &order, &source);
    hf_desk_close(&desk);
    return code;
}

const struct hf_command hf_command_submit = {
    .name = "submit",
    .summary = "Hand out tasks",
    .usage = "HANDLER [DATA | -] [OPTIONS]\n"
             "HANDLER --each FILE... [OPTIONS]\n"
             "HANDLER --lines FILE [OPTIONS]",
    .options = options,
    .details = details,
    .run = run,
};
