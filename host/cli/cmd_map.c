#include "cli/hand_in.h"
#include "cli/nobody.h"
#include "cli/ordering.h"
#include "cli/outfiles.h"
#include "cli/output.h"
#include "cli/watch.h"
#include "link/clock.h"

#include <inttypes.h>

#define PAGE 200

struct options {
    struct hf_ordering ordering;
};

static const struct hf_option options[] = {
    HF_ORDERING_ROWS(struct options, ordering),
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "A task for each line of standard input (or of FILE), empty ones too; what the\n"
    "handlers wrote goes to standard output in the order of the lines, as soon as it is\n"
    "there, and ends with a line feed. Input is taken in as a whole before the first task\n"
    "is sent. A task that is not done leaves an empty line, and says why on standard error.\n"
    "On a terminal control characters come out as \\xNN.\n"
    "\n"
    "Exits with 0 only if every task is done. Ctrl-C ends the waiting; the job goes on.\n"
    "\n"
    "Examples:\n"
    "  ls *.jpg | holdfast map describe > captions.txt\n"
    "  seq 1000 | holdfast map factor --pool fast --timeout 1m\n";

struct mapping {
    const struct hf_command *command;
    struct hf_desk *desk;
    struct hf_nobody nobody;
    int64_t job;
    int64_t seq;  /* of the last line that is out */
    int64_t rows; /* of the page at hand */
};

static bool ends_a_line(const struct hf_bodies *bodies, const struct hf_body *body)
{
    struct hf_body_reader reader = {0};
    char last = '\0';
    size_t got = 0;
    if (body->size > 0 && hf_body_open(bodies, body, &reader, NULL) == HF_ERR_OK)
        (void)hf_body_read(&reader, body->size - 1, &last, 1, &got, NULL);
    hf_body_close(&reader);
    return last == '\n';
}

static void complain(const struct hf_entry *entry)
{
    fprintf(stderr, "holdfast map: line %" PRId64 " %s%s%s\n", entry->seq,
            hf_state_text(entry->state), entry->reason[0] ? ": " : "", entry->reason);
}

/* HF_ERR_WOULD_READ: the next line is not there yet. */
static enum hf_err put(void *context, const struct hf_ending *ending)
{
    struct mapping *mapping = context;
    struct hf_fault fault = {0};
    const struct hf_entry *entry = &ending->entry;
    const struct hf_bodies *bodies = hf_ledger_bodies(mapping->desk->ledger);
    if (entry->seq != mapping->seq + 1)
        return HF_ERR_WOULD_READ;
    mapping->seq++;
    mapping->rows++;
    enum hf_err err = HF_ERR_OK;
    if (entry->state == HF_STATE_DONE)
        err = hf_outfiles_show(bodies, &ending->body, stdout, &fault);
    else
        complain(entry);
    if (fault.text[0])
        hf_out_fault(mapping->command, &fault);
    if (entry->state != HF_STATE_DONE || !ends_a_line(bodies, &ending->body))
        fputc('\n', stdout);
    return err ? err : ferror(stdout) ? HF_ERR_IO : HF_ERR_OK;
}

static int put_new(void *context)
{
    struct mapping *mapping = context;
    struct hf_fault fault = {0};
    enum hf_err err = HF_ERR_OK;
    hf_nobody_watch(&mapping->nobody);
    do {
        mapping->rows = 0;
        err = hf_results_list(mapping->desk->ledger, mapping->job, mapping->seq, PAGE, put, mapping,
                              &fault);
    } while (err == HF_ERR_OK && mapping->rows == PAGE);
    fflush(stdout);
    if (err == HF_ERR_OK || err == HF_ERR_WOULD_READ)
        return HF_EXIT_OK;
    return fault.err ? hf_out_fault(mapping->command, &fault) : HF_EXIT_FAILED;
}

static int map(void *context, struct hf_desk *desk, const struct hf_entered *entered, int reached)
{
    struct mapping *mapping = context;
    if (reached != HF_EXIT_OK)
        return reached;
    hf_nobody_begin(&mapping->nobody, mapping->command, desk, &entered->job);
    mapping->desk = desk;
    mapping->job = entered->job.number;
    struct hf_watch watch = {.command = mapping->command,
                             .desk = desk,
                             .job = &entered->job,
                             .news = put_new,
                             .context = mapping};
    return hf_watch_end(&watch);
}

static enum hf_err read_all(const struct options *given, int count, char **operands,
                            struct hf_order *order, struct hf_source *source,
                            struct hf_fault *fault)
{
    *order = (struct hf_order){.empty_lines = true};
    *source = (struct hf_source){.kind = HF_SOURCE_LINES, .text = "-"};
    if (count < 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "which HANDLER is to do it?");
    if (count > 2)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "\"%s\" is one argument too many",
                            operands[2]);
    if (count > 1)
        source->text = operands[1];
    return hf_ordering_read(&given->ordering, operands[0], hf_clock_unix_ms(), order, fault);
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
    struct mapping mapping = {.command = command};
    const struct hf_hand_in hand_in = {
        .order = &order, .source = &source, .rest = map, .context = &mapping};
    return hf_hand_in(command, &hand_in);
}

const struct hf_command hf_command_map = {
    .name = "map",
    .summary = "Lines in, a task for each, their results out in order",
    .usage = "HANDLER [FILE | -] [OPTIONS]",
    .options = options,
    .details = details,
    .run = run,
};
