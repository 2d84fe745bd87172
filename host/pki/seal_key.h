#ifndef HF_PKI_SEAL_KEY_H
#define HF_PKI_SEAL_KEY_H

#include "wire/fault.h"
#include "wire/seal.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Signatures on what wire/seal.h writes, made and checked on the manager's side: ECDSA on P-256
 * over SHA-256, as DER, as base64. Byte for byte the form of link/signature.h, which boards use;
 * this is OpenSSL's libcrypto, some thirty times as fast, for a machine that signs 20,000 tasks a
 * second. Keys stay P-256 for the boards' sake.
 *
 * Keys are wiped when they are freed and never printed. A key that wants a password is refused,
 * nobody is asked. Nothing here waits for a peer. A key may be used by one thread at a time.
 */

/* --- Who signs --- */

struct hf_seal_signer;

/*
 * A private key in PEM. HF_ERR_NOT_FOUND, HF_ERR_DENIED, HF_ERR_IO: the file cannot be read.
 * HF_ERR_MALFORMED: it holds no unencrypted private key on P-256. HF_ERR_NO_MEMORY. HF_ERR_TLS:
 * the library fails. `*out` is untouched on an error.
 */
enum hf_err hf_seal_signer_load(const char *path, struct hf_seal_signer **out,
                                struct hf_fault *fault);

/* The same key for another thread. HF_ERR_NO_MEMORY, HF_ERR_TLS. */
enum hf_err hf_seal_signer_copy(const struct hf_seal_signer *signer, struct hf_seal_signer **out,
                                struct hf_fault *fault);
void hf_seal_signer_free(struct hf_seal_signer *signer); /* NULL is fine */

/* HF_ERR_TLS, with the library's own words: it could not; `signature` is then empty. */
enum hf_err hf_seal_sign(struct hf_seal_signer *signer, const struct hf_seal *seal,
                         char signature[HF_SIGNATURE_MAX + 1], struct hf_fault *fault);

/* --- Whose signatures are believed --- */

struct hf_seal_verifier;

/*
 * A public key in PEM, or a certificate in PEM, whose key it is then; who issued the certificate
 * and until when it is good is the caller's to know. Errors as of hf_seal_signer_load().
 */
enum hf_err hf_seal_verifier_load(const char *path, struct hf_seal_verifier **out,
                                  struct hf_fault *fault);

/* The same from memory. `name` says in a fault where it is from: a path, "board kitchen". */
enum hf_err hf_seal_verifier_parse(const char *pem, size_t len, const char *name,
                                   struct hf_seal_verifier **out, struct hf_fault *fault);
void hf_seal_verifier_free(struct hf_seal_verifier *verifier); /* NULL is fine */

/* False for any signature that is not one of this text by this key, an empty one too. */
bool hf_seal_check(struct hf_seal_verifier *verifier, const struct hf_seal *seal,
                   const char *signature);

#endif
