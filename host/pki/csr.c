#include "pki/csr.h"

#include "home/file.h"
#include "link/digest.h"
#include "wire/str.h"

#include <mbedtls/oid.h>
#include <mbedtls/x509_csr.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX   16384
#define CURVE_BITS 256

static struct hf_str common_name(const mbedtls_x509_csr *csr)
{
    for (const mbedtls_x509_name *name = &csr->subject; name; name = name->next)
        if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &name->oid) == 0)
            return (struct hf_str){(const char *)name->val.p, name->val.len};
    return hf_str(NULL);
}

static bool has_our_kind_of_key(const mbedtls_x509_csr *csr)
{
    return mbedtls_pk_can_do(&csr->pk, MBEDTLS_PK_ECDSA) &&
           mbedtls_pk_get_bitlen(&csr->pk) == CURVE_BITS;
}

/* The library reads a request and leaves its signature to the reader. */
static bool is_signed(mbedtls_x509_csr *csr)
{
    uint8_t digest[HF_SHA256_BYTES];
    hf_digest_of(csr->cri.p, csr->cri.len, digest);
    return csr->MBEDTLS_PRIVATE(sig_md) == MBEDTLS_MD_SHA256 &&
           mbedtls_pk_verify(&csr->pk, MBEDTLS_MD_SHA256, digest, sizeof digest,
                             csr->MBEDTLS_PRIVATE(sig).p, csr->MBEDTLS_PRIVATE(sig).len) == 0;
}

static enum hf_err judge(mbedtls_x509_csr *csr, const char *from, const char *board,
                         struct hf_fault *fault)
{
    const struct hf_str name = common_name(csr);
    if (!hf_str_equal(name, hf_str(board)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "%s is a request for \"%.*s\", not for \"%s\": give that name to "
                            "enroll, or make it anew with \"holdfast-worker --make-csr %s\"",
                            from, (int)(name.len > 64 ? 64 : name.len), name.data ? name.data : "",
                            board, board);
    if (!has_our_kind_of_key(csr))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "%s is for a key that is not on P-256, the one curve that boards use",
                            from);
    if (!is_signed(csr))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "%s is not signed with the key in it (SHA-256): it was damaged or "
                            "altered on its way, make it anew",
                            from);
    return HF_ERR_OK;
}

enum hf_err hf_pki_csr_read(const char *pem, const char *from, const char *board,
                            mbedtls_pk_context *key, struct hf_fault *fault)
{
    mbedtls_x509_csr csr;
    mbedtls_pk_init(key);
    mbedtls_x509_csr_init(&csr);
    const int raw = mbedtls_x509_csr_parse(&csr, (const unsigned char *)pem, strlen(pem) + 1);
    enum hf_err err = HF_ERR_OK;
    if (raw != 0)
        err = hf_fault_set(fault, HF_ERR_MALFORMED, raw,
                           "%s holds no certificate request in PEM (\"holdfast-worker --make-csr\" "
                           "prints one)",
                           from);
    if (err == HF_ERR_OK)
        err = judge(&csr, from, board, fault);
    if (err == HF_ERR_OK) { /* the key moves to the caller */
        *key = csr.pk;
        mbedtls_pk_init(&csr.pk);
    }
    mbedtls_x509_csr_free(&csr);
    return err;
}

enum hf_err hf_pki_csr_load(const char *path, const char *board, mbedtls_pk_context *key,
                            struct hf_fault *fault)
{
    char *pem = NULL;
    mbedtls_pk_init(key);
    enum hf_err err = hf_file_read(path, FILE_MAX, &pem, NULL, fault);
    if (err == HF_ERR_OK)
        err = hf_pki_csr_read(pem, path, board, key, fault);
    free(pem);
    return err;
}
