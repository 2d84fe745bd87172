/* The hash state is read and set in place; Mbed TLS 3 hides it unless asked. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "handlers/nonce.h"

#include "wire/hex.h"

#include <inttypes.h>
#include <mbedtls/md5.h>
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <string.h>

#define BLOCK 64

/* --- the message as blocks --- */

static size_t count_digits(uint64_t number)
{
    size_t digits = 1;
    for (; number >= 10; number /= 10)
        digits++;
    return digits;
}

static void put_length(struct hf_nonce *nonce, size_t message_len)
{
    uint64_t bits = (uint64_t)message_len * 8;
    unsigned char *field = nonce->blocks + nonce->block_count * BLOCK - 8;
    for (unsigned i = 0; i < 8; i++) {
        unsigned place = nonce->algorithm == HF_NONCE_MD5 ? i : 7 - i;
        field[i] = (unsigned char)(bits >> (8 * place));
    }
}

/* The suffix lies behind `nonce->digits` digits; moves it behind those of `next` and pads anew. */
static void lay_out(struct hf_nonce *nonce)
{
    size_t digits = count_digits(nonce->next);
    size_t message_len = digits + nonce->suffix_len;
    memmove(nonce->blocks + digits, nonce->blocks + nonce->digits, nonce->suffix_len);
    nonce->digits = digits;
    nonce->block_count = (message_len + 1 + 8 + BLOCK - 1) / BLOCK;

    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, nonce->next);
    memcpy(nonce->blocks, text, digits);
    memset(nonce->blocks + message_len, 0, nonce->block_count * BLOCK - message_len);
    nonce->blocks[message_len] = 0x80;
    put_length(nonce, message_len);
}

static void step(struct hf_nonce *nonce)
{
    nonce->next++;
    for (size_t i = nonce->digits; i-- > 0;) {
        if (nonce->blocks[i] != '9') {
            nonce->blocks[i]++;
            return;
        }
        nonce->blocks[i] = '0';
    }
    lay_out(nonce);
}

/* --- the prefix as words of the state --- */

/* Byte `i` of a digest within its word: MD5 writes words little end first, SHA-256 big end first.
 */
static unsigned shift_of(enum hf_nonce_algorithm algorithm, size_t i)
{
    return algorithm == HF_NONCE_MD5 ? 8 * (unsigned)(i % 4) : 8 * (3 - (unsigned)(i % 4));
}

static bool set_prefix(struct hf_nonce *nonce, const char *prefix)
{
    size_t len = strlen(prefix);
    if (len > 2 * hf_nonce_digest_len(nonce->algorithm))
        return false;
    for (size_t i = 0; i < len; i++) {
        int digit = hf_hex_digit(prefix[i]);
        if (digit < 0)
            return false;
        unsigned shift = shift_of(nonce->algorithm, i / 2) + (i % 2 == 0 ? 4 : 0);
        nonce->want[i / 8] |= (uint32_t)digit << shift;
        nonce->mask[i / 8] |= UINT32_C(15) << shift;
    }
    nonce->word_count = (len + 7) / 8;
    return true;
}

static bool fits(const struct hf_nonce *nonce, const uint32_t *state)
{
    for (size_t i = 0; i < nonce->word_count; i++) {
        if ((state[i] & nonce->mask[i]) != nonce->want[i])
            return false;
    }
    return true;
}

static void put_digest(enum hf_nonce_algorithm algorithm, const uint32_t *state,
                       unsigned char *digest)
{
    for (size_t i = 0; i < hf_nonce_digest_len(algorithm); i++)
        digest[i] = (unsigned char)(state[i / 4] >> shift_of(algorithm, i));
}

/* --- the search: the same loop for each hash, so that the compiler sees the calls --- */

#define DEFINE_TRY(name, context, starts, process)                                                 \
    static bool name(struct hf_nonce *nonce, uint64_t count, unsigned char *digest)                \
    {                                                                                              \
        context fresh, hash;                                                                       \
        if (!(starts))                                                                             \
            return false;                                                                          \
        hash = fresh;                                                                              \
        for (; count > 0; count--, step(nonce)) {                                                  \
            memcpy(hash.state, fresh.state, sizeof hash.state);                                    \
            for (size_t i = 0; i < nonce->block_count; i++)                                        \
                (void)process(&hash, nonce->blocks + i * BLOCK);                                   \
            if (fits(nonce, hash.state)) {                                                         \
                put_digest(nonce->algorithm, hash.state, digest);                                  \
                return true;                                                                       \
            }                                                                                      \
        }                                                                                          \
        return false;                                                                              \
    }

DEFINE_TRY(try_md5, mbedtls_md5_context,
           (mbedtls_md5_init(&fresh), mbedtls_md5_starts(&fresh) == 0),
           mbedtls_internal_md5_process)
DEFINE_TRY(try_sha256, mbedtls_sha256_context,
           (mbedtls_sha256_init(&fresh), mbedtls_sha256_starts(&fresh, 0) == 0),
           mbedtls_internal_sha256_process)

size_t hf_nonce_digest_len(enum hf_nonce_algorithm algorithm)
{
    return algorithm == HF_NONCE_MD5 ? 16 : 32;
}

bool hf_nonce_begin(struct hf_nonce *nonce, enum hf_nonce_algorithm algorithm, uint64_t start,
                    const char *suffix, size_t suffix_len, const char *prefix)
{
    if (suffix_len > HF_NONCE_SUFFIX_MAX)
        return false;
    memset(nonce, 0, sizeof *nonce);
    nonce->algorithm = algorithm;
    nonce->next = start;
    nonce->suffix_len = suffix_len;
    if (suffix_len > 0)
        memcpy(nonce->blocks, suffix, suffix_len);
    lay_out(nonce);
    return set_prefix(nonce, prefix);
}

bool hf_nonce_try(struct hf_nonce *nonce, uint64_t count, uint64_t *found,
                  unsigned char digest[HF_NONCE_DIGEST_MAX])
{
    bool hit = nonce->algorithm == HF_NONCE_MD5 ? try_md5(nonce, count, digest)
                                                : try_sha256(nonce, count, digest);
    if (!hit)
        return false;
    *found = nonce->next;
    step(nonce);
    return true;
}
