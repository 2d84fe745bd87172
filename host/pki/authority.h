#ifndef HF_PKI_AUTHORITY_H
#define HF_PKI_AUTHORITY_H

#include "home/home.h"
#include "pki/issue.h"
#include "pki/names.h"

/*
 * The two certificate authorities of a data folder and what they sign, as files: BASE.pem and
 * BASE.key. Two, so that a board's certificate can never pass for the broker's: boards trust the
 * server CA only, the broker trusts the device CA only.
 */

#define HF_PKI_RENEW_S (30 * INT64_C(86400)) /* leaves with less time left are made anew */

/*
 * Makes what is missing of: both authorities, the empty list of what a device CA that was made
 * just now has revoked (pki/revocation.h), the signing key (pki/signing.h), the broker's
 * certificate (good for all of `names`) and the manager's; renews leaves that end soon, do not fit
 * their key or their authority, or lack a name. `*renewed` (may be NULL) tells whether the broker's
 * changed. HF_ERR_DENIED: a leaf has to be made, but its authority's key is not there (kept
 * elsewhere).
 */
enum hf_err hf_pki_setup(const struct hf_home *home, const struct hf_pki_names *names,
                         int64_t now_s, bool *renewed, struct hf_fault *fault);

/* A new key and certificate for the broker, however good the old one is. HF_ERR_DENIED as above. */
enum hf_err hf_pki_renew_broker(const struct hf_home *home, const struct hf_pki_names *names,
                                int64_t now_s, struct hf_fault *fault);

/* The device CA alone, for `enroll` with a broker elsewhere. */
enum hf_err hf_pki_setup_devices(const struct hf_home *home, int64_t now_s, struct hf_fault *fault);

/*
 * Makes a key and a certificate signed by `authority` (a base path); the key goes to `key_path`
 * (0600), the certificate to `cert_path` (0644). request->not_after_max_s is ignored: the
 * authority's own end is the limit. HF_ERR_DENIED: the authority's key is not there, or another's.
 */
enum hf_err hf_pki_leaf_make(const char *authority, const struct hf_pki_request *request,
                             const char *cert_path, const char *key_path, struct hf_fault *fault);

/* The same for a key that is somewhere else: `subject` is its public half. */
enum hf_err hf_pki_leaf_sign(const char *authority, const struct hf_pki_request *request,
                             mbedtls_pk_context *subject, const char *cert_path,
                             struct hf_fault *fault);

/* --- For pki/succession.h --- */

/* Both new authorities, as far as they are missing. */
enum hf_err hf_pki_setup_next(const struct hf_home *home, int64_t now_s, struct hf_fault *fault);

/* The broker's and the manager's certificate, unless the new authorities signed them already. */
enum hf_err hf_pki_setup_leaves_of_next(const struct hf_home *home,
                                        const struct hf_pki_names *names, int64_t now_s,
                                        struct hf_fault *fault);

#endif
