#include "link/signature.h"

#include "link/digest.h"
#include "link/pem.h"
#include "link/tls_platform.h"

#include <mbedtls/base64.h>
#include <mbedtls/pk.h>
#include <stdlib.h>
#include <string.h>

#define CURVE_BITS 256
#define DER_MAX    72 /* bytes of a signature on P-256: two numbers of 33 and what frames them */

_Static_assert(MBEDTLS_PK_SIGNATURE_MAX_SIZE >= DER_MAX, "sign() gives the library this much room");
_Static_assert(HF_SIGNATURE_MAX >= (DER_MAX + 2) / 3 * 4, "a signature fits into its text");

struct hf_verifier {
    mbedtls_pk_context key;
};

struct hf_signer {
    mbedtls_pk_context key;
};

/* --- Keys --- */

static bool is_on_our_curve(const mbedtls_pk_context *key)
{
    return mbedtls_pk_can_do(key, MBEDTLS_PK_ECDSA) && mbedtls_pk_get_bitlen(key) == CURVE_BITS;
}

enum hf_err hf_verifier_load(const char *path, struct hf_verifier **out, struct hf_fault *fault)
{
    struct hf_pem pem = {0};
    struct hf_verifier *verifier = calloc(1, sizeof *verifier);
    enum hf_err err = verifier != NULL ? hf_tls_platform_init(fault) : HF_ERR_NO_MEMORY;
    if (verifier == NULL)
        return hf_fault_set(fault, err, 0, "out of memory for a key");
    mbedtls_pk_init(&verifier->key);
    if (err == HF_ERR_OK)
        err = hf_pem_read(path, &pem, fault);
    if (err == HF_ERR_OK && (mbedtls_pk_parse_public_key(&verifier->key, pem.text, pem.size) != 0 ||
                             !is_on_our_curve(&verifier->key)))
        err = hf_fault_set(fault, HF_ERR_MALFORMED, 0, "%s holds no public key on P-256", path);
    hf_pem_free(&pem);
    if (err == HF_ERR_OK)
        *out = verifier;
    else
        hf_verifier_free(verifier);
    return err;
}

void hf_verifier_free(struct hf_verifier *verifier)
{
    if (verifier != NULL)
        mbedtls_pk_free(&verifier->key);
    free(verifier);
}

enum hf_err hf_signer_load(const char *path, struct hf_signer **out, struct hf_fault *fault)
{
    struct hf_pem pem = {0};
    struct hf_signer *signer = calloc(1, sizeof *signer);
    enum hf_err err = signer != NULL ? hf_tls_platform_init(fault) : HF_ERR_NO_MEMORY;
    if (signer == NULL)
        return hf_fault_set(fault, err, 0, "out of memory for a key");
    mbedtls_pk_init(&signer->key);
    if (err == HF_ERR_OK)
        err = hf_pem_read(path, &pem, fault);
    if (err == HF_ERR_OK && (mbedtls_pk_parse_key(&signer->key, pem.text, pem.size, NULL, 0,
                                                  hf_tls_random, NULL) != 0 ||
                             !is_on_our_curve(&signer->key)))
        err = hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                           "%s holds no unencrypted private key on P-256", path);
    hf_pem_free(&pem);
    if (err == HF_ERR_OK)
        *out = signer;
    else
        hf_signer_free(signer);
    return err;
}

void hf_signer_free(struct hf_signer *signer)
{
    if (signer != NULL)
        mbedtls_pk_free(&signer->key);
    free(signer);
}

/* --- Signatures --- */

bool hf_verifier_check(const struct hf_verifier *verifier, const struct hf_seal *seal,
                       const char *signature)
{
    uint8_t digest[HF_SHA256_BYTES], der[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
    size_t len = 0;
    hf_digest_of(seal->text, seal->len, digest);
    if (mbedtls_base64_decode(der, sizeof der, &len, (const unsigned char *)signature,
                              strlen(signature)) != 0)
        return false;
    /* The library takes the key as its own to change; it does not change a public one. */
    mbedtls_pk_context *key = (mbedtls_pk_context *)&verifier->key;
    return mbedtls_pk_verify(key, MBEDTLS_MD_SHA256, digest, sizeof digest, der, len) == 0;
}

enum hf_err hf_signer_sign(struct hf_signer *signer, const struct hf_seal *seal,
                           char signature[HF_SIGNATURE_MAX + 1])
{
    uint8_t digest[HF_SHA256_BYTES], der[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
    size_t len = 0, written = 0;
    signature[0] = '\0';
    hf_digest_of(seal->text, seal->len, digest);
    int code = mbedtls_pk_sign(&signer->key, MBEDTLS_MD_SHA256, digest, sizeof digest, der,
                               sizeof der, &len, hf_tls_random, NULL);
    if (code == 0)
        code = mbedtls_base64_encode((unsigned char *)signature, HF_SIGNATURE_MAX + 1, &written,
                                     der, len);
    if (code != 0)
        signature[0] = '\0';
    return code == 0 ? HF_ERR_OK : HF_ERR_TLS;
}
