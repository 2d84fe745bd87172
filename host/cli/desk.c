#include "cli/desk.h"

#include "cli/known.h"
#include "cli/output.h"
#include "link/clock.h"
#include "manager/revocation.h"

#include <inttypes.h>
#include <stdio.h>

#define QUIET_MS 150
#define MANY     5000 /* pending tasks that take more than a moment to send */

int hf_desk_open(const struct hf_command *command, struct hf_desk *desk)
{
    struct hf_fault fault = {0};
    char path[HF_PATH_MAX + 1];
    *desk = (struct hf_desk){0};
    if (hf_home_open(&desk->home, &fault))
        return hf_out_setting(command, &fault);
    hf_home_path(&desk->home, HF_HOME_LEDGER, "", path);
    return hf_ledger_open(path, &desk->ledger, &fault) ? hf_out_fault(command, &fault) : HF_EXIT_OK;
}

/* What came in may have proven a new certificate, and so revoked an old one. */
static void follow_revocations(const struct hf_desk *desk)
{
    struct hf_fault fault = {0};
    struct hf_broker_settings settings;
    const struct hf_site site = {.home = &desk->home,
                                 .settings = &settings,
                                 .ledger = desk->ledger,
                                 .now_s = hf_clock_unix_ms() / 1000};
    enum hf_err err = hf_broker_settings_load(&desk->home, &settings, &fault);
    if (!err)
        err = hf_revocation_follow(&site, &fault);
    if (err)
        fprintf(stderr, "holdfast: revoked certificates may still log in: %s\n", fault.text);
}

void hf_desk_close(struct hf_desk *desk)
{
    const bool asked = desk->courier != NULL;
    hf_courier_free(desk->courier);
    if (asked)
        follow_revocations(desk);
    hf_ledger_close(desk->ledger);
    *desk = (struct hf_desk){0};
}

int hf_desk_connect(const struct hf_command *command, struct hf_desk *desk, bool events)
{
    struct hf_fault fault = {0};
    char name[64];
    snprintf(name, sizeof name, "holdfast %s", command->name);
    struct hf_courier_config config = {
        .home = &desk->home, .ledger = desk->ledger, .events = events, .name = name};
    return hf_courier_new(&config, &desk->courier, &fault) ? hf_out_setting(command, &fault)
                                                           : HF_EXIT_OK;
}

void hf_desk_tell_strays(const struct hf_desk *desk)
{
    struct hf_collect_totals totals;
    hf_courier_collected(desk->courier, &totals);
    if (totals.strays > 0)
        fprintf(stderr,
                "holdfast: %" PRIu64 " message%s came in that belong to no task here. See them: "
                "holdfast results --strays\n",
                totals.strays, totals.strays == 1 ? "" : "s");
}

/* A command that seems to hang is no command that people like. */
static void tell_pending(const struct hf_desk *desk)
{
    struct hf_counts counts;
    if (hf_jobs_counts_all(desk->ledger, &counts, NULL) == HF_ERR_OK &&
        counts.of[HF_STATE_PENDING] >= MANY)
        fprintf(stderr, "holdfast: sending %" PRId64 " tasks that are pending\n",
                counts.of[HF_STATE_PENDING]);
}

int hf_desk_take_in(const struct hf_command *command, struct hf_desk *desk)
{
    struct hf_fault fault = {0};
    int code = desk->courier ? HF_EXIT_OK : hf_desk_connect(command, desk, true);
    if (code == HF_EXIT_OK)
        tell_pending(desk);
    if (code == HF_EXIT_OK && hf_courier_settle(desk->courier, QUIET_MS, &fault))
        code = hf_out_fault(command, &fault);
    if (desk->courier)
        hf_desk_tell_strays(desk);
    return code;
}

int hf_desk_sync_quietly(const struct hf_command *command, struct hf_desk *desk)
{
    int code = hf_desk_take_in(command, desk);
    if (code != HF_EXIT_OK)
        fputs("holdfast: what is pending goes out with the next command that reaches the broker\n",
              stderr);
    return code;
}

int hf_desk_sync(const struct hf_command *command, struct hf_desk *desk)
{
    int code = hf_desk_take_in(command, desk);
    if (code != HF_EXIT_OK)
        fputs("holdfast: below is what the ledger knew before\n", stderr);
    return code;
}

int hf_desk_view(const struct hf_command *command, bool offline, hf_desk_show *show, void *context)
{
    struct hf_desk desk;
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK) {
        const int synced = offline ? HF_EXIT_OK : hf_desk_sync(command, &desk);
        const int shown = show(command, &desk, context);
        code = shown ? shown : synced;
    }
    hf_desk_close(&desk);
    return code;
}

int hf_desk_find_job(const struct hf_command *command, const struct hf_desk *desk, const char *text,
                     struct hf_job *out)
{
    struct hf_fault fault = {0};
    enum hf_err err = hf_jobs_find(desk->ledger, text, out, &fault);
    if (err == HF_ERR_OK)
        return HF_EXIT_OK;
    bool wrong_argument = text && (err == HF_ERR_NOT_FOUND || err == HF_ERR_INVALID);
    if (text && err == HF_ERR_NOT_FOUND)
        hf_known_suggest(desk->ledger, "JOB", text, &fault);
    int code = hf_out_fault(command, &fault);
    return wrong_argument ? HF_EXIT_USAGE : code;
}
