#include "deploy/sum.h"

#include <mbedtls/sha256.h>
#include <stdio.h>

enum hf_err hf_sum(const void *data, size_t len, char out[HF_SUM_TEXT], struct hf_fault *fault)
{
    unsigned char digest[32];
    if (mbedtls_sha256(data, len, digest, 0) != 0)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a SHA-256");
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return HF_ERR_OK;
}
