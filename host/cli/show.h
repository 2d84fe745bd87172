#ifndef HF_CLI_SHOW_H
#define HF_CLI_SHOW_H

#include "ledger/results.h"

#include <stdio.h>

/*
 * Results for a person. What a board wrote is shown so that it cannot steer the terminal: control
 * characters and what is not UTF-8 come out as \xNN.
 */

/* One line, or a line and the output under it when that has several. `folder`: of large bodies. */
void hf_show_result(const struct hf_ending *ending, const char *folder, bool colours, FILE *to);

/* Text, with all that is unsafe as \xNN; line feeds and tabs stay. `indent` goes before each line.
 */
void hf_show_text(struct hf_str text, const char *indent, FILE *to);

/* The same without lines being made of it. */
void hf_show_escaped(struct hf_str text, FILE *to);

#endif
