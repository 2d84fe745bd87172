#include "cli/bar.h"
#include "cli/csv.h"
#include "cli/json.h"
#include "cli/outfiles.h"
#include "cli/output.h"
#include "cli/paint.h"
#include "cli/show.h"
#include "cli/watch.h"

#include <inttypes.h>
#include <string.h>

#define PAGE 200

struct options {
    const char *out;
    bool json, csv, raw, follow, offline, strays;
};

static const struct hf_option options[] = {
    {"follow", HF_OPTION_FLAG, offsetof(struct options, follow), NULL,
     "Go on until the job has ended; exit with 0 only if all of it\n"
     "is done.",
     0, 0},
    {"out", HF_OPTION_TEXT, offsetof(struct options, out), "FOLDER",
     "Write what the handlers of tasks that are done wrote to files\n"
     "there, one a task, under the names that --each was given.",
     0, 0},
    {"csv", HF_OPTION_FLAG, offsetof(struct options, csv), NULL,
     "Print CSV, with a line of titles.", 0, 0},
    {"raw", HF_OPTION_FLAG, offsetof(struct options, raw), NULL,
     "Print only what the handlers wrote, byte for byte.", 0, 0},
    {"offline", HF_OPTION_FLAG, offsetof(struct options, offline), NULL,
     "Don't ask the broker; print what the ledger has.", 0, 0},
    {"strays", HF_OPTION_FLAG, offsetof(struct options, strays), NULL,
     "Print what came in and belongs to no task, the newest first.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object a line.",
     0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Takes in what is waiting at the broker, then prints the results of JOB, by default\n"
    "of the latest one. JOB is its number, its id or the beginning of that, or its name.\n"
    "Control characters that a board wrote are shown as \\xNN, except with --raw.\n"
    "Exits with 3 when the broker is out of reach; what the ledger has is printed\n"
    "all the same.\n"
    "\n"
    "Examples:\n"
    "  holdfast results                     of the latest job\n"
    "  holdfast results photos --json       of the job of that name\n"
    "  holdfast results 12 --follow\n"
    "  holdfast results photos --out thumbnails\n"
    "  holdfast results 12 --csv > all.csv\n"
    "  holdfast results 12 --raw > all.txt\n";

struct printer {
    const struct hf_command *command;
    const struct options *given;
    struct hf_desk *desk;
    struct hf_job job;
    bool colours;
    int64_t after_seq;            /* the last one that was listed */
    int64_t after;                /* the last report that was printed while following */
    int64_t rows;                 /* of the page at hand */
    int64_t written, undone;      /* files, and tasks that have none */
    char folder[HF_PATH_MAX + 1]; /* of large bodies */
};

/* --- One result --- */

static enum hf_err copy_out(struct printer *printer, const struct hf_body *body)
{
    struct hf_fault fault = {0};
    enum hf_err err =
        hf_outfiles_copy(hf_ledger_bodies(printer->desk->ledger), body, stdout, &fault);
    if (fault.text[0])
        hf_out_fault(printer->command, &fault); /* stdout's own error is told by main */
    return err;
}

static enum hf_err write_file(struct printer *printer, const struct hf_ending *ending)
{
    char path[HF_PATH_MAX + HF_OUTFILES_NAME_MAX];
    struct hf_fault fault = {0};
    bool twice = false;
    if (ending->entry.state != HF_STATE_DONE) {
        printer->undone++;
        return HF_ERR_OK;
    }
    enum hf_err err = hf_tasks_is_namesake(printer->desk->ledger, &ending->entry, &twice, &fault);
    if (err == HF_ERR_OK)
        err = hf_outfiles_write(printer->given->out, hf_ledger_bodies(printer->desk->ledger),
                                ending, twice, path, sizeof path, &fault);
    if (err != HF_ERR_OK) {
        hf_out_fault(printer->command, &fault);
        return err;
    }
    printer->written++;
    return printf("%s\n", path) < 0 ? HF_ERR_IO : HF_ERR_OK;
}

static enum hf_err print_one(struct printer *printer, const struct hf_ending *ending)
{
    if (printer->given->raw)
        return copy_out(printer, &ending->body);
    if (printer->given->out)
        return write_file(printer, ending);
    if (printer->given->csv) {
        hf_csv_result(ending, printer->folder, stdout);
        return ferror(stdout) ? HF_ERR_IO : HF_ERR_OK;
    }
    if (printer->given->json)
        return hf_json_line(hf_json_result(ending, printer->folder)) ? HF_ERR_NO_MEMORY : HF_ERR_OK;
    hf_show_result(ending, printer->folder, printer->colours, stdout);
    return ferror(stdout) ? HF_ERR_IO : HF_ERR_OK;
}

static enum hf_err on_listed(void *context, const struct hf_ending *ending)
{
    struct printer *printer = context;
    printer->rows++;
    printer->after_seq = ending->entry.seq;
    if (printer->given->follow && ending->number > printer->after)
        return HF_ERR_OK; /* it is still to come, as news */
    return print_one(printer, ending);
}

static enum hf_err on_new(void *context, const struct hf_ending *ending)
{
    struct printer *printer = context;
    printer->rows++;
    printer->after = ending->number;
    return print_one(printer, ending);
}

/* A broken pipe and the like: main finds stdout's error; a ledger's was not told yet. */
static int fail(const struct printer *printer, enum hf_err err, const struct hf_fault *fault)
{
    if (err != HF_ERR_OK && fault->err != HF_ERR_OK)
        return hf_out_fault(printer->command, fault);
    return err == HF_ERR_OK ? HF_EXIT_OK : HF_EXIT_FAILED;
}

/* --- All of them --- */

/* Page by page: a listing that stays open would keep the ledger's log from being folded in. */
static int print_all(struct printer *printer)
{
    struct hf_fault fault = {0};
    struct hf_ledger *ledger = printer->desk->ledger;
    enum hf_err err = HF_ERR_OK;
    do {
        printer->rows = 0;
        err = hf_results_list(ledger, printer->job.number, printer->after_seq, PAGE, on_listed,
                              printer, &fault);
    } while (err == HF_ERR_OK && printer->rows == PAGE);
    return fail(printer, err, &fault);
}

static int print_new(void *context)
{
    struct hf_fault fault = {0};
    struct printer *printer = context;
    enum hf_err err = HF_ERR_OK;
    do {
        printer->rows = 0;
        err = hf_results_since(printer->desk->ledger, printer->job.number, printer->after, PAGE,
                               on_new, printer, &fault);
    } while (err == HF_ERR_OK && printer->rows == PAGE);
    fflush(stdout);
    return fail(printer, err, &fault);
}

static int print_head(const struct printer *printer, int code)
{
    struct hf_fault fault = {0};
    struct hf_counts counts;
    char line[HF_BAR_LINE_MAX];
    const struct hf_job *job = &printer->job;
    const struct options *given = printer->given;
    if (given->json || given->raw || given->csv || given->out)
        return code;
    if (hf_jobs_counts(printer->desk->ledger, job->number, &counts, &fault))
        return hf_out_fault(printer->command, &fault);
    hf_bar_counts(&counts, line);
    printf("Job %" PRId64 "%s%s, handler %s, %s %s: %s\n", job->number, job->name[0] ? " " : "",
           job->name, job->handler[0] ? job->handler : "by default",
           hf_target_kind_text(job->target.kind), job->target.name, line);
    return code;
}

static int follow(struct printer *printer)
{
    struct hf_fault fault = {0};
    struct hf_watch watch = {.command = printer->command,
                             .desk = printer->desk,
                             .job = &printer->job,
                             .news = print_new,
                             .context = printer};
    /* First the newest report, then the list: so nothing falls between the list and the news. */
    if (hf_results_newest(printer->desk->ledger, &printer->after, &fault))
        return hf_out_fault(printer->command, &fault);
    int code = print_all(printer);
    fflush(stdout);
    if (code == HF_EXIT_OK)
        code = hf_desk_connect(printer->command, printer->desk, true);
    if (code == HF_EXIT_OK)
        code = hf_watch_end(&watch);
    if (printer->desk->courier)
        hf_desk_tell_strays(printer->desk);
    return print_head(printer, code);
}

/* --- Strays --- */

static enum hf_err on_stray(void *context, const struct hf_stray *stray)
{
    struct printer *printer = context;
    char when[HF_OUT_SHORT];
    printer->rows++;
    if (printer->given->json)
        return hf_json_line(hf_json_stray(stray, printer->folder)) ? HF_ERR_NO_MEMORY : HF_ERR_OK;
    hf_out_time(when, stray->received_ms / 1000);
    printf("%s  %s  from %s  task %s  %" PRIu64 " bytes\n    %s\n", when, stray->queue,
           stray->sender[0] ? stray->sender : "nobody", stray->task[0] ? stray->task : "-",
           stray->body.size, stray->reason);
    return ferror(stdout) ? HF_ERR_IO : HF_ERR_OK;
}

static int print_strays(struct printer *printer)
{
    struct hf_fault fault = {0};
    enum hf_err err =
        hf_strays_list(printer->desk->ledger, HF_STRAYS_MAX, on_stray, printer, &fault);
    if (err == HF_ERR_OK && printer->rows == 0 && !printer->given->json)
        fputs("No message is stray.\n", stderr);
    return fail(printer, err, &fault);
}

/* --- The command --- */

static int tell_files(const struct printer *printer, int code)
{
    if (printer->given->out && printer->undone > 0)
        fprintf(stderr,
                "holdfast results: %" PRId64 " file%s written; %" PRId64
                " task%s not done and %s none: holdfast tasks %" PRId64 "\n",
                printer->written, printer->written == 1 ? "" : "s", printer->undone,
                printer->undone == 1 ? " is" : "s are", printer->undone == 1 ? "has" : "have",
                printer->job.number);
    return code;
}

static int results(struct printer *printer, const char *job)
{
    const struct options *given = printer->given;
    struct hf_fault fault = {0};
    int synced = HF_EXIT_OK;
    if (!given->offline && !given->follow)
        synced = hf_desk_sync(printer->command, printer->desk);
    if (given->strays) {
        int code = print_strays(printer);
        return code ? code : synced;
    }
    int code = hf_desk_find_job(printer->command, printer->desk, job, &printer->job);
    if (code != HF_EXIT_OK)
        return code;
    if (given->out && hf_outfiles_open(given->out, &fault))
        return hf_out_fault(printer->command, &fault);
    if (given->csv)
        hf_csv_header(stdout);
    if (given->follow)
        return tell_files(printer, follow(printer));
    code = print_head(printer, HF_EXIT_OK);
    if (code == HF_EXIT_OK)
        code = tell_files(printer, print_all(printer));
    return code ? code : synced;
}

static enum hf_err check(const struct options *given, int operands, char **argv,
                         struct hf_fault *fault)
{
    if (operands > 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "\"%s\" is one argument too many", argv[1]);
    if (given->raw + given->json + given->csv + (given->out != NULL) > 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--raw, --json, --csv and --out exclude each other");
    if (given->follow && given->offline)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--follow and --offline exclude each other");
    if (given->strays && (operands > 0 || given->follow || given->raw || given->csv || given->out))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--strays goes with --json and --offline only: they are of no job");
    return HF_ERR_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_fault fault = {0};
    struct hf_desk desk;
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault) ||
        check(&given, operands, argv, &fault))
        return hf_out_usage(command, &fault);
    struct printer printer = {
        .command = command, .given = &given, .desk = &desk, .colours = hf_paint_wanted(stdout)};
    int code = hf_desk_open(command, &desk);
    hf_home_path(&desk.home, HF_HOME_BODIES, "", printer.folder);
    if (code == HF_EXIT_OK)
        code = results(&printer, operands > 0 ? argv[0] : NULL);
    hf_desk_close(&desk);
    return code;
}

const struct hf_command hf_command_results = {
    .name = "results",
    .summary = "Print what came out of a job",
    .usage = "[JOB] [--follow] [--json | --csv | --raw | --out FOLDER] [--offline]\n--strays "
             "[--json] [--offline]",
    .options = options,
    .details = details,
    .run = run,
};
