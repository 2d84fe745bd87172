#ifndef HF_WIFI_EAPOL_H
#define HF_WIFI_EAPOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * EAPOL-Key frames of an RSN (IEEE 802.11-2020, 12.7.2), bytes <-> facts: what an access point and
 * a station tell each other to agree on keys. Pure. What comes in is a stranger's: nothing is read
 * beyond its end.
 */

#define HF_EAPOL_NONCE_BYTES 32
#define HF_EAPOL_MIC_BYTES   16
#define HF_EAPOL_RSC_BYTES   6   /* how far the group's packets have been counted */
#define HF_EAPOL_DATA_MAX    512 /* key data; a frame with room for more is refused */
#define HF_EAPOL_FIXED_BYTES 99  /* a frame without key data */
#define HF_EAPOL_MAX         (HF_EAPOL_FIXED_BYTES + HF_EAPOL_DATA_MAX)
#define HF_EAPOL_MIC_AT      81 /* where the MIC stands in a frame */

/* Of `info` */
#define HF_EAPOL_VERSION   0x0007 /* HF_EAPOL_HMAC_SHA1_AES is the only one here */
#define HF_EAPOL_PAIRWISE  0x0008 /* of the pairwise key; else of the group's */
#define HF_EAPOL_INSTALL   0x0040
#define HF_EAPOL_ACK       0x0080 /* an answer is wanted */
#define HF_EAPOL_MIC       0x0100
#define HF_EAPOL_SECURE    0x0200
#define HF_EAPOL_ERROR     0x0400
#define HF_EAPOL_REQUEST   0x0800
#define HF_EAPOL_ENCRYPTED 0x1000 /* the key data is */

#define HF_EAPOL_HMAC_SHA1_AES 2 /* MIC by HMAC-SHA1-128, key data by AES key wrap */

struct hf_eapol_key {
    uint16_t info;
    uint16_t key_len; /* of the pairwise cipher */
    uint64_t replay;
    uint8_t nonce[HF_EAPOL_NONCE_BYTES];
    uint8_t rsc[HF_EAPOL_RSC_BYTES];
    uint8_t mic[HF_EAPOL_MIC_BYTES];
    const uint8_t *data; /* borrowed */
    size_t data_len;
    size_t frame_len; /* what the MIC is about: without the padding of Ethernet */
};

/* `frame` begins behind the Ethernet header. False: it is no whole EAPOL-Key frame of an RSN. */
bool hf_eapol_read(const uint8_t *frame, size_t len, struct hf_eapol_key *out);

/* With its MIC as it stands in `key`, RSC 0. The frame's length; 0: too much key data. */
size_t hf_eapol_write(const struct hf_eapol_key *key, uint8_t out[HF_EAPOL_MAX]);

#endif
