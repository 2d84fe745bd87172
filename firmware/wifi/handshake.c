#include "wifi/handshake.h"

#include <string.h>

void hf_handshake_begin(struct hf_handshake *handshake, const uint8_t pmk[HF_PMK_BYTES],
                        const uint8_t access_point[HF_MAC_BYTES],
                        const uint8_t station[HF_MAC_BYTES], const struct hf_element *announced)
{
    *handshake = (struct hf_handshake){.state = HF_HANDSHAKE_IDLE};
    memcpy(handshake->pmk, pmk, HF_PMK_BYTES);
    memcpy(handshake->between.access_point, access_point, HF_MAC_BYTES);
    memcpy(handshake->between.station, station, HF_MAC_BYTES);
    if (announced->bytes && announced->len <= HF_ELEMENT_MAX) {
        memcpy(handshake->announced, announced->bytes, announced->len);
        handshake->announced_len = announced->len;
    }
}

void hf_handshake_forget(struct hf_handshake *handshake)
{
    hf_keys_forget(handshake, sizeof *handshake);
}

/* With the MIC that it is to have. */
static void answer(const struct hf_keys *keys, const struct hf_eapol_key *key,
                   struct hf_handshake_actions *out)
{
    const size_t len = hf_eapol_write(key, out->frame);
    if (hf_keys_mic(keys, out->frame, len, out->frame + HF_EAPOL_MIC_AT))
        out->frame_len = len;
}

static bool is_proven(const struct hf_keys *keys, const struct hf_eapol_key *key,
                      const uint8_t *frame)
{
    uint8_t mic[HF_EAPOL_MIC_BYTES];
    return hf_keys_mic(keys, frame, key->frame_len, mic) && hf_keys_same(mic, key->mic, sizeof mic);
}

static bool is_replayed(const struct hf_handshake *handshake, const struct hf_eapol_key *key)
{
    return handshake->counted && key->replay <= handshake->replay;
}

static void count(struct hf_handshake *handshake, const struct hf_eapol_key *key)
{
    handshake->counted = true;
    handshake->replay = key->replay;
}

/* The keys that come of this nonce of the access point's. */
static bool derive(struct hf_handshake *handshake, const struct hf_eapol_key *key,
                   struct hf_keys *out)
{
    memcpy(handshake->between.access_point_nonce, key->nonce, HF_EAPOL_NONCE_BYTES);
    return hf_keys_derive(handshake->pmk, &handshake->between, out);
}

static void take_first(struct hf_handshake *handshake, const struct hf_eapol_key *key,
                       const uint8_t random[HF_EAPOL_NONCE_BYTES], struct hf_handshake_actions *out)
{
    struct hf_keys keys;
    struct hf_eapol_key second = {
        .info = HF_EAPOL_HMAC_SHA1_AES | HF_EAPOL_PAIRWISE | HF_EAPOL_MIC,
        .replay = key->replay,
        .data = hf_rsn_own,
        .data_len = sizeof hf_rsn_own,
    };
    if (handshake->state != HF_HANDSHAKE_ASKED)
        memcpy(handshake->between.station_nonce, random, HF_EAPOL_NONCE_BYTES);
    memcpy(second.nonce, handshake->between.station_nonce, sizeof second.nonce);
    if (!derive(handshake, key, &keys))
        return;
    handshake->state = HF_HANDSHAKE_ASKED;
    answer(&keys, &second, out);
    hf_keys_forget(&keys, sizeof keys);
}

/* `rsc` counts for a key that is new here. */
static bool take_group_key(struct hf_handshake *handshake, const struct hf_eapol_key *key,
                           const uint8_t *data, size_t len, struct hf_handshake_actions *out)
{
    struct hf_group_key group;
    if (!hf_element_group_key(data, len, group.key, &group.index))
        return false;
    memcpy(group.rsc, key->rsc, sizeof group.rsc);
    out->group = group.index != handshake->group.index ||
                 !hf_keys_same(group.key, handshake->group.key, sizeof group.key);
    if (out->group)
        handshake->group = group;
    hf_keys_forget(&group, sizeof group);
    return true;
}

static const char *judge_third(const struct hf_handshake *handshake, const uint8_t *data,
                               size_t len)
{
    const struct hf_element rsn = hf_element_find(data, len, HF_ELEMENT_RSN);
    if (!rsn.bytes || rsn.len != handshake->announced_len ||
        memcmp(rsn.bytes, handshake->announced, rsn.len) != 0)
        return "its handshake names other ciphers than it announces: somebody may be in between";
    return NULL;
}

static void take_third(struct hf_handshake *handshake, const struct hf_eapol_key *key,
                       const uint8_t *frame, struct hf_handshake_actions *out)
{
    uint8_t data[HF_EAPOL_DATA_MAX];
    size_t len = 0;
    struct hf_keys keys;
    const struct hf_eapol_key fourth = {.info = HF_EAPOL_HMAC_SHA1_AES | HF_EAPOL_PAIRWISE |
                                                HF_EAPOL_MIC | HF_EAPOL_SECURE,
                                        .replay = key->replay};
    if (!derive(handshake, key, &keys) || !is_proven(&keys, key, frame) ||
        !hf_keys_unwrap(&keys, key->data, key->data_len, data, &len)) {
        hf_keys_forget(&keys, sizeof keys);
        return;
    }
    count(handshake, key);
    out->refused = judge_third(handshake, data, len);
    if (!out->refused && !take_group_key(handshake, key, data, len, out))
        out->refused = "its handshake brings no group key for CCMP";
    if (!out->refused) {
        out->pairwise =
            !handshake->in_force ||
            !hf_keys_same(keys.temporal, handshake->keys.temporal, sizeof keys.temporal);
        out->done = true;
        handshake->keys = keys;
        handshake->in_force = true;
        handshake->state = HF_HANDSHAKE_DONE;
        answer(&keys, &fourth, out);
    }
    hf_keys_forget(&keys, sizeof keys);
    hf_keys_forget(data, sizeof data);
}

static void take_group(struct hf_handshake *handshake, const struct hf_eapol_key *key,
                       const uint8_t *frame, struct hf_handshake_actions *out)
{
    uint8_t data[HF_EAPOL_DATA_MAX];
    size_t len = 0;
    const struct hf_eapol_key second = {
        .info = HF_EAPOL_HMAC_SHA1_AES | HF_EAPOL_MIC | HF_EAPOL_SECURE, .replay = key->replay};
    if (!is_proven(&handshake->keys, key, frame) ||
        !hf_keys_unwrap(&handshake->keys, key->data, key->data_len, data, &len))
        return;
    count(handshake, key);
    if (take_group_key(handshake, key, data, len, out))
        answer(&handshake->keys, &second, out);
    hf_keys_forget(data, sizeof data);
}

void hf_handshake_take(struct hf_handshake *handshake, const uint8_t *frame, size_t len,
                       const uint8_t random[HF_EAPOL_NONCE_BYTES], struct hf_handshake_actions *out)
{
    const uint16_t sealed = HF_EAPOL_MIC | HF_EAPOL_SECURE | HF_EAPOL_ENCRYPTED;
    struct hf_eapol_key key;
    *out = (struct hf_handshake_actions){.refused = NULL};
    if (!hf_eapol_read(frame, len, &key) || is_replayed(handshake, &key) ||
        (key.info & HF_EAPOL_VERSION) != HF_EAPOL_HMAC_SHA1_AES || !(key.info & HF_EAPOL_ACK) ||
        (key.info & (HF_EAPOL_REQUEST | HF_EAPOL_ERROR)))
        return;
    const bool is_sealed = (key.info & sealed) == sealed;
    if ((key.info & HF_EAPOL_PAIRWISE) && !(key.info & HF_EAPOL_MIC))
        take_first(handshake, &key, random, out);
    else if ((key.info & HF_EAPOL_PAIRWISE) && is_sealed && handshake->state != HF_HANDSHAKE_IDLE)
        take_third(handshake, &key, frame, out);
    else if (!(key.info & HF_EAPOL_PAIRWISE) && is_sealed && handshake->in_force)
        take_group(handshake, &key, frame, out);
}
