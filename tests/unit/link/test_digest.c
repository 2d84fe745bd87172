#include "../cmocka_all.h"
#include "link/digest.h"

static void a_hash_is_the_same_in_one_piece_and_in_many(void **state)
{
    static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea};
    uint8_t pieces[HF_SHA256_BYTES], whole[HF_SHA256_BYTES];
    struct hf_digest digest;
    (void)state;
    hf_digest_begin(&digest);
    hf_digest_add(&digest, "a", 1);
    hf_digest_add(&digest, NULL, 0);
    hf_digest_add(&digest, "bc", 2);
    hf_digest_end(&digest, pieces);
    assert_memory_equal(pieces, abc, sizeof abc);
    hf_digest_of("abc", 3, whole);
    assert_memory_equal(pieces, whole, sizeof whole);
}

static void the_words_of_a_result_are_two_texts_with_a_zero_between(void **state)
{
    uint8_t words[HF_SHA256_BYTES], same[HF_SHA256_BYTES];
    (void)state;
    hf_digest_words(hf_str("why"), hf_str("tail"), words);
    hf_digest_of("why\0tail", 8, same);
    assert_memory_equal(words, same, sizeof same);
    hf_digest_words(hf_str(""), hf_str(""), words);
    hf_digest_of("", 1, same);
    assert_memory_equal(words, same, sizeof same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hash_is_the_same_in_one_piece_and_in_many),
        cmocka_unit_test(the_words_of_a_result_are_two_texts_with_a_zero_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
