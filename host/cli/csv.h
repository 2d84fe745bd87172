#ifndef HF_CLI_CSV_H
#define HF_CLI_CSV_H

#include "ledger/results.h"

#include <stdio.h>

/*
 * Results as CSV (RFC 4180, lines end with LF). The column `output_is` says what `output` holds:
 * "text", "base64" (it is no UTF-8 text or holds a 0 byte) or "file" (its path, over 64 KiB).
 */

void hf_csv_header(FILE *to);
void hf_csv_result(const struct hf_ending *ending, const char *folder, FILE *to);

/* One field, in quotes when it needs them. */
void hf_csv_field(struct hf_str text, FILE *to);

#endif
