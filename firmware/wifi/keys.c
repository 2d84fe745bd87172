#include "wifi/keys.h"

#include <mbedtls/constant_time.h>
#include <mbedtls/md.h>
#include <mbedtls/nist_kw.h>
#include <mbedtls/platform_util.h>
#include <string.h>

#define SHA1_BYTES   20
#define PRF_DATA_MAX 128
#define KEY_BITS     128

static bool hmac(const uint8_t *key, size_t key_len, const uint8_t *data, size_t len,
                 uint8_t out[SHA1_BYTES])
{
    return mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA1), key, key_len, data, len,
                           out) == 0;
}

bool hf_keys_prf(const uint8_t *key, size_t key_len, const char *label, const uint8_t *data,
                 size_t data_len, uint8_t *out, size_t len)
{
    uint8_t text[PRF_DATA_MAX], digest[SHA1_BYTES];
    const size_t label_len = strlen(label);
    if (label_len + 2 > sizeof text || data_len > sizeof text - label_len - 2)
        return false;
    memcpy(text, label, label_len);
    text[label_len] = 0;
    memcpy(text + label_len + 1, data, data_len);
    const size_t count_at = label_len + 1 + data_len;
    for (uint8_t count = 0; len > 0; count++) {
        const size_t part = len < sizeof digest ? len : sizeof digest;
        text[count_at] = count;
        if (!hmac(key, key_len, text, count_at + 1, digest))
            return false;
        memcpy(out, digest, part);
        out += part;
        len -= part;
    }
    hf_keys_forget(digest, sizeof digest);
    return true;
}

/* The smaller one first, as a number with its first byte on top. */
static uint8_t *put_both(uint8_t *at, const uint8_t *a, const uint8_t *b, size_t len)
{
    const bool a_first = memcmp(a, b, len) < 0;
    memcpy(at, a_first ? a : b, len);
    memcpy(at + len, a_first ? b : a, len);
    return at + 2 * len;
}

bool hf_keys_derive(const uint8_t pmk[HF_PMK_BYTES], const struct hf_keys_between *between,
                    struct hf_keys *out)
{
    uint8_t data[2 * HF_MAC_BYTES + 2 * HF_EAPOL_NONCE_BYTES];
    uint8_t *at = put_both(data, between->access_point, between->station, HF_MAC_BYTES);
    (void)put_both(at, between->access_point_nonce, between->station_nonce, HF_EAPOL_NONCE_BYTES);
    return hf_keys_prf(pmk, HF_PMK_BYTES, "Pairwise key expansion", data, sizeof data,
                       (uint8_t *)out, sizeof *out);
}

bool hf_keys_mic(const struct hf_keys *keys, const uint8_t *frame, size_t len,
                 uint8_t out[HF_EAPOL_MIC_BYTES])
{
    uint8_t copy[HF_EAPOL_MAX], digest[SHA1_BYTES];
    if (len < HF_EAPOL_FIXED_BYTES || len > sizeof copy)
        return false;
    memcpy(copy, frame, len);
    memset(copy + HF_EAPOL_MIC_AT, 0, HF_EAPOL_MIC_BYTES);
    if (!hmac(keys->confirm, sizeof keys->confirm, copy, len, digest))
        return false;
    memcpy(out, digest, HF_EAPOL_MIC_BYTES);
    return true;
}

bool hf_keys_unwrap(const struct hf_keys *keys, const uint8_t *data, size_t len,
                    uint8_t out[HF_EAPOL_DATA_MAX], size_t *out_len)
{
    mbedtls_nist_kw_context context;
    mbedtls_nist_kw_init(&context);
    const bool opened =
        mbedtls_nist_kw_setkey(&context, MBEDTLS_CIPHER_ID_AES, keys->encrypt, KEY_BITS, 0) == 0 &&
        mbedtls_nist_kw_unwrap(&context, MBEDTLS_KW_MODE_KW, data, len, out, out_len,
                               HF_EAPOL_DATA_MAX) == 0;
    mbedtls_nist_kw_free(&context);
    return opened;
}

bool hf_keys_same(const uint8_t *a, const uint8_t *b, size_t len)
{
    return mbedtls_ct_memcmp(a, b, len) == 0;
}

void hf_keys_forget(void *data, size_t len)
{
    mbedtls_platform_zeroize(data, len);
}
