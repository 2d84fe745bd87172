#include "pki/key.h"

#include "home/file.h"
#include "link/tls_platform.h"

#include <mbedtls/ecp.h>
#include <mbedtls/error.h>
#include <mbedtls/platform_util.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PEM_MAX 16384 /* an RSA key of a company's CA fits too */

enum hf_err hf_pki_fault(struct hf_fault *fault, int raw, const char *what)
{
    char words[128];
    mbedtls_strerror(raw, words, sizeof words);
    return hf_fault_set(fault, HF_ERR_TLS, raw, "%s: %s", what, words);
}

enum hf_err hf_pki_key_make(mbedtls_pk_context *key, struct hf_fault *fault)
{
    mbedtls_pk_init(key);
    int raw = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    if (raw == 0)
        raw =
            mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key), hf_tls_random, NULL);
    return raw == 0 ? HF_ERR_OK : hf_pki_fault(fault, raw, "cannot make a key");
}

static enum hf_err save(mbedtls_pk_context *key, const char *path, bool new, struct hf_fault *fault)
{
    unsigned char pem[PEM_MAX];
    int raw = mbedtls_pk_write_key_pem(key, pem, sizeof pem);
    if (raw != 0)
        return hf_pki_fault(fault, raw, "cannot write a key as PEM");
    const size_t len = strlen((char *)pem);
    enum hf_err err = new ? hf_file_write_new(path, pem, len, 0600, fault)
                          : hf_file_write(path, pem, len, 0600, fault);
    mbedtls_platform_zeroize(pem, sizeof pem);
    return err;
}

enum hf_err hf_pki_key_save(mbedtls_pk_context *key, const char *path, struct hf_fault *fault)
{
    return save(key, path, false, fault);
}

enum hf_err hf_pki_key_load(mbedtls_pk_context *key, const char *path, struct hf_fault *fault)
{
    char *pem = NULL;
    size_t len = 0;
    mbedtls_pk_init(key);
    enum hf_err err = hf_file_read(path, PEM_MAX, &pem, &len, fault);
    if (err)
        return err;
    int raw =
        mbedtls_pk_parse_key(key, (unsigned char *)pem, len + 1, NULL, 0, hf_tls_random, NULL);
    mbedtls_platform_zeroize(pem, len);
    free(pem);
    if (raw != 0)
        return hf_fault_set(fault, HF_ERR_MALFORMED, raw,
                            "%s holds no private key in PEM without a password", path);
    return HF_ERR_OK;
}

enum hf_err hf_pki_key_ensure(mbedtls_pk_context *key, const char *path, struct hf_fault *fault)
{
    enum hf_err err = hf_pki_key_load(key, path, fault);
    if (err != HF_ERR_NOT_FOUND)
        return err;
    err = hf_pki_key_make(key, fault);
    if (!err)
        err = save(key, path, true, fault);
    if (err != HF_ERR_EXISTS)
        return err;
    mbedtls_pk_free(key);
    return hf_pki_key_load(key, path, fault);
}
