#ifndef HF_WIFI_ELEMENT_H
#define HF_WIFI_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Elements of 802.11, each a type, a length and its bytes: those that a network announces itself
 * by, the RSN element among them (IEEE 802.11-2020, 9.4.2.24), and those of a key frame's data
 * (12.7.2, KDEs). Pure. What comes in is a stranger's: what is cut is passed over.
 */

#define HF_ELEMENT_SSID 0
#define HF_ELEMENT_RSN  48
#define HF_ELEMENT_MAX  257 /* bytes with its head, */
#define HF_ELEMENT_HEAD 2   /* type and length */

struct hf_element {
    const uint8_t *bytes; /* head included, borrowed; NULL: there is none */
    size_t len;
};

/* The first of that type. */
struct hf_element hf_element_find(const uint8_t *data, size_t len, uint8_t type);

/* The first of the vendor's type ("\x00\x50\xf2\x01": WPA's own, before there was an RSN). */
struct hf_element hf_element_find_vendor(const uint8_t *data, size_t len, const uint8_t vendor[4]);

/* Suites by their numbers under 00-0F-AC, as bits; others are nobody's here. */
#define HF_CIPHER_CCMP      4
#define HF_AKM_PSK          2
#define HF_AKM_SAE          8 /* WPA3 */
#define HF_RSN_BIT(suite)   (UINT32_C(1) << (suite))
#define HF_RSN_PMF_REQUIRED 0x0040 /* of `capabilities` */
#define HF_RSN_OUI          0x000FAC00
#define HF_RSN_OWN_BYTES    22

struct hf_rsn {
    uint32_t group;    /* one bit; 0: unknown */
    uint32_t pairwise; /* ciphers */
    uint32_t akm;      /* ways to get a key */
    uint16_t capabilities;
};

/* `bytes` with its head. False: it is cut, or of another version. */
bool hf_rsn_read(const struct hf_element *element, struct hf_rsn *out);

/* What this station asks for: CCMP for both, a pre-shared key. */
extern const uint8_t hf_rsn_own[HF_RSN_OWN_BYTES];

#define HF_GTK_BYTES 16 /* CCMP's */

/* The group key in a key frame's data: `*index` 1 to 3. False: none, or not one of CCMP. */
bool hf_element_group_key(const uint8_t *data, size_t len, uint8_t key[HF_GTK_BYTES],
                          uint8_t *index);

#endif
