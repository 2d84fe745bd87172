#ifndef HF_CLI_TERMINAL_H
#define HF_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* The terminal that a stream writes to. */

struct hf_terminal {
    int columns, rows;
};

/* 80 by 24 when there is none, or it does not say. */
struct hf_terminal hf_terminal_of(FILE *stream);

/* Whether what was written can be drawn over: a terminal, and TERM is not "dumb". */
bool hf_terminal_redraws(FILE *stream);

/* How many of the bytes of a line fit into so many columns, no character cut in half. */
int hf_terminal_fit(const char *line, int len, int columns);

#endif
