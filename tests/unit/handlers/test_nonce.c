#include "../cmocka_all.h"
#include "handlers/nonce.h"
#include "wire/hex.h"

#include <mbedtls/md5.h>
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hf_nonce nonce;

/* The digest of nonce and suffix by the ordinary way of the library: another path than the
 * search's. */
static void digest_of(enum hf_nonce_algorithm algorithm, uint64_t number, const char *suffix,
                      size_t len, char hex[65])
{
    static unsigned char message[HF_NONCE_SUFFIX_MAX + 24];
    unsigned char digest[32];
    size_t digits = (size_t)sprintf((char *)message, "%llu", (unsigned long long)number);
    memcpy(message + digits, suffix, len);
    int failed = algorithm == HF_NONCE_MD5 ? mbedtls_md5(message, digits + len, digest)
                                           : mbedtls_sha256(message, digits + len, digest, 0);
    assert_int_equal(failed, 0);
    hf_hex(hex, digest, hf_nonce_digest_len(algorithm));
}

/* Every digest on the way, across a change of the number of digits and every length of padding. */
static void every_digest_is_that_of_the_library(void **state)
{
    (void)state;
    static char suffix[200];
    memset(suffix, 's', sizeof suffix);
    for (int algorithm = HF_NONCE_MD5; algorithm <= HF_NONCE_SHA256; algorithm++) {
        for (size_t len = 0; len < sizeof suffix; len++) {
            suffix[len / 2] = (char)('a' + len % 26);
            assert_true(
                hf_nonce_begin(&nonce, (enum hf_nonce_algorithm)algorithm, 97, suffix, len, ""));
            for (uint64_t number = 97; number <= 103; number++) {
                unsigned char digest[HF_NONCE_DIGEST_MAX];
                char got[65], want[65];
                uint64_t found = 0;
                assert_true(hf_nonce_try(&nonce, 1, &found, digest));
                assert_int_equal(found, number);
                hf_hex(got, digest, hf_nonce_digest_len((enum hf_nonce_algorithm)algorithm));
                digest_of((enum hf_nonce_algorithm)algorithm, number, suffix, len, want);
                assert_string_equal(got, want);
            }
        }
    }
}

static void the_longest_suffix_is_taken_and_one_byte_more_is_not(void **state)
{
    (void)state;
    static char suffix[HF_NONCE_SUFFIX_MAX + 1];
    memset(suffix, 'x', sizeof suffix);
    unsigned char digest[HF_NONCE_DIGEST_MAX];
    char got[65], want[65];
    uint64_t found = 0, last = 9007199254740991;
    assert_true(hf_nonce_begin(&nonce, HF_NONCE_SHA256, last, suffix, HF_NONCE_SUFFIX_MAX, ""));
    assert_true(hf_nonce_try(&nonce, 1, &found, digest));
    hf_hex(got, digest, 32);
    digest_of(HF_NONCE_SHA256, last, suffix, HF_NONCE_SUFFIX_MAX, want);
    assert_string_equal(got, want);
    assert_false(hf_nonce_begin(&nonce, HF_NONCE_SHA256, 0, suffix, sizeof suffix, ""));
}

static void the_smallest_that_fits_is_found_for_every_length_of_prefix(void **state)
{
    (void)state;
    for (int algorithm = HF_NONCE_MD5; algorithm <= HF_NONCE_SHA256; algorithm++) {
        char whole[65], hex[65];
        digest_of((enum hf_nonce_algorithm)algorithm, 1234, "salt", 4, whole);
        for (size_t len = 0; len <= strlen(whole); len++) {
            char prefix[65];
            memcpy(prefix, whole, len);
            prefix[len] = '\0';
            uint64_t found = 0, want = 0;
            do {
                digest_of((enum hf_nonce_algorithm)algorithm, want, "salt", 4, hex);
            } while (memcmp(hex, prefix, len) != 0 && want++ < 1234);
            unsigned char digest[HF_NONCE_DIGEST_MAX];
            assert_true(
                hf_nonce_begin(&nonce, (enum hf_nonce_algorithm)algorithm, 0, "salt", 4, prefix));
            assert_true(hf_nonce_try(&nonce, 1235, &found, digest));
            assert_int_equal(found, want);
            assert_int_equal(nonce.next, want + 1);
        }
    }
}

static void only_as_many_are_tried_as_asked_for(void **state)
{
    (void)state;
    unsigned char digest[HF_NONCE_DIGEST_MAX];
    uint64_t found = 0;
    assert_true(hf_nonce_begin(&nonce, HF_NONCE_MD5, 84000, "abc", 3, "0000"));
    assert_false(hf_nonce_try(&nonce, 29, &found, digest));
    assert_int_equal(nonce.next, 84029);
    assert_false(hf_nonce_try(&nonce, 0, &found, digest));
    assert_true(hf_nonce_try(&nonce, 1, &found, digest));
    assert_int_equal(found, 84029);
}

static void a_prefix_that_no_digest_can_have_is_refused(void **state)
{
    (void)state;
    char longest[66];
    memset(longest, '0', sizeof longest);
    longest[65] = '\0';
    assert_false(hf_nonce_begin(&nonce, HF_NONCE_SHA256, 0, "", 0, longest));
    longest[64] = '\0';
    assert_true(hf_nonce_begin(&nonce, HF_NONCE_SHA256, 0, "", 0, longest));
    longest[33] = '\0';
    assert_false(hf_nonce_begin(&nonce, HF_NONCE_MD5, 0, "", 0, longest));
    assert_false(hf_nonce_begin(&nonce, HF_NONCE_MD5, 0, "", 0, "0g"));
    assert_false(hf_nonce_begin(&nonce, HF_NONCE_MD5, 0, "", 0, " "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_digest_is_that_of_the_library),
        cmocka_unit_test(the_longest_suffix_is_taken_and_one_byte_more_is_not),
        cmocka_unit_test(the_smallest_that_fits_is_found_for_every_length_of_prefix),
        cmocka_unit_test(only_as_many_are_tried_as_asked_for),
        cmocka_unit_test(a_prefix_that_no_digest_can_have_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
