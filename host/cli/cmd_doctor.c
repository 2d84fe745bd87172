#include "cli/desk.h"
#include "cli/output.h"
#include "cli/paint.h"
#include "link/clock.h"
#include "manager/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUIET_MS 150

struct options {
    bool fix, all, json;
};

static const struct hf_option options[] = {
    {"fix", HF_OPTION_FLAG, offsetof(struct options, fix), NULL,
     "First declare what is missing on the broker or was changed there;\n"
     "nothing is ever deleted.",
     0, 0},
    {"all", HF_OPTION_FLAG, offsetof(struct options, all), NULL, "Print what is fine too.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Looks at certificates, the way to the broker (every address of a cluster), its version,\n"
    "clock, disk and memory, exchanges, queues, policies (delivery limits, dead-lettering),\n"
    "the consumer timeout against the time limits of tasks, and silent boards. Beside each\n"
    "finding stands what mends it. Exits with 0 when nothing is bad, with 1 when something\n"
    "is, with 3 when the broker is out of reach.\n"
    "\n"
    "Examples:\n"
    "  holdfast doctor\n"
    "  holdfast doctor --fix\n"
    "  holdfast doctor --json | jq '.findings[] | select(.state != \"ok\")'\n";

static int print_json(const struct hf_findings *findings)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddBoolToObject(root, "healthy", hf_findings_count(findings, HF_FINDING_BAD) == 0);
    cJSON *list = cJSON_AddArrayToObject(root, "findings");
    for (size_t i = 0; i < findings->count; i++) {
        const struct hf_finding *finding = &findings->list[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "state", hf_finding_text(finding->state));
        cJSON_AddStringToObject(object, "check", finding->check);
        cJSON_AddStringToObject(object, "text", finding->text);
        cJSON_AddStringToObject(object, "mend", finding->mend);
        cJSON_AddItemToArray(list, object);
    }
    return hf_out_json(root);
}

static enum hf_paint paint_of(enum hf_finding_state state)
{
    switch (state) {
    case HF_FINDING_FINE: return HF_PAINT_GOOD;
    case HF_FINDING_NOTE: return HF_PAINT_FAINT;
    case HF_FINDING_WARNING: return HF_PAINT_BUSY;
    case HF_FINDING_BAD: break;
    }
    return HF_PAINT_BAD;
}

static int print_words(const struct hf_findings *findings, bool all)
{
    bool colours = hf_paint_wanted(stdout);
    for (size_t i = 0; i < findings->count; i++) {
        const struct hf_finding *finding = &findings->list[i];
        if (finding->state == HF_FINDING_FINE && !all)
            continue;
        printf("%s%-4s%s  %s: %s\n", hf_paint_on(colours, paint_of(finding->state)),
               hf_finding_text(finding->state), hf_paint_off(colours), finding->check,
               finding->text);
        if (finding->mend[0])
            printf("      mend: %s\n", finding->mend);
    }
    const size_t warnings = hf_findings_count(findings, HF_FINDING_WARNING);
    printf("%zu fine, %zu warning%s, %zu bad\n", hf_findings_count(findings, HF_FINDING_FINE),
           warnings, warnings == 1 ? "" : "s", hf_findings_count(findings, HF_FINDING_BAD));
    return HF_EXIT_OK;
}

/* Nobody let the manager in. */
static bool is_out_of_reach(const struct hf_findings *findings)
{
    size_t in = 0;
    for (size_t i = 0; i < findings->count; i++)
        in += findings->list[i].state == HF_FINDING_FINE &&
              strcmp(findings->list[i].check, "login") == 0;
    return in == 0;
}

/* What boards said lately waits at the broker. That it cannot be had is the doctor's to say. The
 * desk must not mend behind its back, as it does after a courier. */
static void take_in_events(const struct hf_command *command, struct hf_desk *desk)
{
    struct hf_fault fault;
    if (hf_desk_connect(command, desk, true) == HF_EXIT_OK)
        (void)hf_courier_settle(desk->courier, QUIET_MS, &fault);
    hf_courier_free(desk->courier);
    desk->courier = NULL;
}

static int look(const struct hf_command *command, struct hf_desk *desk, const struct options *given)
{
    struct hf_fault fault = {0};
    struct hf_broker_settings settings;
    if (hf_broker_settings_load(&desk->home, &settings, &fault))
        return hf_out_setting(command, &fault);
    take_in_events(command, desk);
    struct hf_doctor *doctor = calloc(1, sizeof *doctor);
    if (!doctor) {
        hf_fault_set(&fault, HF_ERR_NO_MEMORY, 0, "no memory for the findings");
        return hf_out_fault(command, &fault);
    }
    doctor->home = &desk->home;
    doctor->settings = &settings;
    doctor->ledger = desk->ledger;
    doctor->now_ms = hf_clock_unix_ms();
    doctor->mend = given->fix;
    hf_doctor_run(doctor);
    int code =
        given->json ? print_json(&doctor->findings) : print_words(&doctor->findings, given->all);
    if (code == HF_EXIT_OK && is_out_of_reach(&doctor->findings))
        code = HF_EXIT_UNREACHABLE;
    else if (code == HF_EXIT_OK && hf_findings_count(&doctor->findings, HF_FINDING_BAD) > 0)
        code = HF_EXIT_FAILED;
    free(doctor);
    return code;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_fault fault = {0};
    struct hf_desk desk;
    if (hf_args_parse_options(options, argc, argv, &given, &fault))
        return hf_out_usage(command, &fault);
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK)
        code = look(command, &desk, &given);
    hf_desk_close(&desk);
    return code;
}

const struct hf_command hf_command_doctor = {
    .name = "doctor",
    .summary = "Look at all that has to be right, and say what mends what is not",
    .usage = "[--fix] [--all] [--json]",
    .options = options,
    .details = details,
    .run = run,
};
