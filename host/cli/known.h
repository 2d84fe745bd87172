#ifndef HF_CLI_KNOWN_H
#define HF_CLI_KNOWN_H

#include "ledger/ledger.h"

#include <stdio.h>

#define HF_KNOWN_MAX 60 /* words of a kind: what a person can look over */

/*
 * An hf_complete_values (cli/complete.h): what stands for STATE and PRESET, and by the ledger for
 * BOARD or NAME (of a board), POOL, JOB, TASK, HANDLER, LABEL and SCHEDULE. Only words that begin
 * as typed, each once. The broker is not asked, nothing is written; without a ledger, or with one
 * that cannot be read, nothing is printed.
 */
void hf_known_print(void *context, const char *kind, const char *typed, FILE *to);

/*
 * For a value of such a kind that was not found: puts "; did you mean WORD?" behind the fault's
 * text, when the ledger (or what is fixed) has a word that is near, and not the typed one itself.
 * Hands back fault->err.
 */
enum hf_err hf_known_suggest(struct hf_ledger *ledger, const char *kind, const char *typed,
                             struct hf_fault *fault);

/* For a filter that found nothing: the same as a line on stderr, "--option TYPED: did you mean
 * WORD?". `typed` NULL: the filter was not given, and nothing is said. */
void hf_known_hint(struct hf_ledger *ledger, const char *kind, const char *option,
                   const char *typed);

#endif
