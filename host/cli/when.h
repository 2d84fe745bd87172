#ifndef HF_CLI_WHEN_H
#define HF_CLI_WHEN_H

#include "wire/fault.h"

#include <stdint.h>

/*
 * Times as people type them, in local time: "18:30" (the next one), "2026-12-24",
 * "2026-12-24 18:30", "2026-12-24T18:30:00Z" or with +01:00, "+90m" (from now on).
 */

/* HF_ERR_INVALID: `option` names what it was given to. `out` is in Unix ms. */
enum hf_err hf_when_parse(const char *option, const char *text, int64_t now_ms, int64_t *out,
                          struct hf_fault *fault);

#endif
