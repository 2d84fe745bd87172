#ifndef HF_TEST_SEALS_H
#define HF_TEST_SEALS_H

/* What the tests of signing have in common: the manager's key in the scratch folder, and seals. */

#include "scratch.h"
#include "wire/seal.h"

#include <string.h>

static inline const char *secret_path(void)
{
    return scratch_path("pki/signing.key");
}

static inline struct hf_seal seal_of(const char *text)
{
    struct hf_seal seal = {.len = strlen(text)};
    memcpy(seal.text, text, seal.len + 1);
    return seal;
}

#endif
