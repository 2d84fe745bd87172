#include "cli/desk.h"
#include "cli/known.h"
#include "cli/output.h"
#include "ledger/boards.h"
#include "ledger/certificates.h"
#include "ledger/tasks.h"
#include "link/clock.h"
#include "manager/retire.h"
#include "manager/revocation.h"

#include <inttypes.h>
#include <stdio.h>

#define PAGE 200

struct options {
    bool force, json;
};

static const struct hf_option options[] = {
    {"force", HF_OPTION_FLAG, offsetof(struct options, force), NULL,
     "Although tasks are pinned to it: they are cancelled.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "For a board that is gone for good, sold or stolen: it can log in no more, its own\n"
    "queues are deleted, and what it still reports is refused. A task of its pool that it\n"
    "has in hand goes to another board. What it did stays in the ledger. It is back with\n"
    "\"holdfast enroll NAME --force\".\n"
    "\n"
    "Examples:\n"
    "  holdfast retire kitchen\n"
    "  holdfast retire kitchen --force      tasks for it alone are cancelled\n";

/* Open tasks that only that board may do. */
struct pinned {
    size_t count;
    int64_t numbers[PAGE];
};

static enum hf_err keep(void *context, const struct hf_entry *entry)
{
    struct pinned *pinned = context;
    pinned->numbers[pinned->count++] = entry->number;
    return HF_ERR_OK;
}

static enum hf_err find_pinned(struct hf_ledger *ledger, const char *board, struct pinned *out,
                               struct hf_fault *fault)
{
    static const enum hf_state open[] = {HF_STATE_PENDING, HF_STATE_QUEUED, HF_STATE_RUNNING};
    struct hf_target target = {.kind = HF_TARGET_BOARD};
    enum hf_err err = HF_ERR_OK;
    hf_str_copy(target.name, sizeof target.name, hf_str(board));
    out->count = 0;
    for (size_t i = 0; i < sizeof open / sizeof open[0] && !err && out->count < PAGE; i++) {
        struct hf_tasks_filter filter = {.by_state = true,
                                         .state = open[i],
                                         .target = &target,
                                         .limit = (int64_t)(PAGE - out->count)};
        err = hf_tasks_list(ledger, &filter, keep, out, fault);
    }
    return err;
}

static enum hf_err cancel_pinned(struct hf_ledger *ledger, const char *board, int64_t *cancelled,
                                 struct hf_fault *fault)
{
    struct pinned pinned;
    enum hf_err err = find_pinned(ledger, board, &pinned, fault);
    while (!err && pinned.count > 0) {
        for (size_t i = 0; i < pinned.count && !err; i++) {
            bool moved = false;
            err = hf_tasks_cancel(ledger, pinned.numbers[i], "its board was retired",
                                  hf_clock_unix_ms(), &moved, fault);
            *cancelled += moved;
        }
        if (!err)
            err = find_pinned(ledger, board, &pinned, fault);
    }
    return err;
}

static enum hf_err check(struct hf_ledger *ledger, const char *board, bool force,
                         struct hf_fault *fault)
{
    struct hf_board known;
    struct pinned pinned;
    enum hf_err err = hf_boards_get(ledger, board, &known, fault);
    if (err == HF_ERR_NOT_FOUND)
        hf_known_suggest(ledger, "BOARD", board, fault);
    if (!err)
        err = find_pinned(ledger, board, &pinned, fault);
    if (!err && pinned.count > 0 && !force)
        err = hf_fault_set(fault, HF_ERR_BUSY, 0,
                           "%s%zu task(s) are for %s alone: holdfast tasks --to %s shows them, "
                           "--force cancels them",
                           pinned.count == PAGE ? "at least " : "", pinned.count, board, board);
    return err;
}

/* The broker first: when that fails the ledger still knows the board, and it can be done again. */
static enum hf_err retire(struct hf_desk *desk, const struct hf_broker_settings *settings,
                          const char *board, int64_t *cancelled, struct hf_fault *fault)
{
    struct hf_management *management = NULL;
    enum hf_err err = hf_management_open(settings, &management, fault);
    if (!err)
        err = hf_retire(management, board, fault);
    hf_management_close(management);
    if (!err)
        err = cancel_pinned(desk->ledger, board, cancelled, fault);
    if (!err)
        err = hf_certificates_revoke(desk->ledger, board, NULL, hf_clock_unix_ms(), fault);
    if (!err)
        err = hf_boards_retired(desk->ledger, board, hf_clock_unix_ms(), fault);
    const struct hf_site site = {.home = &desk->home,
                                 .settings = settings,
                                 .ledger = desk->ledger,
                                 .now_s = hf_clock_unix_ms() / 1000};
    return err ? err : hf_revocation_follow(&site, fault);
}

static int print(const char *board, int64_t cancelled, bool json)
{
    if (json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "board", board);
        cJSON_AddNumberToObject(object, "cancelled", (double)cancelled);
        return hf_out_json(object);
    }
    printf("%s is retired: its certificate is worth nothing any more.\n", board);
    if (cancelled > 0)
        printf("Cancelled, for it alone could do them: %" PRId64 " task(s).\n", cancelled);
    return HF_EXIT_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_broker_settings settings;
    struct hf_desk desk;
    struct hf_fault fault = {0};
    int64_t cancelled = 0;
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault))
        return hf_out_usage(command, &fault);
    if (operands != 1) {
        hf_fault_set(&fault, HF_ERR_INVALID, 0, "one BOARD is wanted, %d are given", operands);
        return hf_out_usage(command, &fault);
    }
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK && hf_broker_settings_load(&desk.home, &settings, &fault))
        code = hf_out_setting(command, &fault);
    if (code == HF_EXIT_OK && (check(desk.ledger, argv[0], given.force, &fault) ||
                               retire(&desk, &settings, argv[0], &cancelled, &fault))) {
        code = hf_out_fault(command, &fault);
        code = fault.err == HF_ERR_NOT_FOUND ? HF_EXIT_USAGE : code;
    }
    hf_desk_close(&desk);
    return code ? code : print(argv[0], cancelled, given.json);
}

const struct hf_command hf_command_retire = {
    .name = "retire",
    .summary = "Take a board's rights away, for good",
    .usage = "BOARD [--force] [--json]",
    .options = options,
    .details = details,
    .run = run,
};
