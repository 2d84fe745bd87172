#ifndef HF_CLI_BAR_H
#define HF_CLI_BAR_H

#include "ledger/state.h"

#include <stddef.h>

/* How a job stands, in one line. Pure text: when and where it is printed is cli/watch.h's. */

#define HF_BAR_LINE_MAX 512 /* bytes that always suffice, with the final 0 */

struct hf_bar {
    int64_t job; /* number */
    struct hf_counts counts;
    double per_s;    /* 0: unknown */
    int64_t left_ms; /* -1: unknown */
    size_t boards_busy, boards_online;
    const char *trouble; /* ""; or why it does not get on */
};

/*
 * For a terminal of `columns`: a bar, then as many of the figures as fit, the most important ones
 * first; never longer than columns - 1.
 */
void hf_bar_draw(const struct hf_bar *bar, int columns, char line[HF_BAR_LINE_MAX]);

/* For a log: the figures in words. */
void hf_bar_tell(const struct hf_bar *bar, char line[HF_BAR_LINE_MAX]);

/* "997 done, 2 failed, 1 dead": every state that has tasks; "no task" when none has. */
void hf_bar_counts(const struct hf_counts *counts, char line[HF_BAR_LINE_MAX]);

#endif
