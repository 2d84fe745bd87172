#include "cli/overview.h"

#include "cli/bar.h"
#include "cli/board_view.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "ledger/boards.h"
#include "link/clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define JOBS_MOST 15

struct view {
    struct hf_ledger *ledger;
    struct hf_table table;
    int64_t now_ms;
    size_t boards, online, busy;
    cJSON *list;
};

/* --- Gathering --- */

static enum hf_err add_board(void *context, const struct hf_board *board)
{
    struct view *view = context;
    char state[HF_BOARD_STATE_MAX], seen[HF_OUT_SHORT], task[HF_BOARD_TASK_MAX];
    if (board->retired_ms || !board->enrolled_ms)
        return HF_ERR_OK;
    hf_board_state(board, view->now_ms, state);
    view->boards++;
    view->online += hf_board_is_online(board, view->now_ms);
    view->busy += strcmp(state, "busy") == 0;
    hf_board_seen(board, view->now_ms, seen);
    hf_board_task(view->ledger, board, task);
    hf_table_cell(&view->table, "%s", board->name);
    hf_table_cell(&view->table, "%s", board->pool);
    hf_table_cell(&view->table, "%s", state);
    hf_table_cell(&view->table, "%s", seen);
    hf_table_cell(&view->table, "%" PRId64, board->done);
    hf_table_cell(&view->table, "%" PRId64, board->failed);
    hf_table_cell(&view->table, "%s", task);
    return HF_ERR_OK;
}

static enum hf_err add_job(void *context, const struct hf_job *job)
{
    struct view *view = context;
    struct hf_counts counts;
    enum hf_err err = hf_jobs_counts(view->ledger, job->number, &counts, NULL);
    int64_t open = hf_counts_open(&counts), total = hf_counts_total(&counts);
    hf_table_cell(&view->table, "%" PRId64, job->number);
    hf_table_cell(&view->table, "%" PRId64 "%%", total ? (total - open) * 100 / total : 100);
    hf_table_cell(&view->table, "%" PRId64, total);
    hf_table_cell(&view->table, "%" PRId64, open);
    hf_table_cell(&view->table, "%" PRId64, counts.of[HF_STATE_DONE]);
    hf_table_cell(&view->table, "%" PRId64, total - open - counts.of[HF_STATE_DONE]);
    hf_table_cell(&view->table, "%s", job->handler[0] ? job->handler : "-");
    hf_table_cell(&view->table, "%.24s", job->name[0] ? job->name : "-");
    return err;
}

static void add_titles(struct view *view, const char *const *titles, size_t count)
{
    view->table = (struct hf_table){.columns = count};
    for (size_t i = 0; i < count; i++)
        hf_table_cell(&view->table, "%s", titles[i]);
}

/* --- As a page --- */

static void print_head(struct hf_desk *desk, const struct view *view, FILE *to)
{
    char at[HF_OUT_SHORT], counts_text[HF_BAR_LINE_MAX] = "";
    struct hf_counts counts = {0};
    bool up = desk->courier && hf_courier_is_up(desk->courier);
    hf_out_time(at, view->now_ms / 1000);
    if (hf_jobs_counts_all(view->ledger, &counts, NULL) == HF_ERR_OK)
        hf_bar_counts(&counts, counts_text);
    fprintf(to, "Holdfast  %s  %s\n", at,
            up              ? hf_courier_address(desk->courier)
            : desk->courier ? "connecting to the broker"
                            : "the broker is out of reach");
    fprintf(to, "tasks     %s\nboards    %zu, %zu online, %zu busy\n\n", counts_text, view->boards,
            view->online, view->busy);
}

static enum hf_err print_page(struct hf_desk *desk, FILE *to, struct hf_fault *fault)
{
    static const char *const of_boards[] = {"BOARD", "POOL",   "STATE", "SEEN",
                                            "DONE",  "FAILED", "TASK"};
    static const char *const of_jobs[] = {"JOB",  "ENDED",    "TASKS",   "OPEN",
                                          "DONE", "NOT DONE", "HANDLER", "NAME"};
    struct view view = {.ledger = desk->ledger, .now_ms = hf_clock_unix_ms()};
    struct hf_jobs_filter filter = {.limit = JOBS_MOST};
    add_titles(&view, of_boards, sizeof of_boards / sizeof of_boards[0]);
    enum hf_err err = hf_boards_list(desk->ledger, add_board, &view, fault);
    print_head(desk, &view, to);
    hf_table_print(&view.table, to);
    hf_table_free(&view.table);
    fputc('\n', to);
    add_titles(&view, of_jobs, sizeof of_jobs / sizeof of_jobs[0]);
    if (err == HF_ERR_OK)
        err = hf_jobs_list(desk->ledger, &filter, add_job, &view, fault);
    hf_table_print(&view.table, to);
    hf_table_free(&view.table);
    return err;
}

/* Cuts the page to the screen; each line wipes what stood behind it. */
static void fit(const char *page, int columns, int rows, FILE *to)
{
    fputs("\033[H", to);
    for (int row = 1; row < rows && *page; row++) {
        int len = (int)strcspn(page, "\n");
        fprintf(to, "%.*s\033[K\n", hf_terminal_fit(page, len, columns - 1), page);
        page += len + (page[len] == '\n');
    }
    fputs("\033[Jq leaves", to);
}

enum hf_err hf_overview_print(struct hf_desk *desk, int columns, int rows, FILE *to,
                              struct hf_fault *fault)
{
    char *page = NULL;
    size_t len = 0;
    FILE *into = open_memstream(&page, &len);
    if (!into)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for the screen");
    enum hf_err err = print_page(desk, into, fault);
    fclose(into);
    if (err == HF_ERR_OK && rows > 0)
        fit(page, columns, rows, to);
    else if (err == HF_ERR_OK)
        fputs(page, to);
    free(page);
    return err;
}

/* --- As JSON --- */

static enum hf_err add_board_json(void *context, const struct hf_board *board)
{
    struct view *view = context;
    if (!board->retired_ms && board->enrolled_ms)
        cJSON_AddItemToArray(view->list, hf_board_json(board, view->now_ms));
    return HF_ERR_OK;
}

static enum hf_err add_job_json(void *context, const struct hf_job *job)
{
    struct view *view = context;
    struct hf_counts counts;
    enum hf_err err = hf_jobs_counts(view->ledger, job->number, &counts, NULL);
    if (err == HF_ERR_OK)
        cJSON_AddItemToArray(view->list, hf_json_job(job, &counts));
    return err;
}

static enum hf_err fill(struct hf_desk *desk, cJSON *root, struct hf_fault *fault)
{
    struct view view = {.ledger = desk->ledger, .now_ms = hf_clock_unix_ms()};
    struct hf_jobs_filter filter = {.limit = JOBS_MOST};
    struct hf_counts counts;
    bool up = desk->courier && hf_courier_is_up(desk->courier);
    cJSON_AddNumberToObject(root, "at_ms", (double)view.now_ms);
    cJSON_AddStringToObject(root, "broker", up ? hf_courier_address(desk->courier) : "");
    cJSON_AddBoolToObject(root, "connected", up);
    enum hf_err err = hf_jobs_counts_all(desk->ledger, &counts, fault);
    cJSON *states = cJSON_AddObjectToObject(root, "counts");
    for (int i = 0; i < HF_STATE_COUNT && !err; i++)
        cJSON_AddNumberToObject(states, hf_state_text((enum hf_state)i), (double)counts.of[i]);
    view.list = cJSON_AddArrayToObject(root, "boards");
    if (!err)
        err = hf_boards_list(desk->ledger, add_board_json, &view, fault);
    view.list = cJSON_AddArrayToObject(root, "jobs");
    return err ? err : hf_jobs_list(desk->ledger, &filter, add_job_json, &view, fault);
}

enum hf_err hf_overview_json(struct hf_desk *desk, cJSON **out, struct hf_fault *fault)
{
    cJSON *root = cJSON_CreateObject();
    enum hf_err err = fill(desk, root, fault);
    if (err)
        cJSON_Delete(root);
    else
        *out = root;
    return err;
}
