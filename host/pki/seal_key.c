#include "pki/seal_key.h"

#include "link/pem.h"

#include <mbedtls/base64.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define DER_MAX 72 /* bytes of a signature on P-256: two numbers of 33 and what frames them */

_Static_assert(HF_SIGNATURE_MAX >= (DER_MAX + 2) / 3 * 4, "a signature fits into its text");

/* What both are: a key, made ready once for all its uses. */
struct tool {
    EVP_PKEY *key;
    EVP_PKEY_CTX *use;
    EVP_MD *sha256; /* looked up once: it is dear */
    EVP_MD_CTX *hash;
};

struct hf_seal_signer {
    struct tool tool;
};

struct hf_seal_verifier {
    struct tool tool;
};

static enum hf_err fail(struct hf_fault *fault, const char *what)
{
    const unsigned long code = ERR_peek_error();
    const char *words = ERR_reason_error_string(code);
    ERR_clear_error();
    return hf_fault_set(fault, HF_ERR_TLS, (int)ERR_GET_REASON(code), "%s: %s", what,
                        words ? words : "the library does not say why");
}

/* --- Keys --- */

static void tool_free(struct tool *tool)
{
    EVP_PKEY_CTX_free(tool->use);
    EVP_PKEY_free(tool->key);
    EVP_MD_CTX_free(tool->hash);
    EVP_MD_free(tool->sha256);
}

static bool is_on_our_curve(const EVP_PKEY *key)
{
    char group[16];
    size_t len = 0;
    return EVP_PKEY_is_a(key, "EC") &&
           EVP_PKEY_get_group_name(key, group, sizeof group, &len) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

static enum hf_err make_ready(struct tool *tool, int (*begin)(EVP_PKEY_CTX *),
                              struct hf_fault *fault)
{
    tool->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    tool->use = EVP_PKEY_CTX_new_from_pkey(NULL, tool->key, NULL);
    tool->hash = EVP_MD_CTX_new();
    if (!tool->sha256 || !tool->hash || !tool->use || begin(tool->use) != 1 ||
        EVP_PKEY_CTX_set_signature_md(tool->use, tool->sha256) != 1)
        return fail(fault, "cannot make a key ready");
    return HF_ERR_OK;
}

/* The library would ask on the terminal. */
static int no_password(char *text, int size, int writing, void *context)
{
    (void)text, (void)size, (void)writing, (void)context;
    return -1;
}

static EVP_PKEY *read_private(BIO *pem)
{
    return PEM_read_bio_PrivateKey(pem, NULL, no_password, NULL);
}

static EVP_PKEY *read_public(BIO *pem)
{
    EVP_PKEY *key = PEM_read_bio_PUBKEY(pem, NULL, no_password, NULL);
    if (key || BIO_reset(pem) != 1)
        return key;
    X509 *certificate = PEM_read_bio_X509(pem, NULL, no_password, NULL);
    key = certificate ? X509_get_pubkey(certificate) : NULL;
    X509_free(certificate);
    return key;
}

static EVP_PKEY *parse(const void *pem, size_t len, EVP_PKEY *(*read)(BIO *))
{
    BIO *text = len <= HF_PEM_FILE_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
    EVP_PKEY *key = text ? read(text) : NULL;
    BIO_free(text);
    ERR_clear_error();
    if (key && is_on_our_curve(key))
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

enum hf_err hf_seal_signer_load(const char *path, struct hf_seal_signer **out,
                                struct hf_fault *fault)
{
    struct hf_pem pem = {0};
    struct hf_seal_signer *signer = NULL;
    enum hf_err err = hf_pem_read(path, &pem, fault);
    if (err != HF_ERR_OK)
        return err;
    signer = calloc(1, sizeof *signer);
    if (!signer)
        err = hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for a key");
    else if (!(signer->tool.key = parse(pem.text, pem.size - 1, read_private)))
        err = hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                           "%s holds no unencrypted private key on P-256", path);
    else
        err = make_ready(&signer->tool, EVP_PKEY_sign_init, fault);
    hf_pem_free(&pem);
    if (err == HF_ERR_OK)
        *out = signer;
    else
        hf_seal_signer_free(signer);
    return err;
}

enum hf_err hf_seal_signer_copy(const struct hf_seal_signer *signer, struct hf_seal_signer **out,
                                struct hf_fault *fault)
{
    struct hf_seal_signer *copy = calloc(1, sizeof *copy);
    if (!copy)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for a key");
    if (EVP_PKEY_up_ref(signer->tool.key) == 1)
        copy->tool.key = signer->tool.key;
    enum hf_err err = make_ready(&copy->tool, EVP_PKEY_sign_init, fault);
    if (err == HF_ERR_OK)
        *out = copy;
    else
        hf_seal_signer_free(copy);
    return err;
}

void hf_seal_signer_free(struct hf_seal_signer *signer)
{
    if (signer)
        tool_free(&signer->tool);
    free(signer);
}

enum hf_err hf_seal_verifier_parse(const char *pem, size_t len, const char *name,
                                   struct hf_seal_verifier **out, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    struct hf_seal_verifier *verifier = calloc(1, sizeof *verifier);
    if (!verifier)
        err = hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for a key");
    else if (!(verifier->tool.key = parse(pem, len, read_public)))
        err = hf_fault_set(fault, HF_ERR_MALFORMED, 0, "%s holds no public key on P-256", name);
    else
        err = make_ready(&verifier->tool, EVP_PKEY_verify_init, fault);
    if (err == HF_ERR_OK)
        *out = verifier;
    else
        hf_seal_verifier_free(verifier);
    return err;
}

enum hf_err hf_seal_verifier_load(const char *path, struct hf_seal_verifier **out,
                                  struct hf_fault *fault)
{
    struct hf_pem pem = {0};
    enum hf_err err = hf_pem_read(path, &pem, fault);
    if (err == HF_ERR_OK)
        err = hf_seal_verifier_parse((const char *)pem.text, pem.size - 1, path, out, fault);
    hf_pem_free(&pem);
    return err;
}

void hf_seal_verifier_free(struct hf_seal_verifier *verifier)
{
    if (verifier)
        tool_free(&verifier->tool);
    free(verifier);
}

/* --- Signatures --- */

static bool hash(const struct tool *tool, const struct hf_seal *seal, uint8_t out[HF_SHA256_BYTES])
{
    return EVP_DigestInit_ex2(tool->hash, tool->sha256, NULL) == 1 &&
           EVP_DigestUpdate(tool->hash, seal->text, seal->len) == 1 &&
           EVP_DigestFinal_ex(tool->hash, out, NULL) == 1;
}

enum hf_err hf_seal_sign(struct hf_seal_signer *signer, const struct hf_seal *seal,
                         char signature[HF_SIGNATURE_MAX + 1], struct hf_fault *fault)
{
    uint8_t digest[HF_SHA256_BYTES], der[DER_MAX];
    size_t len = sizeof der;
    signature[0] = '\0';
    if (!hash(&signer->tool, seal, digest) ||
        EVP_PKEY_sign(signer->tool.use, der, &len, digest, sizeof digest) != 1)
        return fail(fault, "cannot sign");
    (void)EVP_EncodeBlock((unsigned char *)signature, der, (int)len);
    return HF_ERR_OK;
}

bool hf_seal_check(struct hf_seal_verifier *verifier, const struct hf_seal *seal,
                   const char *signature)
{
    uint8_t digest[HF_SHA256_BYTES], der[DER_MAX];
    size_t len = 0;
    if (mbedtls_base64_decode(der, sizeof der, &len, (const unsigned char *)signature,
                              strlen(signature)) != 0 ||
        !hash(&verifier->tool, seal, digest))
        return false;
    const bool good = EVP_PKEY_verify(verifier->tool.use, der, len, digest, sizeof digest) == 1;
    ERR_clear_error(); /* a bad signature leaves words there */
    return good;
}
