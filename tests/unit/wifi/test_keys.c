#include "../cmocka_all.h"
#include "wifi/keys.h"
#include "wire/hex.h"

#include <stdlib.h>
#include <string.h>

static void assert_hex(const uint8_t *bytes, size_t len, const char *expected)
{
    char text[2 * 64 + 1];
    assert_true(len <= 64);
    hf_hex(text, bytes, len);
    assert_string_equal(text, expected);
}

/* IEEE 802.11-2016, J.3 */
static void prf_is_that_of_the_standard(void **state)
{
    (void)state;
    uint8_t key[20], out[64];
    memset(key, 0x0B, sizeof key);
    assert_true(hf_keys_prf(key, sizeof key, "prefix", (const uint8_t *)"Hi There", 8, out, 64));
    assert_hex(out, sizeof out,
               "bcd4c650b30b9684951829e0d75f9d54b862175ed9f00606e17d8da35402ffee"
               "75df78c3d31e0f889f012120c0862beb67753e7439ae242edb8373698356cf5a");
    assert_true(hf_keys_prf((const uint8_t *)"Jefe", 4, "prefix",
                            (const uint8_t *)"what do ya want for nothing?", 28, out, 24));
    assert_hex(out, 24, "51f4de5b33f249adf81aeb713a3c20f4fe631446fabdfa58");
}

static const struct hf_keys_between between = {
    .access_point = {0xA0, 0xA1, 0xA1, 0xA3, 0xA4, 0xA5},
    .station = {0xB0, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5},
    .access_point_nonce = {0xE0, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xF0,
                           0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA, 0xFB,
                           0xFC, 0xFD, 0xFE, 0xFF, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05},
    .station_nonce = {0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xD0,
                      0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xDB,
                      0xDC, 0xDD, 0xDE, 0xDF, 0xE0, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5},
};

/* IEEE 802.11-2016, J.7.1 and J.7.2 */
static void keys_of_a_pair_are_those_of_the_standard(void **state)
{
    (void)state;
    static const uint8_t pmk[HF_PMK_BYTES] = {0x0D, 0xC0, 0xD6, 0xEB, 0x90, 0x55, 0x5E, 0xD6,
                                              0x41, 0x97, 0x56, 0xB9, 0xA1, 0x5E, 0xC3, 0xE3,
                                              0x20, 0x9B, 0x63, 0xDF, 0x70, 0x7D, 0xD5, 0x08,
                                              0xD1, 0x45, 0x81, 0xF8, 0x98, 0x27, 0x21, 0xAF};
    struct hf_keys keys;
    assert_true(hf_keys_derive(pmk, &between, &keys));
    assert_hex(keys.temporal, sizeof keys.temporal, "b2360c79e9710fdd58bea93deaf06599");
    assert_hex(keys.confirm, sizeof keys.confirm, "379f9852d0199236b94e407ce4c00ec8");
    assert_hex(keys.encrypt, sizeof keys.encrypt, "47c9edc01c2c6e5b4910caddfb3e51a7");
}

static void keys_of_a_pair_are_the_same_from_both_sides(void **state)
{
    (void)state;
    static const uint8_t pmk[HF_PMK_BYTES] = {1};
    struct hf_keys_between turned;
    struct hf_keys one, other;
    memcpy(turned.access_point, between.station, HF_MAC_BYTES);
    memcpy(turned.station, between.access_point, HF_MAC_BYTES);
    memcpy(turned.access_point_nonce, between.station_nonce, HF_EAPOL_NONCE_BYTES);
    memcpy(turned.station_nonce, between.access_point_nonce, HF_EAPOL_NONCE_BYTES);
    assert_true(hf_keys_derive(pmk, &between, &one));
    assert_true(hf_keys_derive(pmk, &turned, &other));
    assert_memory_equal(&one, &other, sizeof one);
}

/* RFC 3394, 4.1 */
static void wrapped_key_is_opened_and_a_changed_one_is_not(void **state)
{
    (void)state;
    struct hf_keys keys = {.encrypt = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};
    uint8_t wrapped[] = {0x1F, 0xA6, 0x8B, 0x0A, 0x81, 0x12, 0xB4, 0x47, 0xAE, 0xF3, 0x4B, 0xD8,
                         0xFB, 0x5A, 0x7B, 0x82, 0x9D, 0x3E, 0x86, 0x23, 0x71, 0xD2, 0xCF, 0xE5};
    uint8_t out[HF_EAPOL_DATA_MAX];
    size_t len = 0;
    assert_true(hf_keys_unwrap(&keys, wrapped, sizeof wrapped, out, &len));
    assert_int_equal(len, 16);
    assert_hex(out, len, "00112233445566778899aabbccddeeff");
    assert_false(hf_keys_unwrap(&keys, wrapped, sizeof wrapped - 1, out, &len));
    assert_false(hf_keys_unwrap(&keys, wrapped, 0, out, &len));
    for (size_t i = 0; i < sizeof wrapped; i++) {
        wrapped[i] ^= 1;
        assert_false(hf_keys_unwrap(&keys, wrapped, sizeof wrapped, out, &len));
        wrapped[i] ^= 1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prf_is_that_of_the_standard),
        cmocka_unit_test(keys_of_a_pair_are_those_of_the_standard),
        cmocka_unit_test(keys_of_a_pair_are_the_same_from_both_sides),
        cmocka_unit_test(wrapped_key_is_opened_and_a_changed_one_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
