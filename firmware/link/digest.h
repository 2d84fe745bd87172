#ifndef HF_LINK_DIGEST_H
#define HF_LINK_DIGEST_H

#include "wire/seal.h"

#include <mbedtls/sha256.h>
#include <stddef.h>
#include <stdint.h>

/* SHA-256 of bytes that come in pieces. Plain data; begin, add any number of times, end. */
struct hf_digest {
    mbedtls_sha256_context sha256;
};

void hf_digest_begin(struct hf_digest *digest);
void hf_digest_add(struct hf_digest *digest, const void *data, size_t len);
void hf_digest_end(struct hf_digest *digest, uint8_t out[HF_SHA256_BYTES]);

/* All three in one. */
void hf_digest_of(const void *data, size_t len, uint8_t out[HF_SHA256_BYTES]);

/* `words` of hf_seal_result: what a result says to people, as it travels. */
void hf_digest_words(struct hf_str reason, struct hf_str log_tail, uint8_t out[HF_SHA256_BYTES]);

#endif
