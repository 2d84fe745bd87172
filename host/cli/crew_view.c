#include "cli/crew_view.h"

#include "cli/output.h"
#include "cli/paint.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "link/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What has to be seen when not all have room. */
static const enum hf_crew_state BY_WEIGHT[] = {HF_CREW_BUSY, HF_CREW_FAILED, HF_CREW_WAITING,
                                               HF_CREW_DONE};

static const enum hf_paint PAINTS[] = {[HF_CREW_WAITING] = HF_PAINT_FAINT,
                                       [HF_CREW_BUSY] = HF_PAINT_BUSY,
                                       [HF_CREW_DONE] = HF_PAINT_GOOD,
                                       [HF_CREW_FAILED] = HF_PAINT_BAD};

static const char *result_of(const struct hf_crew_board *board)
{
    switch (board->state) {
    case HF_CREW_BUSY: return "...";
    case HF_CREW_DONE: return board->unchanged ? "unchanged" : "done";
    case HF_CREW_FAILED: return board->rolled_back ? "rolled back" : "failed";
    case HF_CREW_WAITING:
    case HF_CREW_STATES: break;
    }
    return "-";
}

/* To the second while it goes on. */
static void time_of(const struct hf_crew_board *board, char text[HF_OUT_SHORT])
{
    const int64_t busy_s = (hf_clock_mono_ms() - board->began_ms) / 1000;
    if (board->state == HF_CREW_BUSY && busy_s < 60)
        (void)snprintf(text, HF_OUT_SHORT, "%d s", (int)busy_s);
    else if (board->state == HF_CREW_BUSY)
        hf_out_duration(text, busy_s * 1000);
    else if (board->state == HF_CREW_WAITING)
        (void)snprintf(text, HF_OUT_SHORT, "-");
    else
        hf_out_duration(text, board->took_ms / 100 * 100);
}

static void add_titles(struct hf_table *table)
{
    static const char *const TITLES[] = {"BOARD", "ADDRESS", "STEP", "TIME", "RESULT"};
    table->columns = sizeof TITLES / sizeof *TITLES;
    for (size_t i = 0; i < table->columns; i++)
        hf_table_cell(table, "%s", TITLES[i]);
}

static void add_board(struct hf_table *table, const struct hf_crew_board *board, bool why)
{
    const bool failed = board->state == HF_CREW_FAILED;
    const bool at_step = failed || board->state == HF_CREW_BUSY;
    char time[HF_OUT_SHORT];
    time_of(board, time);
    hf_table_cell(table, "%s", board->host->board);
    hf_table_cell(table, "%s", board->host->target);
    hf_table_cell(table, "%s", at_step && board->step[0] ? board->step : "-");
    hf_table_cell(table, "%s", time);
    if (failed && why)
        hf_table_cell(table, "%s: %s", result_of(board), board->text);
    else
        hf_table_cell(table, "%s", result_of(board));
}

/* --- drawn over and over --- */

/* Which are shown in so many lines; how many. */
static size_t choose(const struct hf_crew *crew, size_t room, bool shown[HF_HOSTS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < crew->count; i++)
        shown[i] = false;
    for (size_t at = 0; at < sizeof BY_WEIGHT / sizeof *BY_WEIGHT; at++)
        for (size_t i = 0; i < crew->count && count < room; i++)
            if (crew->boards[i].state == BY_WEIGHT[at]) {
                shown[i] = true;
                count++;
            }
    return count;
}

static void wipe(struct hf_crew_view *view)
{
    if (view->lines > 0)
        fprintf(stderr, "\r\033[%dA\033[J", view->lines);
    view->lines = 0;
}

static void put_row(struct hf_crew_view *view, const char *row, int columns, const char *paint)
{
    const int len = (int)strcspn(row, "\n");
    fprintf(stderr, "%s%.*s%s\033[K\n", paint, hf_terminal_fit(row, len, columns - 1), row,
            paint[0] ? hf_paint_off(true) : "");
    view->lines++;
}

static void put_rows(struct hf_crew_view *view, const struct hf_crew *crew, const bool *shown,
                     const char *page)
{
    const int columns = hf_terminal_of(stderr).columns;
    put_row(view, page, columns, "");
    for (size_t i = 0; i < crew->count; i++) {
        if (!shown[i])
            continue;
        page += strcspn(page, "\n");
        page += *page == '\n';
        put_row(view, page, columns, hf_paint_on(view->paint, PAINTS[crew->boards[i].state]));
    }
}

static void draw(struct hf_crew_view *view, const struct hf_crew *crew)
{
    bool shown[HF_HOSTS_MAX];
    char *page = NULL, sum[160];
    size_t len = 0;
    struct hf_table table = {0};
    const int rows = hf_terminal_of(stderr).rows;
    FILE *to = open_memstream(&page, &len);
    if (!to)
        return;
    const size_t count = choose(crew, rows > 4 ? (size_t)rows - 3 : 1, shown);
    add_titles(&table);
    for (size_t i = 0; i < crew->count; i++)
        if (shown[i])
            add_board(&table, &crew->boards[i], true);
    hf_table_print(&table, to);
    hf_table_free(&table);
    (void)fclose(to);
    if (view->lines > 0)
        fprintf(stderr, "\r\033[%dA", view->lines);
    view->lines = 0;
    put_rows(view, crew, shown, page);
    (void)snprintf(sum, sizeof sum, "%zu done, %zu failed, %zu at work, %zu to come%s",
                   hf_crew_count(crew, HF_CREW_DONE), hf_crew_count(crew, HF_CREW_FAILED),
                   hf_crew_count(crew, HF_CREW_BUSY), hf_crew_count(crew, HF_CREW_WAITING),
                   count < crew->count ? "; not all are shown" : "");
    put_row(view, sum, hf_terminal_of(stderr).columns, "");
    fputs("\033[J", stderr);
    free(page);
}

/* --- the same in lines --- */

static void tell(const struct hf_crew_board *board)
{
    const char *name = board->host->board;
    char time[HF_OUT_SHORT];
    time_of(board, time);
    if (board->state == HF_CREW_BUSY)
        fprintf(stderr, "%-12s %-9s %s\n", name, board->step, board->text);
    else if (board->state == HF_CREW_DONE)
        fprintf(stderr, "%-12s %s after %s\n", name, result_of(board), time);
    else
        fprintf(stderr, "%-12s %s at \"%s\" after %s: %s\n", name, result_of(board), board->step,
                time, board->text);
}

void hf_crew_view_news(void *context, const struct hf_crew *crew, const struct hf_crew_board *board)
{
    struct hf_crew_view *view = context;
    if (view->live)
        draw(view, crew);
    else if (board)
        tell(board);
}

void hf_crew_view_begin(struct hf_crew_view *view)
{
    *view = (struct hf_crew_view){.live = hf_terminal_redraws(stderr),
                                  .paint = hf_paint_wanted(stderr)};
}

void hf_crew_view_end(struct hf_crew_view *view, const struct hf_crew *crew, bool table)
{
    struct hf_table all = {0};
    wipe(view);
    if (!table)
        return;
    add_titles(&all);
    for (size_t i = 0; i < crew->count; i++)
        add_board(&all, &crew->boards[i], false);
    hf_table_print(&all, stdout);
    hf_table_free(&all);
}
