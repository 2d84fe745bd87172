#include "cli/board_view.h"
#include "cli/desk.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/table.h"
#include "link/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABELS_MAX 512 /* different ones of a fleet */

struct options {
    bool offline, json;
};

static const struct hf_option options[] = {
    {"offline", HF_OPTION_FLAG, offsetof(struct options, offline), NULL,
     "Don't ask the broker; print what the ledger has.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object a line.",
     0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Labels are words in a board's own worker.json (\"labels\": \"camera site=north\"), to\n"
    "find boards by: holdfast boards --label camera. After a change: holdfast reload.\n"
    "\n"
    "Examples:\n"
    "  holdfast labels\n"
    "  holdfast labels --json\n";

struct label {
    char name[HF_NAME_MAX + 1];
    size_t boards, online;
    char *names; /* of the boards, separated by blanks */
};

struct labels {
    int64_t now_ms;
    size_t count;
    struct label list[LABELS_MAX];
};

static struct label *find(struct labels *labels, struct hf_str name)
{
    for (size_t i = 0; i < labels->count; i++)
        if (hf_str_equal(name, hf_str(labels->list[i].name)))
            return &labels->list[i];
    if (labels->count == LABELS_MAX || name.len > HF_NAME_MAX)
        return NULL;
    struct label *label = &labels->list[labels->count++];
    hf_str_copy(label->name, sizeof label->name, name);
    return label;
}

static enum hf_err add_name(struct label *label, const char *board)
{
    char *longer = NULL;
    if (asprintf(&longer, "%s%s%s", label->names ? label->names : "", label->names ? " " : "",
                 board) < 0)
        return HF_ERR_NO_MEMORY;
    free(label->names);
    label->names = longer;
    return HF_ERR_OK;
}

static enum hf_err on_board(void *context, const struct hf_board *board)
{
    struct labels *labels = context;
    enum hf_err err = HF_ERR_OK;
    if (board->retired_ms)
        return HF_ERR_OK;
    for (const char *at = board->facts.labels; *at && !err; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        struct label *label = find(labels, (struct hf_str){at, len});
        if (label) {
            label->boards++;
            label->online += hf_board_is_online(board, labels->now_ms);
            err = add_name(label, board->name);
        }
        at += len;
    }
    return err;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct label *)a)->name, ((const struct label *)b)->name);
}

static int print_json(const struct labels *labels)
{
    int code = HF_EXIT_OK;
    for (size_t i = 0; i < labels->count && code == HF_EXIT_OK; i++) {
        const struct label *label = &labels->list[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "label", label->name);
        cJSON_AddNumberToObject(object, "online", (double)label->online);
        cJSON *boards = cJSON_AddArrayToObject(object, "boards");
        char *rest = label->names;
        for (char *one; rest && (one = strsep(&rest, " "));)
            cJSON_AddItemToArray(boards, cJSON_CreateString(one));
        code = hf_json_line(object);
    }
    return code;
}

static int print_words(const struct labels *labels)
{
    struct hf_table table = {.columns = 4};
    static const char *const titles[] = {"LABEL", "BOARDS", "ONLINE", "NAMES"};
    for (size_t i = 0; i < table.columns; i++)
        hf_table_cell(&table, "%s", titles[i]);
    for (size_t i = 0; i < labels->count; i++) {
        const struct label *label = &labels->list[i];
        hf_table_cell(&table, "%s", label->name);
        hf_table_cell(&table, "%zu", label->boards);
        hf_table_cell(&table, "%zu", label->online);
        hf_table_cell(&table, "%s", label->names);
    }
    if (labels->count > 0)
        hf_table_print(&table, stdout);
    else
        fputs("No board has told a label.\n", stderr);
    hf_table_free(&table);
    return HF_EXIT_OK;
}

static int print_all(const struct hf_command *command, struct hf_ledger *ledger, bool json)
{
    struct hf_fault fault = {0};
    struct labels *labels = calloc(1, sizeof *labels);
    if (!labels) {
        hf_fault_set(&fault, HF_ERR_NO_MEMORY, 0, "no memory for labels");
        return hf_out_fault(command, &fault);
    }
    labels->now_ms = hf_clock_unix_ms();
    int code = HF_EXIT_OK;
    if (hf_boards_list(ledger, on_board, labels, &fault)) {
        code = hf_out_fault(command, &fault);
    } else {
        qsort(labels->list, labels->count, sizeof labels->list[0], by_name);
        code = json ? print_json(labels) : print_words(labels);
    }
    for (size_t i = 0; i < labels->count; i++)
        free(labels->list[i].names);
    free(labels);
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
    if (code == HF_EXIT_OK) {
        int synced = given.offline ? HF_EXIT_OK : hf_desk_sync(command, &desk);
        code = print_all(command, desk.ledger, given.json);
        code = code ? code : synced;
    }
    hf_desk_close(&desk);
    return code;
}

const struct hf_command hf_command_labels = {
    .name = "labels",
    .summary = "Print the labels of boards, and which boards have them",
    .usage = "[--json] [--offline]",
    .options = options,
    .details = details,
    .run = run,
};
