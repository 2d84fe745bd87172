#ifndef HF_PKI_KEY_H
#define HF_PKI_KEY_H

#include "wire/fault.h"

#include <mbedtls/pk.h>
#include <stddef.h>

/*
 * Private keys: ECDSA on P-256, from the kernel's random numbers, kept as PEM files that only
 * their owner can read. Never printed, never in a fault.
 */

/* `key` is initialised by this and freed by the caller in every case. HF_ERR_TLS. */
enum hf_err hf_pki_key_make(mbedtls_pk_context *key, struct hf_fault *fault);

/* Writes a key, mode 0600 from the first byte on. HF_ERR_TLS, errors of hf_file_write. */
enum hf_err hf_pki_key_save(mbedtls_pk_context *key, const char *path, struct hf_fault *fault);

/*
 * `key` is initialised by this and freed by the caller in every case. HF_ERR_NOT_FOUND,
 * HF_ERR_MALFORMED (no unencrypted private key), errors of hf_file_read.
 */
enum hf_err hf_pki_key_load(mbedtls_pk_context *key, const char *path, struct hf_fault *fault);

/* Loads the key that is there, or makes it. Of two processes that do so at once both get the key of
 * the first. Errors of the three above. */
enum hf_err hf_pki_key_ensure(mbedtls_pk_context *key, const char *path, struct hf_fault *fault);

/* WHAT: the library's own words for `raw`, as HF_ERR_TLS. */
enum hf_err hf_pki_fault(struct hf_fault *fault, int raw, const char *what);

#endif
