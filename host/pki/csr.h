#ifndef HF_PKI_CSR_H
#define HF_PKI_CSR_H

#include "wire/fault.h"

#include <mbedtls/pk.h>
#include <stddef.h>

/* A certificate request (PKCS#10) that a board made: what proves that it has the key. */

/*
 * PEM text -> the public key in it. `key` is initialised by this and freed by the caller in every
 * case. `from` names the text in faults. HF_ERR_MALFORMED: no request in PEM. HF_ERR_INVALID: it is
 * for another common name than `board`, for no key on P-256, or not signed with that key (SHA-256).
 * Whatever else it asks for (names, usages) is not granted and not looked at.
 */
enum hf_err hf_pki_csr_read(const char *pem, const char *from, const char *board,
                            mbedtls_pk_context *key, struct hf_fault *fault);

/* The same from a file. Errors of hf_file_read. */
enum hf_err hf_pki_csr_load(const char *path, const char *board, mbedtls_pk_context *key,
                            struct hf_fault *fault);

#endif
