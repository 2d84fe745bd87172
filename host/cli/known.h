#ifndef HF_CLI_KNOWN_H
#define HF_CLI_KNOWN_H

#include <stdio.h>

/* An hf_complete_values (cli/complete.h): words that may stand for a value of a kind. */
void hf_known_print(void *context, const char *kind, FILE *to);

#endif
