#include "link/digest.h"

void hf_digest_begin(struct hf_digest *digest)
{
    mbedtls_sha256_init(&digest->sha256);
    (void)mbedtls_sha256_starts(&digest->sha256, 0); /* in software it cannot fail */
}

void hf_digest_add(struct hf_digest *digest, const void *data, size_t len)
{
    if (len > 0)
        (void)mbedtls_sha256_update(&digest->sha256, data, len);
}

void hf_digest_end(struct hf_digest *digest, uint8_t out[HF_SHA256_BYTES])
{
    (void)mbedtls_sha256_finish(&digest->sha256, out);
    mbedtls_sha256_free(&digest->sha256);
}

void hf_digest_of(const void *data, size_t len, uint8_t out[HF_SHA256_BYTES])
{
    struct hf_digest digest;
    hf_digest_begin(&digest);
    hf_digest_add(&digest, data, len);
    hf_digest_end(&digest, out);
}

void hf_digest_words(struct hf_str reason, struct hf_str log_tail, uint8_t out[HF_SHA256_BYTES])
{
    struct hf_digest digest;
    hf_digest_begin(&digest);
    hf_digest_add(&digest, reason.data, reason.len);
    hf_digest_add(&digest, "", 1);
    hf_digest_add(&digest, log_tail.data, log_tail.len);
    hf_digest_end(&digest, out);
}
