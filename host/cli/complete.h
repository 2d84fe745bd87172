#ifndef HF_CLI_COMPLETE_H
#define HF_CLI_COMPLETE_H

#include "cli/command.h"

#include <stdio.h>

/*
 * What may stand where the cursor is, for the completion of a shell: made from the commands' own
 * options and usage lines, so that it cannot fall behind them. What is no fixed word (the name of
 * a board, a job) comes from the caller.
 *
 * In a usage line a word in small letters is typed as it is ("list"), one in capitals stands for a
 * value of that kind ("JOB"), and "A|B" is either.
 */

/*
 * Prints values of a kind, one a line as hf_complete_print() does. `typed` is what is there of it
 * (perhaps empty): values that do not begin so may be left out. Unknown kinds print nothing.
 */
typedef void (*hf_complete_values)(void *context, const char *kind, const char *typed, FILE *to);

struct hf_complete {
    const struct hf_command_group *groups;
    hf_complete_values values;
    void *context;
};

#define HF_COMPLETE_FILES ":files" /* printed alone: the shell knows its own files */

/*
 * The words after "holdfast" up to the cursor; the last one (perhaps empty) is the one to complete.
 * Prints every word that fits, one a line, with a tab and what it is for behind it where that is
 * known; the shell keeps those that begin as what is typed. A word that ends in "/" goes on behind
 * it. For "--option=VALUE" only values are printed.
 */
void hf_complete_print(const struct hf_complete *complete, int count, const char *const *words,
                       FILE *to);

#endif
