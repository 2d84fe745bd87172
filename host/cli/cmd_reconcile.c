#include "cli/desk.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "link/clock.h"
#include "manager/reconcile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct options {
    bool dry_run, json;
};

static const struct hf_option options[] = {
    {"dry-run", HF_OPTION_FLAG, offsetof(struct options, dry_run), NULL,
     "Say what is missing, and publish nothing.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "The ledger is the truth: a task that is queued there, and that no queue of the broker\n"
    "holds and no board reports (its queue was purged, the broker lost its disk), is\n"
    "published again. When tasks are missing it looks a second time after 7 seconds, for\n"
    "the broker's figures lag. \"holdfast serve\" does this by itself, every minute.\n"
    "\n"
    "Examples:\n"
    "  holdfast reconcile --dry-run\n"
    "  holdfast reconcile --json\n";

struct work {
    struct hf_desk desk;
    struct hf_broker_settings settings;
    struct hf_management *management;
    struct hf_reconcile looks[2];
    int64_t missing, again;
};

/* Results come in meanwhile. */
static enum hf_err pass_time(struct hf_courier *courier, struct hf_fault *fault)
{
    int64_t end_ms = hf_clock_mono_ms() + HF_RECONCILE_PAUSE_MS;
    enum hf_err err = HF_ERR_OK;
    while (err == HF_ERR_OK && hf_clock_mono_ms() < end_ms && !hf_interrupt_seen())
        err = hf_courier_step(courier, end_ms, fault);
    return err;
}

static bool any_missing(const struct hf_reconcile *look)
{
    for (size_t i = 0; i < look->count; i++)
        if (hf_reconcile_missing(look, &look->targets[i]) > 0)
            return true;
    return false;
}

static enum hf_err reconcile(struct work *work, bool dry_run, struct hf_fault *fault)
{
    struct hf_ledger *ledger = work->desk.ledger;
    enum hf_err err = hf_management_open(&work->settings, &work->management, fault);
    if (err == HF_ERR_OK)
        err =
            hf_reconcile_look(ledger, work->management, hf_clock_unix_ms(), &work->looks[0], fault);
    if (err != HF_ERR_OK || !any_missing(&work->looks[0]))
        return err;
    err = pass_time(work->desk.courier, fault);
    if (err == HF_ERR_OK)
        err =
            hf_reconcile_look(ledger, work->management, hf_clock_unix_ms(), &work->looks[1], fault);
    if (err != HF_ERR_OK)
        return err;
    hf_reconcile_judge(&work->looks[0], &work->looks[1]);
    for (size_t i = 0; i < work->looks[1].count; i++)
        work->missing += work->looks[1].targets[i].missing;
    if (work->missing == 0 || dry_run)
        return HF_ERR_OK;
    return hf_reconcile_mend(ledger, &work->looks[1], hf_clock_unix_ms(), &work->again, fault);
}

static int print(const struct work *work, const struct options *given)
{
    if (given->json) {
        cJSON *root = cJSON_CreateObject();
        cJSON_AddNumberToObject(root, "missing", (double)work->missing);
        cJSON_AddNumberToObject(root, "published_again", (double)work->again);
        cJSON_AddBoolToObject(root, "dry_run", given->dry_run);
        return hf_out_json(root);
    }
    for (size_t i = 0; i < work->looks[1].count; i++) {
        const struct hf_reconcile_target *target = &work->looks[1].targets[i];
        if (target->missing > 0)
            printf("%s %s: %" PRId64 " of %" PRId64 " open tasks are missing at the broker\n",
                   hf_target_kind_text(target->target.kind), target->target.name, target->missing,
                   target->open);
    }
    if (work->missing == 0)
        puts("Nothing is missing.");
    else if (!given->dry_run)
        printf("%" PRId64 " published again\n", work->again);
    return HF_EXIT_OK;
}

static int work_on(const struct hf_command *command, struct work *work, const struct options *given)
{
    struct hf_fault fault = {0};
    if (hf_broker_settings_load(&work->desk.home, &work->settings, &fault))
        return hf_out_setting(command, &fault);
    int code = hf_desk_sync_quietly(command, &work->desk);
    if (code == HF_EXIT_OK && reconcile(work, given->dry_run, &fault))
        code = hf_out_fault(command, &fault);
    if (code == HF_EXIT_OK)
        code = print(work, given);
    if (code == HF_EXIT_OK && work->again > 0) {
        hf_outbox_wake(hf_courier_outbox(work->desk.courier));
        code = hf_desk_sync_quietly(command, &work->desk);
    }
    return code;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_fault fault = {0};
    if (hf_args_parse_options(options, argc, argv, &given, &fault))
        return hf_out_usage(command, &fault);
    struct work *work = calloc(1, sizeof *work);
    if (!work) {
        hf_fault_set(&fault, HF_ERR_NO_MEMORY, 0, "no memory for reconciling");
        return hf_out_fault(command, &fault);
    }
    hf_interrupt_catch();
    int code = hf_desk_open(command, &work->desk);
    if (code == HF_EXIT_OK)
        code = work_on(command, work, &given);
    hf_management_close(work->management);
    hf_desk_close(&work->desk);
    free(work);
    return hf_interrupt_seen() ? HF_EXIT_INTERRUPTED : code;
}

const struct hf_command hf_command_reconcile = {
    .name = "reconcile",
    .summary = "Publish again what the broker has lost",
    .usage = "[--dry-run] [--json]",
    .options = options,
    .details = details,
    .run = run,
};
