#include "../cmocka_all.h"
#include "wifi/eapol.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t words[] = "some key data";

static const struct hf_eapol_key key = {
    .info = HF_EAPOL_HMAC_SHA1_AES | HF_EAPOL_PAIRWISE | HF_EAPOL_ACK,
    .key_len = 16,
    .replay = UINT64_C(0x0102030405060708),
    .nonce = {1, 2, 3},
    .mic = {4, 5, 6},
    .data = words,
    .data_len = sizeof words,
};

static void what_was_written_is_read(void **state)
{
    (void)state;
    uint8_t frame[HF_EAPOL_MAX + 40] = {0};
    struct hf_eapol_key got;
    const size_t len = hf_eapol_write(&key, frame);
    assert_int_equal(len, HF_EAPOL_FIXED_BYTES + sizeof words);
    assert_true(hf_eapol_read(frame, len + 40, &got)); /* Ethernet pads short frames */
    assert_int_equal(got.info, key.info);
    assert_int_equal(got.key_len, 16);
    assert_true(got.replay == key.replay);
    assert_memory_equal(got.nonce, key.nonce, sizeof key.nonce);
    assert_memory_equal(got.mic, key.mic, sizeof key.mic);
    assert_int_equal(got.data_len, sizeof words);
    assert_memory_equal(got.data, words, sizeof words);
    assert_int_equal(got.frame_len, len);
}

static void numbers_stand_where_the_standard_has_them(void **state)
{
    (void)state;
    uint8_t frame[HF_EAPOL_MAX];
    (void)hf_eapol_write(&key, frame);
    assert_int_equal(frame[1], 3);                          /* EAPOL-Key */
    assert_int_equal(frame[3], 95 + sizeof words);          /* what follows */
    assert_int_equal(frame[4], 2);                          /* RSN */
    assert_memory_equal(frame + 5, "\x00\x8a", 2);          /* key information */
    assert_memory_equal(frame + 9, "\1\2\3\4\5\6\7\10", 8); /* replay counter */
    assert_memory_equal(frame + 17, key.nonce, 32);
    assert_memory_equal(frame + HF_EAPOL_MIC_AT, key.mic, 16);
    assert_memory_equal(frame + 97, "\0\16", 2);
}

static void frame_that_is_cut_anywhere_is_refused(void **state)
{
    (void)state;
    uint8_t frame[HF_EAPOL_MAX];
    struct hf_eapol_key got;
    const size_t len = hf_eapol_write(&key, frame);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = malloc(cut + 1);
        memcpy(copy + 1, frame, cut);
        assert_false(hf_eapol_read(copy + 1, cut, &got));
        free(copy);
    }
}

static void key_data_beyond_the_frame_or_the_limit_is_refused(void **state)
{
    (void)state;
    uint8_t frame[HF_EAPOL_MAX + 100] = {0};
    struct hf_eapol_key got, large = key;
    const size_t len = hf_eapol_write(&key, frame);
    frame[98]++;
    assert_false(hf_eapol_read(frame, sizeof frame, &got));
    frame[98]--;
    assert_true(hf_eapol_read(frame, len, &got));
    large.data_len = HF_EAPOL_DATA_MAX + 1;
    assert_int_equal(hf_eapol_write(&large, frame), 0);
}

static void other_frames_are_refused(void **state)
{
    (void)state;
    uint8_t frame[HF_EAPOL_MAX];
    struct hf_eapol_key got;
    const size_t len = hf_eapol_write(&key, frame);
    frame[1] = 1; /* EAPOL-Start */
    assert_false(hf_eapol_read(frame, len, &got));
    frame[1] = 3;
    frame[4] = 254; /* WPA before there was an RSN */
    assert_false(hf_eapol_read(frame, len, &got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(numbers_stand_where_the_standard_has_them),
        cmocka_unit_test(frame_that_is_cut_anywhere_is_refused),
        cmocka_unit_test(key_data_beyond_the_frame_or_the_limit_is_refused),
        cmocka_unit_test(other_frames_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
