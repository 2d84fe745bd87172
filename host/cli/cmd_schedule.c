#include "cli/desk.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/table.h"
#include "link/clock.h"
#include "manager/schedule.h"

#include <inttypes.h>
#include <string.h>

struct options {
    const char *remove, *pause, *resume;
    bool json;
};

static const struct hf_option options[] = {
    {"remove", HF_OPTION_TEXT, offsetof(struct options, remove), "SCHEDULE",
     "Take it back; jobs that it has made stay.", 0, 0},
    {"pause", HF_OPTION_TEXT, offsetof(struct options, pause), "SCHEDULE",
     "Make no more jobs of it, until --resume.", 0, 0},
    {"resume", HF_OPTION_TEXT, offsetof(struct options, resume), "SCHEDULE",
     "Go on with it; runs that came meanwhile are left out.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object a line.",
     0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Lists what \"submit --at\" and \"submit --every\" have ordered, the newest first.\n"
    "SCHEDULE is its number, its id, or its name.\n"
    "\n"
    "Examples:\n"
    "  holdfast schedule\n"
    "  holdfast schedule --pause nightly\n"
    "  holdfast schedule --remove 3\n";

static cJSON *json_of(const struct hf_schedule *schedule)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "schedule", (double)schedule->number);
    cJSON_AddStringToObject(object, "id", schedule->id);
    cJSON_AddStringToObject(object, "job_name", schedule->name);
    cJSON_AddStringToObject(object, "handler", schedule->handler);
    cJSON_AddStringToObject(object, hf_target_kind_text(schedule->target.kind),
                            schedule->target.name);
    cJSON_AddStringToObject(object, "every", schedule->rule);
    cJSON_AddNumberToObject(object, "next_ms", (double)schedule->next_ms);
    cJSON_AddNumberToObject(object, "last_ms", (double)schedule->last_ms);
    cJSON_AddNumberToObject(object, "last_job", (double)schedule->last_job);
    cJSON_AddNumberToObject(object, "runs", (double)schedule->runs);
    cJSON_AddNumberToObject(object, "tasks", (double)schedule->tasks);
    cJSON_AddBoolToObject(object, "paused", schedule->paused);
    cJSON_AddNumberToObject(object, "created_ms", (double)schedule->created_ms);
    return object;
}

static enum hf_err print_json(void *context, const struct hf_schedule *schedule)
{
    (void)context;
    return hf_json_line(json_of(schedule)) ? HF_ERR_NO_MEMORY : HF_ERR_OK;
}

static enum hf_err add_row(void *context, const struct hf_schedule *schedule)
{
    struct hf_table *table = context;
    char next[HF_OUT_SHORT];
    char last[HF_OUT_SHORT];
    hf_out_time(next, schedule->next_ms / 1000);
    hf_out_time(last, schedule->last_ms / 1000);
    hf_table_cell(table, "%" PRId64, schedule->number);
    hf_table_cell(table, "%s", schedule->name);
    hf_table_cell(table, "%s", schedule->rule[0] ? schedule->rule : "once");
    hf_table_cell(table, "%s", schedule->paused ? "paused" : schedule->next_ms ? next : "over");
    hf_table_cell(table, "%s", last);
    hf_table_cell(table, "%" PRId64, schedule->last_job);
    hf_table_cell(table, "%" PRId64, schedule->runs);
    hf_table_cell(table, "%s", schedule->handler);
    hf_table_cell(table, "%" PRId64, schedule->tasks);
    return HF_ERR_OK;
}

static int list(const struct hf_command *command, struct hf_desk *desk, bool json)
{
    static const char *const titles[] = {"NO",  "NAME", "EVERY",   "NEXT", "LAST",
                                         "JOB", "RUNS", "HANDLER", "TASKS"};
    struct hf_fault fault = {0};
    struct hf_table table = {.columns = sizeof titles / sizeof titles[0]};
    for (size_t i = 0; i < table.columns; i++)
        hf_table_cell(&table, "%s", titles[i]);
    enum hf_err err = json ? hf_schedules_list(desk->ledger, print_json, NULL, &fault)
                           : hf_schedules_list(desk->ledger, add_row, &table, &fault);
    if (err == HF_ERR_OK && !json && table.count > table.columns)
        hf_table_print(&table, stdout);
    else if (err == HF_ERR_OK && !json)
        puts("Nothing is scheduled. To order something: holdfast submit ... --every \"0 3 * * *\"");
    hf_table_free(&table);
    return err == HF_ERR_OK ? HF_EXIT_OK : hf_out_fault(command, &fault);
}

static enum hf_err change(struct hf_ledger *ledger, const struct options *given,
                          const struct hf_schedule *schedule, struct hf_fault *fault)
{
    if (given->remove)
        return hf_schedules_remove(ledger, schedule->number, fault);
    if (given->pause)
        return hf_schedules_pause(ledger, schedule->number, true, schedule->next_ms, fault);
    return hf_schedule_resume(ledger, schedule, hf_clock_unix_ms(), fault);
}

static int steer(const struct hf_command *command, struct hf_desk *desk,
                 const struct options *given)
{
    struct hf_fault fault = {0};
    struct hf_schedule schedule;
    const char *text = given->remove ? given->remove : given->pause ? given->pause : given->resume;
    enum hf_err err = hf_schedules_find(desk->ledger, text, &schedule, &fault);
    if (err == HF_ERR_NOT_FOUND) {
        (void)hf_out_fault(command, &fault);
        return HF_EXIT_USAGE;
    }
    if (err == HF_ERR_OK)
        err = change(desk->ledger, given, &schedule, &fault);
    if (err == HF_ERR_OK && !given->remove)
        err = hf_schedules_find(desk->ledger, schedule.id, &schedule, &fault);
    if (err != HF_ERR_OK)
        return hf_out_fault(command, &fault);
    if (given->json)
        return hf_json_line(json_of(&schedule));
    printf("Schedule %" PRId64 " %s\n", schedule.number,
           given->remove  ? "is gone."
           : given->pause ? "is paused."
                          : "goes on.");
    return HF_EXIT_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_fault fault = {0};
    struct hf_desk desk;
    if (hf_args_parse_options(options, argc, argv, &given, &fault))
        return hf_out_usage(command, &fault);
    int steers = (given.remove != NULL) + (given.pause != NULL) + (given.resume != NULL);
    if (steers > 1) {
        hf_fault_set(&fault, HF_ERR_INVALID, 0,
                     "--remove, --pause and --resume exclude each other");
        return hf_out_usage(command, &fault);
    }
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK)
        code = steers ? steer(command, &desk, &given) : list(command, &desk, given.json);
    hf_desk_close(&desk);
    return code;
}

const struct hf_command hf_command_schedule = {
    .name = "schedule",
    .summary = "List and steer what is to come",
    .usage = "[--json]\n--remove SCHEDULE | --pause SCHEDULE | --resume SCHEDULE",
    .options = options,
    .details = details,
    .run = run,
};
