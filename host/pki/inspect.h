#ifndef HF_PKI_INSPECT_H
#define HF_PKI_INSPECT_H

#include "pki/issue.h"
#include "pki/names.h"

#include <stdint.h>

/* What a certificate file says, as plain facts. */

#define HF_PKI_SERIAL_MAX 40 /* hex digits of a serial number (RFC 5280: 20 bytes) */

struct hf_pki_facts {
    char subject[HF_PKI_SUBJECT_MAX + 1]; /* as text, fit for an issuer_subject */
    char serial[HF_PKI_SERIAL_MAX + 1];   /* hex digits, upper case */
    int64_t not_before_s, not_after_s;    /* Unix time */
    struct hf_pki_names names;
};

/*
 * HF_ERR_NOT_FOUND, HF_ERR_MALFORMED (no certificate in PEM), errors of hf_file_read; `out` is
 * then undefined. Of several certificates in the file the first counts.
 */
enum hf_err hf_pki_inspect(const char *path, struct hf_pki_facts *out, struct hf_fault *fault);

/*
 * Whether the certificate in base.pem fits the key in base.key, is signed by the one in
 * authority.pem, and will still be valid at `until_s`. Any error counts as no.
 */
bool hf_pki_pair_good(const char *authority, const char *base, int64_t now_s, int64_t until_s);

/* HF_ERR_DENIED: the key in base.key is not that of the first certificate in base.pem, or one of
 * them cannot be read; an authority signs nothing then. */
enum hf_err hf_pki_key_fits(const char *base, struct hf_fault *fault);

/* Whether one of those in authority.pem signed the certificate in `pem`, whenever it is valid. */
bool hf_pki_is_signed_by(const char *pem, const char *authority);

#endif
