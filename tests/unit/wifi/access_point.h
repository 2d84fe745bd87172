#ifndef HF_TESTS_ACCESS_POINT_H
#define HF_TESTS_ACCESS_POINT_H

#include "../cmocka_all.h"
#include "wifi/handshake.h"

#include <mbedtls/nist_kw.h>
#include <string.h>

/* The access point's side of the handshakes, as far as a test needs one. */

static const uint8_t ap_address[HF_MAC_BYTES] = {2, 0, 0, 0, 1, 0};
static const uint8_t station_address[HF_MAC_BYTES] = {2, 0, 0, 0, 0, 0};

struct access_point {
    uint8_t pmk[HF_PMK_BYTES];
    struct hf_keys_between between;
    struct hf_keys keys;
    uint64_t replay;
    uint8_t rsn[64], gtk[HF_GTK_BYTES];
    size_t rsn_len;
    uint8_t gtk_index;
    uint8_t frame[HF_EAPOL_MAX];
    size_t len;
};

#define AP_PAIRWISE (HF_EAPOL_HMAC_SHA1_AES | HF_EAPOL_PAIRWISE | HF_EAPOL_ACK)
#define AP_SEALED   (HF_EAPOL_MIC | HF_EAPOL_SECURE | HF_EAPOL_ENCRYPTED)

static void ap_begin(struct access_point *ap)
{
    *ap = (struct access_point){.rsn_len = HF_RSN_OWN_BYTES, .gtk_index = 1};
    memset(ap->pmk, 7, sizeof ap->pmk);
    memset(ap->gtk, 0x31, sizeof ap->gtk);
    memcpy(ap->rsn, hf_rsn_own, HF_RSN_OWN_BYTES);
    memcpy(ap->between.access_point, ap_address, HF_MAC_BYTES);
    memcpy(ap->between.station, station_address, HF_MAC_BYTES);
    memset(ap->between.access_point_nonce, 0xA0, HF_EAPOL_NONCE_BYTES);
}

static void ap_first(struct access_point *ap)
{
    struct hf_eapol_key key = {.info = AP_PAIRWISE, .key_len = 16, .replay = ++ap->replay};
    memcpy(key.nonce, ap->between.access_point_nonce, sizeof key.nonce);
    ap->len = hf_eapol_write(&key, ap->frame);
}

/* Whether the station has the same key. */
static bool ap_takes(struct access_point *ap, const uint8_t *frame, size_t len)
{
    struct hf_eapol_key key;
    uint8_t mic[HF_EAPOL_MIC_BYTES];
    assert_true(hf_eapol_read(frame, len, &key));
    assert_int_equal(key.replay, ap->replay);
    if (key.data_len > 0) { /* the second */
        assert_memory_equal(key.data, hf_rsn_own, key.data_len);
        memcpy(ap->between.station_nonce, key.nonce, sizeof key.nonce);
        assert_true(hf_keys_derive(ap->pmk, &ap->between, &ap->keys));
    }
    assert_true(hf_keys_mic(&ap->keys, frame, len, mic));
    return memcmp(mic, key.mic, sizeof mic) == 0;
}

static size_t ap_wrap(const struct access_point *ap, const uint8_t *data, size_t len, uint8_t *out,
                      size_t size)
{
    mbedtls_nist_kw_context context;
    size_t out_len = 0;
    mbedtls_nist_kw_init(&context);
    assert_int_equal(
        mbedtls_nist_kw_setkey(&context, MBEDTLS_CIPHER_ID_AES, ap->keys.encrypt, 128, 1), 0);
    assert_int_equal(
        mbedtls_nist_kw_wrap(&context, MBEDTLS_KW_MODE_KW, data, len, out, &out_len, size), 0);
    mbedtls_nist_kw_free(&context);
    return out_len;
}

/* With the group key, and what is announced when it is the third message. */
static void ap_sealed(struct access_point *ap, uint16_t info)
{
    uint8_t data[128] = {0}, wrapped[160];
    const uint8_t head[] = {221, 6 + HF_GTK_BYTES, 0x00, 0x0F, 0xAC, 1, ap->gtk_index, 0};
    size_t len = 0;
    if (info & HF_EAPOL_PAIRWISE) {
        memcpy(data, ap->rsn, ap->rsn_len);
        len = ap->rsn_len;
    }
    if (ap->gtk_index > 0) {
        memcpy(data + len, head, sizeof head);
        memcpy(data + len + sizeof head, ap->gtk, sizeof ap->gtk);
        len += sizeof head + sizeof ap->gtk;
    }
    if (len % 8 != 0) {
        data[len] = 221;
        len += 8 - len % 8;
    }
    struct hf_eapol_key key = {.info = (uint16_t)(info | AP_SEALED),
                               .replay = ++ap->replay,
                               .data = wrapped,
                               .data_len = ap_wrap(ap, data, len, wrapped, sizeof wrapped)};
    memcpy(key.nonce, ap->between.access_point_nonce, sizeof key.nonce);
    ap->len = hf_eapol_write(&key, ap->frame);
    assert_true(hf_keys_mic(&ap->keys, ap->frame, ap->len, ap->frame + HF_EAPOL_MIC_AT));
}

static void ap_third(struct access_point *ap)
{
    ap_sealed(ap, AP_PAIRWISE | HF_EAPOL_INSTALL);
}

static void ap_group(struct access_point *ap)
{
    ap_sealed(ap, HF_EAPOL_HMAC_SHA1_AES | HF_EAPOL_ACK);
}

#endif
