/* In place of link/signature.c and wire/seal.c: there are no keys, and nothing is signed. */

#include "link/signature.h"

enum hf_err hf_verifier_load(const char *path, struct hf_verifier **out, struct hf_fault *fault)
{
    (void)path;
    *out = NULL;
    return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0, "no signatures");
}

void hf_verifier_free(struct hf_verifier *verifier)
{
    (void)verifier;
}

bool hf_verifier_check(const struct hf_verifier *verifier, const struct hf_seal *seal,
                       const char *signature)
{
    (void)verifier;
    (void)seal;
    (void)signature;
    return false;
}

enum hf_err hf_signer_load(const char *path, struct hf_signer **out, struct hf_fault *fault)
{
    (void)path;
    *out = NULL;
    return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0, "no signatures");
}

void hf_signer_free(struct hf_signer *signer)
{
    (void)signer;
}

enum hf_err hf_signer_sign(struct hf_signer *signer, const struct hf_seal *seal,
                           char signature[HF_SIGNATURE_MAX + 1])
{
    (void)signer;
    (void)seal;
    signature[0] = '\0';
    return HF_ERR_TLS;
}

void hf_seal_task(struct hf_seal *seal, const struct hf_task *task, const char *target,
                  const uint8_t body[HF_SHA256_BYTES])
{
    (void)task;
    (void)target;
    (void)body;
    seal->len = 0;
}

void hf_seal_control(struct hf_seal *seal, const char *key, const uint8_t body[HF_SHA256_BYTES])
{
    (void)key;
    (void)body;
    seal->len = 0;
}

void hf_seal_result(struct hf_seal *seal, const struct hf_result *result,
                    const uint8_t words[HF_SHA256_BYTES], const uint8_t body[HF_SHA256_BYTES])
{
    (void)result;
    (void)words;
    (void)body;
    seal->len = 0;
}
