#ifndef HF_CLI_WORDLIST_H
#define HF_CLI_WORDLIST_H

#include "cli/command.h"
#include "ledger/boards.h"

/* Commands that print the words of one kind that boards have told, and which boards have them. */

struct hf_wordlist {
    const char *title; /* of the column */
    const char *key;   /* of the JSON */
    const char *none;  /* said when there are none */

    /* Words of a board, separated by blanks. */
    const char *(*words_of)(const struct hf_board *board);
};

extern const struct hf_option hf_wordlist_options[]; /* --offline, --json */

/* Runs such a command to its end; an enum hf_exit. */
int hf_wordlist_run(const struct hf_command *command, int argc, char **argv,
                    const struct hf_wordlist *what);

#endif
