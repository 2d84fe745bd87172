#ifndef HF_WIFI_KEYS_H
#define HF_WIFI_KEYS_H

#include "wifi/eapol.h"
#include "wire/network.h"

/*
 * What an RSN's keys are made of and sealed with (IEEE 802.11-2020, 12.7.1), on Mbed TLS. Pure. A
 * false result means that Mbed TLS had no memory, or that what is to be opened is not sealed with
 * that key.
 */

#define HF_MAC_BYTES 6

/* The pairwise transient key's three parts. */
struct hf_keys {
    uint8_t confirm[16];  /* KCK: MICs of key frames */
    uint8_t encrypt[16];  /* KEK: their data */
    uint8_t temporal[16]; /* TK: all else that is sent */
};

/* Both sides of a pairwise key. */
struct hf_keys_between {
    uint8_t access_point[HF_MAC_BYTES], station[HF_MAC_BYTES];
    uint8_t access_point_nonce[HF_EAPOL_NONCE_BYTES], station_nonce[HF_EAPOL_NONCE_BYTES];
};

/* PRF of 8 * `len` bits. Also false: label and data are longer than a handshake needs. */
bool hf_keys_prf(const uint8_t *key, size_t key_len, const char *label, const uint8_t *data,
                 size_t data_len, uint8_t *out, size_t len);

bool hf_keys_derive(const uint8_t pmk[HF_PMK_BYTES], const struct hf_keys_between *between,
                    struct hf_keys *out);

/* Of a whole frame, as if its own MIC were zeros. */
bool hf_keys_mic(const struct hf_keys *keys, const uint8_t *frame, size_t len,
                 uint8_t out[HF_EAPOL_MIC_BYTES]);

/* AES key unwrap (RFC 3394): `*out_len` is 8 less than `len`. */
bool hf_keys_unwrap(const struct hf_keys *keys, const uint8_t *data, size_t len,
                    uint8_t out[HF_EAPOL_DATA_MAX], size_t *out_len);

/* In a time that does not depend on where they differ. */
bool hf_keys_same(const uint8_t *a, const uint8_t *b, size_t len);

/* Overwrites what is needed no more, in a way that no compiler leaves out. */
void hf_keys_forget(void *data, size_t len);

#endif
