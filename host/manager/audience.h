#ifndef HF_MANAGER_AUDIENCE_H
#define HF_MANAGER_AUDIENCE_H

#include "ledger/jobs.h"

/*
 * All boards that are enrolled and not retired, as targets, by name; allocated, the caller frees
 * it. HF_ERR_MISSING: there is none. HF_ERR_NO_MEMORY, errors of the ledger.
 */
enum hf_err hf_audience_all(struct hf_ledger *ledger, struct hf_target **out, size_t *count,
                            struct hf_fault *fault);

#endif
