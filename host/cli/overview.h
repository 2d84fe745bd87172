#ifndef HF_CLI_OVERVIEW_H
#define HF_CLI_OVERVIEW_H

#include "cli/desk.h"

#include <cJSON.h>
#include <stdio.h>

/* Fleet and jobs at a glance, for "holdfast watch". Errors of the ledger. */

/*
 * For a screen of `columns` by `rows`, from its top left corner on, with nothing of before left
 * over; `rows` 0: for a page, all of it and without any control of a screen.
 */
enum hf_err hf_overview_print(struct hf_desk *desk, int columns, int rows, FILE *to,
                              struct hf_fault *fault);

/* {"at_ms", "broker", "connected", "counts", "boards", "jobs"}; host/README.md has the keys. */
enum hf_err hf_overview_json(struct hf_desk *desk, cJSON **out, struct hf_fault *fault);

#endif
