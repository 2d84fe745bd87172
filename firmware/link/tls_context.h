#ifndef HF_LINK_TLS_CONTEXT_H
#define HF_LINK_TLS_CONTEXT_H

#include "wire/fault.h"

#include <stdint.h>

/*
 * What every TLS connection of this process shares: the CAs that we trust, our own certificate and
 * key, and the rules (TLS 1.2 or 1.3, the peer must prove its name; there is no switch to turn a
 * check off). Loaded once from PEM files; reload by making a new one.
 *
 * Loading the first one starts Mbed TLS (link/tls_platform.h says whose clock dates are judged by).
 *
 * Memory: one context, a few KB a certificate, freed and wiped by hf_tls_context_free.
 */

struct hf_tls_context;

struct hf_tls_files {
    const char *ca;   /* PEM, one certificate or more: who may have signed the other side; the same
                         path as `cert`: those that come after ours in that file */
    const char *cert; /* PEM, ours first, then what leads to its CA; NULL: none */
    const char *key;  /* PEM, unencrypted, of `cert`; NULL exactly when `cert` is */
};

/*
 * `*out` is untouched on an error. HF_ERR_NOT_FOUND / HF_ERR_DENIED / HF_ERR_IO: a file (the fault
 * names it); HF_ERR_MALFORMED: not PEM or a wrong kind; HF_ERR_INVALID: key and certificate do not
 * belong together; HF_ERR_NO_MEMORY.
 */
enum hf_err hf_tls_context_load(const struct hf_tls_files *files, struct hf_tls_context **out,
                                struct hf_fault *fault);

/*
 * From when and until when our own certificate is valid, Unix seconds; either may be NULL.
 * HF_ERR_NOT_FOUND: there is none (both untouched).
 */
enum hf_err hf_tls_context_dates(const struct hf_tls_context *context, int64_t *from_s,
                                 int64_t *until_s);

void hf_tls_context_free(struct hf_tls_context *context);

#endif
