#ifndef HF_PKI_ISSUE_H
#define HF_PKI_ISSUE_H

#include "pki/names.h"

#include <mbedtls/pk.h>
#include <stdint.h>

/*
 * Makes one certificate in memory: X.509 v3, SHA-256, a random serial of 128 bits. Pure but for
 * the random numbers: time comes in, PEM goes out.
 */

#define HF_PKI_CA_DAYS     3650
#define HF_PKI_LEAF_DAYS   825
#define HF_PKI_BACKDATE_S  86400      /* a board's clock may be behind */
#define HF_PKI_PEM_MAX     32768      /* bytes of any certificate made here, with the final 0 */
#define HF_PKI_SUBJECT_MAX 255        /* bytes of a subject as text ("CN=...,O=...") */
#define HF_PKI_CLOCK_MIN_S 1704067200 /* 2024: a clock before that is wrong */

enum hf_pki_kind {
    HF_PKI_CA,     /* signs others, and nothing below them (path length 0) */
    HF_PKI_SERVER, /* extendedKeyUsage serverAuth */
    HF_PKI_CLIENT, /* extendedKeyUsage clientAuth */
};

struct hf_pki_request {
    enum hf_pki_kind kind;
    const char *common_name;          /* letters, digits, space, '.', '-' */
    const struct hf_pki_names *names; /* SERVER; NULL otherwise */
    int64_t now_s;                    /* Unix time */
    int64_t not_after_max_s;          /* of the issuer; 0: no limit */
};

/*
 * `issuer_subject` is the issuer's subject as text; NULL: self-signed (`issuer` is then
 * `subject`). HF_ERR_INVALID: this machine's clock is set to before 2024. HF_ERR_NO_MEMORY,
 * HF_ERR_TLS.
 */
enum hf_err hf_pki_issue(const struct hf_pki_request *request, mbedtls_pk_context *subject,
                         mbedtls_pk_context *issuer, const char *issuer_subject,
                         char pem[HF_PKI_PEM_MAX], struct hf_fault *fault);

#endif
