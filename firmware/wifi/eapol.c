#include "wifi/eapol.h"

#include <string.h>

#define HEADER_BYTES 4
#define VERSION_2001 1
#define TYPE_KEY     3
#define RSN          2

/* After the header */
#define AT_INFO    1
#define AT_KEY_LEN 3
#define AT_REPLAY  5
#define AT_NONCE   13
#define AT_RSC     61
#define AT_LEN     93
#define AT_DATA    95

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

bool hf_eapol_read(const uint8_t *frame, size_t len, struct hf_eapol_key *out)
{
    *out = (struct hf_eapol_key){.data = NULL};
    if (len < HF_EAPOL_FIXED_BYTES || frame[1] != TYPE_KEY)
        return false;
    const size_t body_len = get16(frame + 2);
    const uint8_t *body = frame + HEADER_BYTES;
    if (body_len < AT_DATA || body_len > len - HEADER_BYTES ||
        body_len > HF_EAPOL_MAX - HEADER_BYTES || body[0] != RSN)
        return false;
    const size_t data_len = get16(body + AT_LEN);
    if (data_len > body_len - AT_DATA)
        return false;
    out->info = get16(body + AT_INFO);
    out->key_len = get16(body + AT_KEY_LEN);
    for (size_t i = 0; i < sizeof out->replay; i++)
        out->replay = out->replay << 8 | body[AT_REPLAY + i];
    memcpy(out->nonce, body + AT_NONCE, sizeof out->nonce);
    memcpy(out->rsc, body + AT_RSC, sizeof out->rsc);
    memcpy(out->mic, frame + HF_EAPOL_MIC_AT, sizeof out->mic);
    out->data = body + AT_DATA;
    out->data_len = data_len;
    out->frame_len = HEADER_BYTES + body_len;
    return true;
}

size_t hf_eapol_write(const struct hf_eapol_key *key, uint8_t out[HF_EAPOL_MAX])
{
    uint8_t *body = out + HEADER_BYTES;
    if (key->data_len > HF_EAPOL_DATA_MAX)
        return 0;
    memset(out, 0, HF_EAPOL_FIXED_BYTES);
    out[0] = VERSION_2001;
    out[1] = TYPE_KEY;
    put16(out + 2, AT_DATA + key->data_len);
    body[0] = RSN;
    put16(body + AT_INFO, key->info);
    put16(body + AT_KEY_LEN, key->key_len);
    for (size_t i = 0; i < sizeof key->replay; i++)
        body[AT_REPLAY + i] = (uint8_t)(key->replay >> (56 - 8 * i));
    memcpy(body + AT_NONCE, key->nonce, sizeof key->nonce);
    memcpy(out + HF_EAPOL_MIC_AT, key->mic, sizeof key->mic);
    put16(body + AT_LEN, key->data_len);
    if (key->data_len > 0)
        memcpy(body + AT_DATA, key->data, key->data_len);
    return HF_EAPOL_FIXED_BYTES + key->data_len;
}
