#ifndef HF_LINK_SIGNATURE_H
#define HF_LINK_SIGNATURE_H

#include "wire/seal.h"

#include <stdbool.h>

/*
 * Signatures on what wire/seal.h writes: ECDSA on P-256 over SHA-256, as DER, as base64 in the
 * header hf-sig. (`openssl dgst -sha256 -sign KEY | base64 -w0` makes the same.) Keys come from PEM
 * files and are never printed; freeing them wipes them. Nothing here waits for a peer. One call of
 * sign or check takes a millisecond on a PC and some tens on a small board.
 */

/* Whose signatures are believed. */
struct hf_verifier;

/*
 * A public key in PEM. HF_ERR_NOT_FOUND, HF_ERR_DENIED, HF_ERR_IO: the file cannot
 * be read. HF_ERR_MALFORMED: it holds none on P-256. HF_ERR_NO_MEMORY.
 */
enum hf_err hf_verifier_load(const char *path, struct hf_verifier **out, struct hf_fault *fault);
void hf_verifier_free(struct hf_verifier *verifier); /* NULL is fine */

/* False for any signature that is not one of this text by this key, an empty one too. */
bool hf_verifier_check(const struct hf_verifier *verifier, const struct hf_seal *seal,
                       const char *signature);

/* Who signs. */
struct hf_signer;

/* A private key in PEM. Errors as above. */
enum hf_err hf_signer_load(const char *path, struct hf_signer **out, struct hf_fault *fault);
void hf_signer_free(struct hf_signer *signer); /* NULL is fine */

/* HF_ERR_TLS: the library could not; `signature` is then empty. */
enum hf_err hf_signer_sign(struct hf_signer *signer, const struct hf_seal *seal,
                           char signature[HF_SIGNATURE_MAX + 1]);

#endif
