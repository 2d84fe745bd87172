#ifndef HF_CLI_RECEIPT_H
#define HF_CLI_RECEIPT_H

#include "cli/source.h"
#include "ledger/state.h"

/* What "submit" says about what it has put into the ledger, on stdout. Each returns an enum
 * hf_exit. */

/* Nothing was done. */
int hf_receipt_dry_run(const struct hf_order *order, const struct hf_entered *entered, bool json);

/* A schedule was made. */
int hf_receipt_later(const struct hf_order *order, const struct hf_entered *entered, bool json);

/* A job was made, and its tasks stand so. */
int hf_receipt_job(const struct hf_order *order, const struct hf_entered *entered,
                   const struct hf_counts *counts, bool json);

#endif
