#include "pki/signing.h"

#include "home/file.h"
#include "pki/key.h"

#include <string.h>

#define PEM_MAX 1024

static enum hf_err save_public(const mbedtls_pk_context *key, const char *path,
                               struct hf_fault *fault)
{
    unsigned char pem[PEM_MAX];
    const int raw = mbedtls_pk_write_pubkey_pem(key, pem, sizeof pem);
    if (raw != 0)
        return hf_pki_fault(fault, raw, "cannot write a public key as PEM");
    return hf_file_write(path, pem, strlen((char *)pem), 0644, fault);
}

enum hf_err hf_pki_setup_signing(const struct hf_home *home, struct hf_fault *fault)
{
    char folder[HF_PATH_MAX + 1], secret[HF_PATH_MAX + 1], public[HF_PATH_MAX + 1];
    mbedtls_pk_context key;
    hf_home_path(home, HF_HOME_PKI, "", folder);
    hf_home_path(home, HF_HOME_SIGNING, ".key", secret);
    hf_home_path(home, HF_HOME_SIGNING, ".pub", public);
    if (hf_file_exists(secret) && hf_file_exists(public))
        return HF_ERR_OK;
    enum hf_err err = hf_file_make_dir(folder, fault);
    if (err)
        return err;
    err = hf_pki_key_ensure(&key, secret, fault);
    if (!err)
        err = save_public(&key, public, fault);
    mbedtls_pk_free(&key);
    return err;
}
