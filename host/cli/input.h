#ifndef HF_CLI_INPUT_H
#define HF_CLI_INPUT_H

#include "home/home.h"

#include <stdio.h>

/*
 * Input that is read while the ledger is locked. What is no regular file (a pipe, a terminal) may
 * take for ever, so it is first copied to a file of its own, which nobody else sees and which goes
 * with the process.
 */

/* `path` "-" is stdin. The caller closes `*out`. HF_ERR_NOT_FOUND, HF_ERR_DENIED, HF_ERR_IO,
 * HF_ERR_NO_SPACE. */
enum hf_err hf_input_open(const struct hf_home *home, const char *path, FILE **out,
                          struct hf_fault *fault);

#endif
