#ifndef HF_CLI_KNOWN_H
#define HF_CLI_KNOWN_H

#include <stdio.h>

#define HF_KNOWN_MAX 60 /* words of a kind: what a person can look over */

/*
 * An hf_complete_values (cli/complete.h): what stands for STATE and PRESET, and by the ledger for
 * BOARD or NAME (of a board), POOL, JOB, TASK, HANDLER, LABEL and SCHEDULE. Only words that begin
 * as typed, each once. The broker is not asked, nothing is written; without a ledger, or with one
 * that cannot be read, nothing is printed.
 */
void hf_known_print(void *context, const char *kind, const char *typed, FILE *to);

#endif
