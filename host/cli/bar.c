#include "cli/bar.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BAR_LEAST 10
#define BAR_MOST  40
#define PARTS     6

struct parts {
    size_t count;
    char text[PARTS][160];
};

__attribute__((format(printf, 2, 3))) static void add(struct parts *parts, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(parts->text[parts->count++], sizeof parts->text[0], format, args);
    va_end(args);
}

static int64_t ended_of(const struct hf_counts *counts)
{
    return hf_counts_total(counts) - hf_counts_open(counts);
}

/* To the second: a guess needs no tenths. */
static void add_time_left(struct parts *parts, int64_t ms)
{
    int64_t s = (ms + 999) / 1000;
    if (s < 60)
        add(parts, "%" PRId64 " s left", s);
    else if (s < 3600)
        add(parts, "%" PRId64 " min %" PRId64 " s left", s / 60, s % 60);
    else
        add(parts, "%" PRId64 " h %" PRId64 " min left", s / 3600, s / 60 % 60);
}

/* The most important ones first. */
static void figures_of(const struct hf_bar *bar, struct parts *parts)
{
    int64_t failed = ended_of(&bar->counts) - bar->counts.of[HF_STATE_DONE];
    add(parts, "%" PRId64 "/%" PRId64, ended_of(&bar->counts), hf_counts_total(&bar->counts));
    if (bar->trouble[0])
        add(parts, "%s", bar->trouble);
    if (failed > 0)
        add(parts, "%" PRId64 " failed", failed);
    if (bar->per_s > 0)
        add(parts, bar->per_s < 10 ? "%.1f/s" : "%.0f/s", bar->per_s);
    if (bar->left_ms >= 0 && hf_counts_open(&bar->counts) > 0)
        add_time_left(parts, bar->left_ms);
    if (bar->boards_online > 0)
        add(parts, "%zu of %zu boards busy", bar->boards_busy, bar->boards_online);
}

static void append(char line[HF_BAR_LINE_MAX], const char *between, const char *text)
{
    size_t used = strlen(line);
    snprintf(line + used, HF_BAR_LINE_MAX - used, "%s%s", used ? between : "", text);
}

/* Figures from the first on, as long as they fit into `room`. */
static void join(const struct parts *parts, size_t room, char line[HF_BAR_LINE_MAX])
{
    line[0] = '\0';
    for (size_t i = 0; i < parts->count; i++) {
        if (strlen(line) + 2 + strlen(parts->text[i]) <= room || i == 0)
            append(line, ", ", parts->text[i]);
    }
}

void hf_bar_draw(const struct hf_bar *bar, int columns, char line[HF_BAR_LINE_MAX])
{
    char head[40];
    char figures[HF_BAR_LINE_MAX];
    struct parts parts = {0};
    int64_t total = hf_counts_total(&bar->counts);
    int room = columns < 1 ? 0 : columns - 1;
    room = room < HF_BAR_LINE_MAX ? room : HF_BAR_LINE_MAX - 1;
    figures_of(bar, &parts);
    int taken = snprintf(head, sizeof head, "job %" PRId64 " [", bar->job) + 2;
    join(&parts, room > taken + BAR_LEAST ? (size_t)(room - taken - BAR_LEAST) : 0, figures);
    int cells = room - taken - (int)strlen(figures);
    cells = cells > BAR_MOST ? BAR_MOST : cells < 0 ? 0 : cells;
    int full = total > 0 ? (int)(ended_of(&bar->counts) * cells / total) : 0;
    int len = snprintf(line, HF_BAR_LINE_MAX, "%s", head);
    for (int i = 0; i < cells; i++)
        line[len++] = i < full ? '#' : '-';
    snprintf(line + len, HF_BAR_LINE_MAX - (size_t)len, "] %.440s", figures);
    if (strlen(line) > (size_t)room)
        line[room] = '\0';
}

void hf_bar_tell(const struct hf_bar *bar, char line[HF_BAR_LINE_MAX])
{
    char figures[HF_BAR_LINE_MAX];
    struct parts parts = {0};
    figures_of(bar, &parts);
    join(&parts, HF_BAR_LINE_MAX - 40, figures);
    snprintf(line, HF_BAR_LINE_MAX, "job %" PRId64 ": %.450s", bar->job, figures);
}

void hf_bar_counts(const struct hf_counts *counts, char line[HF_BAR_LINE_MAX])
{
    char part[64];
    line[0] = '\0';
    for (int i = HF_STATE_COUNT - 1; i >= 0; i--) {
        int state = i >= HF_STATE_DONE ? HF_STATE_COUNT - 1 - (i - HF_STATE_DONE) : i;
        if (counts->of[state] == 0)
            continue;
        snprintf(part, sizeof part, "%" PRId64 " %s", counts->of[state],
                 hf_state_text((enum hf_state)state));
        append(line, ", ", part);
    }
    if (!line[0])
        snprintf(line, HF_BAR_LINE_MAX, "no task");
}
