#include "broker/management.h"
#include "cli/desk.h"
#include "cli/known.h"
#include "cli/output.h"
#include "ledger/tasks.h"
#include "link/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAGE 500

struct options {
    const char *board;
    bool yes, json;
};

static const struct hf_option options[] = {
    {"to", HF_OPTION_TEXT, offsetof(struct options, board), "BOARD",
     "What waits for that board alone, in place of a pool.", 0, 0},
    {"yes", HF_OPTION_FLAG, offsetof(struct options, yes), NULL, "Don't ask.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Cancels every task that waits for a pool, or for one board, and empties its queue.\n"
    "What a board has in hand goes on, even where the ledger says cancelled then because\n"
    "it had not heard of the beginning: \"holdfast cancel JOB\" stops it, also afterwards.\n"
    "The ledger says cancelled first, so nothing of it is ever published again. On a\n"
    "terminal it asks; elsewhere --yes is needed.\n"
    "\n"
    "Examples:\n"
    "  holdfast purge lab\n"
    "  holdfast purge --to kitchen --yes\n";

struct page {
    size_t count;
    int64_t numbers[PAGE];
};

static enum hf_err keep(void *context, const struct hf_entry *entry)
{
    struct page *page = context;
    page->numbers[page->count++] = entry->number;
    return HF_ERR_OK;
}

static enum hf_err cancel_page(struct hf_ledger *ledger, const struct page *page,
                               int64_t *cancelled, struct hf_fault *fault)
{
    enum hf_err err = hf_ledger_begin(ledger, fault);
    for (size_t i = 0; i < page->count && err == HF_ERR_OK; i++) {
        bool moved = false;
        err = hf_tasks_cancel(ledger, page->numbers[i], "purged by hand", hf_clock_unix_ms(),
                              &moved, fault);
        *cancelled += moved;
    }
    if (err == HF_ERR_OK)
        return hf_ledger_commit(ledger, fault);
    hf_ledger_rollback(ledger);
    return err;
}

/* What is cancelled waits no more, so each page is the first one. */
static enum hf_err cancel_waiting(struct hf_ledger *ledger, const struct hf_target *target,
                                  int64_t *cancelled, struct hf_fault *fault)
{
    static const enum hf_state waiting[] = {HF_STATE_PENDING, HF_STATE_QUEUED};
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; i < sizeof waiting / sizeof waiting[0] && !err; i++) {
        struct page page;
        struct hf_tasks_filter filter = {
            .by_state = true, .state = waiting[i], .target = target, .limit = PAGE};
        do {
            page.count = 0;
            err = hf_tasks_list(ledger, &filter, keep, &page, fault);
            if (err == HF_ERR_OK && page.count > 0)
                err = cancel_page(ledger, &page, cancelled, fault);
        } while (err == HF_ERR_OK && page.count == PAGE);
    }
    return err;
}

static enum hf_err empty_queue(const struct hf_broker_settings *settings,
                               const struct hf_target *target, struct hf_fault *fault)
{
    char queue[HF_ROUTE_MAX + 1], path[HF_MANAGEMENT_PATH_MAX + 1];
    struct hf_management *management = NULL;
    hf_route(queue, target->kind == HF_TARGET_POOL ? HF_QUEUE_TASKS_PREFIX : HF_QUEUE_DEVICE_PREFIX,
             target->name);
    enum hf_err err = hf_management_open(settings, &management, fault);
    if (!err) {
        snprintf(path, sizeof path, "queues/%s/%s/contents",
                 hf_management_vhost_escaped(management), queue);
        err = hf_management_call(management, "DELETE", path, NULL, NULL, fault);
    }
    if (err == HF_ERR_NOT_FOUND)
        hf_fault_set(fault, err, 0, "there is no %s %s: the broker has no queue %s",
                     hf_target_kind_text(target->kind), target->name, queue);
    hf_management_close(management);
    return err;
}

/* Only an outright yes is one. */
static bool is_agreed(const struct hf_target *target, bool yes)
{
    char answer[16] = "";
    if (yes)
        return true;
    fprintf(stderr, "Cancel all that waits for %s %s? [y/N] ", hf_target_kind_text(target->kind),
            target->name);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int print(const struct hf_target *target, int64_t cancelled, bool has_queue, bool json)
{
    if (json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, hf_target_kind_text(target->kind), target->name);
        cJSON_AddNumberToObject(object, "cancelled", (double)cancelled);
        return hf_out_json(object);
    }
    printf("%s %s: %" PRId64 " cancelled, %s\n", hf_target_kind_text(target->kind), target->name,
           cancelled, has_queue ? "its queue is empty" : "it has no queue");
    return HF_EXIT_OK;
}

static int fail(const struct hf_command *command, const struct hf_desk *desk,
                const struct hf_target *target, struct hf_fault *fault)
{
    const bool unknown = fault->err == HF_ERR_NOT_FOUND;
    if (unknown)
        hf_known_suggest(desk->ledger, target->kind == HF_TARGET_POOL ? "POOL" : "BOARD",
                         target->name, fault);
    const int code = hf_out_fault(command, fault);
    return unknown ? HF_EXIT_USAGE : code;
}

/* Tasks may have waited for a pool that is not there yet. */
static int purge(const struct hf_command *command, const struct hf_target *target, bool json)
{
    struct hf_desk desk;
    struct hf_fault fault = {0};
    struct hf_broker_settings settings;
    int64_t cancelled = 0;
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK && hf_broker_settings_load(&desk.home, &settings, &fault))
        code = hf_out_setting(command, &fault);
    if (code == HF_EXIT_OK) {
        enum hf_err err = cancel_waiting(desk.ledger, target, &cancelled, &fault);
        if (!err)
            err = empty_queue(&settings, target, &fault);
        if (!err || (err == HF_ERR_NOT_FOUND && cancelled > 0))
            code = print(target, cancelled, !err, json);
        else
            code = fail(command, &desk, target, &fault);
    }
    hf_desk_close(&desk);
    return code;
}

static enum hf_err read_target(const struct options *given, int operands, char **argv,
                               struct hf_target *target, struct hf_fault *fault)
{
    const char *name = given->board ? given->board : argv[0];
    if (operands != (given->board ? 0 : 1))
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "either one POOL or --to BOARD is wanted");
    target->kind = given->board ? HF_TARGET_BOARD : HF_TARGET_POOL;
    if (!hf_name_valid(hf_str(name)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "\"%.60s\" cannot be a name here", name);
    hf_str_copy(target->name, sizeof target->name, hf_str(name));
    if (!given->yes && !isatty(STDIN_FILENO))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "nobody can be asked here: --yes cancels all that waits for %s", name);
    return HF_ERR_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_fault fault = {0};
    struct hf_target target = {0};
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault) ||
        read_target(&given, operands, argv, &target, &fault))
        return hf_out_usage(command, &fault);
    if (!is_agreed(&target, given.yes)) {
        fputs("Nothing was done.\n", stderr);
        return HF_EXIT_FAILED;
    }
    return purge(command, &target, given.json);
}

const struct hf_command hf_command_purge = {
    .name = "purge",
    .summary = "Cancel all that waits for a pool or a board",
    .usage = "POOL [--yes] [--json]\n--to BOARD [--yes] [--json]",
    .options = options,
    .details = details,
    .run = run,
};
