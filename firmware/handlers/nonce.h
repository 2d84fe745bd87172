#ifndef HF_HANDLERS_NONCE_H
#define HF_HANDLERS_NONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The search behind the handler nonce-search, without its JSON. Pure.
 *
 * The message is hashed where it lies: laid out once with the padding and length that MD5 and
 * SHA-256 end with, it is a row of 64-byte blocks in which, from one nonce to the next, only digits
 * change. So a try is an increment of decimal text and one compression a block; the layout is made
 * anew only when the nonce gets another digit.
 */

#define HF_NONCE_SUFFIX_MAX (64 * 1024) /* bytes behind the nonce */
#define HF_NONCE_DIGITS_MAX 16          /* of a nonce: at most 2^53 - 1 */
#define HF_NONCE_DIGEST_MAX 32          /* bytes */

enum hf_nonce_algorithm { HF_NONCE_MD5, HF_NONCE_SHA256 };

struct hf_nonce {
    enum hf_nonce_algorithm algorithm;
    uint64_t next; /* the nonce that is tried next */
    size_t digits; /* of `next` */
    size_t suffix_len;
    size_t block_count;
    uint32_t want[8], mask[8]; /* the prefix as words of the hash's state */
    size_t word_count;         /* of them that the prefix touches */
    unsigned char blocks[HF_NONCE_DIGITS_MAX + HF_NONCE_SUFFIX_MAX + 2 * 64];
};

/* Bytes of a digest: 16 or 32. */
size_t hf_nonce_digest_len(enum hf_nonce_algorithm algorithm);

/*
 * Prepares a search from `start` on. False: `suffix_len` over its limit, or `prefix` longer than
 * the digest or not hex digits (either case).
 */
bool hf_nonce_begin(struct hf_nonce *nonce, enum hf_nonce_algorithm algorithm, uint64_t start,
                    const char *suffix, size_t suffix_len, const char *prefix);

/*
 * Tries `count` nonces, or fewer: true as soon as one fits, with `*found` and its digest; `next` is
 * then behind it. The caller keeps the last one within HF_NONCE_DIGITS_MAX digits.
 */
bool hf_nonce_try(struct hf_nonce *nonce, uint64_t count, uint64_t *found,
                  unsigned char digest[HF_NONCE_DIGEST_MAX]);

#endif
