#include "cli/desk.h"
#include "cli/json.h"
#include "cli/output.h"
#include "ledger/backup.h"
#include "ledger/check.h"
#include "ledger/prune.h"
#include "link/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct options {
    int64_t older_ms;
    bool repair, dry_run, vacuum, json;
};

static const struct hf_option options[] = {
    {"older-than", HF_OPTION_DURATION_MS, offsetof(struct options, older_ms), "TIME",
     "prune: jobs that ended longer ago than that.", 1, INT64_MAX},
    {"dry-run", HF_OPTION_FLAG, offsetof(struct options, dry_run), NULL,
     "prune: say what would go.", 0, 0},
    {"vacuum", HF_OPTION_FLAG, offsetof(struct options, vacuum), NULL,
     "prune: give the space back to the disk; needs as much again\n"
     "while it works, and nobody else can write meanwhile.",
     0, 0},
    {"repair", HF_OPTION_FLAG, offsetof(struct options, repair), NULL,
     "check: count tasks anew where a count is wrong.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "check looks whether the ledger is sound: the database, what its tables say of each\n"
    "other, and the files of large payloads and outputs. Exits with 1 when it is not.\n"
    "\n"
    "backup copies it while others work with it: the database to FILE, large payloads and\n"
    "outputs to the folder FILE.bodies. To restore, with nothing else running, put them back\n"
    "as ledger.db and bodies/ in the data folder.\n"
    "\n"
    "prune removes jobs that have ended, with their tasks and results, and old events.\n"
    "\n"
    "Examples:\n"
    "  holdfast ledger check\n"
    "  holdfast ledger backup /mnt/backup/holdfast-$(date +%F).db\n"
    "  holdfast ledger prune --older-than 30d --dry-run\n";

/* --- check --- */

static enum hf_err print_problem(void *context, const char *problem)
{
    const struct options *given = context;
    if (!given->json)
        printf("%s\n", problem);
    else
        fprintf(stderr, "%s\n", problem);
    return HF_ERR_OK;
}

static int check(const struct hf_command *command, struct hf_desk *desk, struct options *given)
{
    struct hf_fault fault = {0};
    struct hf_check found;
    if (hf_ledger_check(desk->ledger, given->repair, print_problem, given, &found, &fault))
        return hf_out_fault(command, &fault);
    int64_t left = found.problems - found.mended;
    int code = left > 0 ? HF_EXIT_FAILED : HF_EXIT_OK;
    if (given->json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddBoolToObject(object, "sound", left == 0);
        cJSON_AddNumberToObject(object, "problems", (double)found.problems);
        cJSON_AddNumberToObject(object, "mended", (double)found.mended);
        cJSON_AddNumberToObject(object, "tasks", (double)found.tasks);
        cJSON_AddNumberToObject(object, "results", (double)found.results);
        cJSON_AddNumberToObject(object, "files", (double)found.files);
        cJSON_AddNumberToObject(object, "unused_files", (double)found.unused);
        int printed = hf_json_line(object);
        return code ? code : printed;
    }
    printf("%s: %" PRId64 " tasks, %" PRId64 " results, %" PRId64 " files%s\n",
           left > 0 ? "NOT sound" : "Sound", found.tasks, found.results, found.files,
           found.mended > 0 ? "; counts were made anew" : "");
    if (found.unused > 0)
        printf("%" PRId64 " files are of no use any more; \"holdfast ledger prune\" removes them\n",
               found.unused);
    if (left > 0)
        puts("To mend: counts with --repair; the rest from a backup (holdfast help ledger)");
    return code;
}

/* --- backup --- */

static int backup(const struct hf_command *command, struct hf_desk *desk,
                  const struct options *given, const char *path)
{
    struct hf_fault fault = {0};
    struct hf_backup done;
    char size[HF_OUT_SHORT];
    enum hf_err err = hf_ledger_backup(desk->ledger, path, &done, &fault);
    if (err == HF_ERR_EXISTS)
        return hf_out_usage(command, &fault);
    if (err != HF_ERR_OK)
        return hf_out_fault(command, &fault);
    if (given->json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "file", path);
        cJSON_AddNumberToObject(object, "bytes", (double)done.bytes);
        cJSON_AddNumberToObject(object, "body_files", (double)done.files);
        return hf_json_line(object);
    }
    hf_out_bytes(size, (uint64_t)done.bytes);
    printf("%s, %s", path, size);
    if (done.files > 0)
        printf(", and %" PRId64 " files in %s.bodies", done.files, path);
    putchar('\n');
    return HF_EXIT_OK;
}

/* --- prune --- */

static int prune(const struct hf_command *command, struct hf_desk *desk,
                 const struct options *given)
{
    struct hf_fault fault = {0};
    struct hf_pruned gone;
    struct hf_prune wanted = {.before_ms = hf_clock_unix_ms() - given->older_ms,
                              .dry_run = given->dry_run,
                              .vacuum = given->vacuum};
    if (hf_ledger_prune(desk->ledger, &wanted, &gone, &fault))
        return hf_out_fault(command, &fault);
    if (given->json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddBoolToObject(object, "dry_run", given->dry_run);
        cJSON_AddNumberToObject(object, "jobs", (double)gone.jobs);
        cJSON_AddNumberToObject(object, "tasks", (double)gone.tasks);
        cJSON_AddNumberToObject(object, "strays", (double)gone.strays);
        cJSON_AddNumberToObject(object, "events", (double)gone.events);
        cJSON_AddNumberToObject(object, "files", (double)gone.files);
        return hf_json_line(object);
    }
    printf("%s %" PRId64 " jobs with %" PRId64 " tasks, %" PRId64 " strays, %" PRId64
           " events, %" PRId64 " files%s\n",
           given->dry_run ? "Would remove" : "Removed", gone.jobs, gone.tasks, gone.strays,
           gone.events, gone.files, given->dry_run ? " (and those that only these jobs use)" : "");
    return HF_EXIT_OK;
}

/* --- The command --- */

static enum hf_err check_words(const struct options *given, int operands, char **argv,
                               struct hf_fault *fault)
{
    static const char *const known[] = {"check", "backup", "prune", NULL};
    size_t which = 0;
    enum hf_err err = hf_args_choose(known, operands > 0 ? argv[0] : NULL, &which, fault);
    if (err)
        return err;
    const bool is_check = which == 0, is_backup = which == 1, is_prune = which == 2;
    if (is_backup && operands < 2)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "backup to which FILE?");
    if (operands > 1 + is_backup)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "\"%s\" is one argument too many",
                            argv[1 + is_backup]);
    if (is_prune && given->older_ms == 0)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "prune wants --older-than, such as --older-than 30d");
    if ((given->older_ms || given->dry_run || given->vacuum) && !is_prune)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--older-than, --dry-run and --vacuum go with prune");
    if (given->repair && !is_check)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--repair goes with check");
    return HF_ERR_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_fault fault = {0};
    struct hf_desk desk;
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault) ||
        check_words(&given, operands, argv, &fault))
        return hf_out_usage(command, &fault);
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK && argv[0][0] == 'c')
        code = check(command, &desk, &given);
    else if (code == HF_EXIT_OK && argv[0][0] == 'b')
        code = backup(command, &desk, &given, argv[1]);
    else if (code == HF_EXIT_OK)
        code = prune(command, &desk, &given);
    hf_desk_close(&desk);
    return code;
}

const struct hf_command hf_command_ledger = {
    .name = "ledger",
    .summary = "Check, copy and prune what is known of tasks",
    .usage = "check [--repair] [--json]\nbackup FILE [--json]\n"
             "prune --older-than TIME [--dry-run] [--vacuum] [--json]",
    .options = options,
    .details = details,
    .run = run,
};
