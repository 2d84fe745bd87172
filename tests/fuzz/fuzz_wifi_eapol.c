/*
 * What an access point, or whoever is in reach of the radio, sends a station: the bytes as a frame
 * in each state of a handshake, as they are and with their MIC made right; as the data of one; and
 * as what a network announces.
 */
#include "fuzz.h"
#include "wifi/bss.h"
#include "wifi/handshake.h"

#include <string.h>

static const uint8_t address[HF_MAC_BYTES] = {2};
static const struct hf_network network = {.ssid = "a", .ssid_len = 1};

/* A station that has keys in force. */
static void begin(struct hf_handshake *station, enum hf_handshake_state state)
{
    static const uint8_t pmk[HF_PMK_BYTES] = {1};
    const struct hf_element announced = {.bytes = hf_rsn_own, .len = sizeof hf_rsn_own};
    hf_handshake_begin(station, pmk, address, address, &announced);
    station->state = state;
    station->in_force = state == HF_HANDSHAKE_DONE;
}

static void as_frame(const uint8_t *data, size_t len, enum hf_handshake_state state)
{
    static const uint8_t random[HF_EAPOL_NONCE_BYTES] = {3};
    struct hf_handshake station;
    struct hf_handshake_actions actions;
    begin(&station, state);
    hf_handshake_take(&station, data, len, random, &actions);
    fuzz_must(actions.frame_len <= sizeof actions.frame);
    fuzz_must(!actions.done || state != HF_HANDSHAKE_IDLE);
    fuzz_must(!actions.group || (station.group.index >= 1 && station.group.index <= 3));
}

static void as_proven_frame(const uint8_t *data, size_t len, enum hf_handshake_state state)
{
    struct hf_handshake station;
    struct hf_eapol_key key;
    struct hf_keys keys;
    uint8_t *copy = malloc(len + 1);
    if (copy != NULL && hf_eapol_read(data, len, &key)) {
        memcpy(copy, data, len);
        begin(&station, state);
        keys = station.keys;
        if (key.info & HF_EAPOL_PAIRWISE) {
            memcpy(station.between.access_point_nonce, key.nonce, sizeof key.nonce);
            fuzz_must(hf_keys_derive(station.pmk, &station.between, &keys));
        }
        fuzz_must(hf_keys_mic(&keys, data, key.frame_len, copy + HF_EAPOL_MIC_AT));
        as_frame(copy, len, state);
    }
    free(copy);
}

static void as_announced(const uint8_t *data, size_t len)
{
    struct hf_bss bss = {.privacy = true};
    uint8_t key[HF_GTK_BYTES], index = 0;
    hf_bss_announced(&bss, data, len);
    fuzz_must(bss.rsn.bytes || hf_bss_refuses(&bss, &network) != NULL);
    (void)hf_bss_is_of(&bss, &network);
    if (hf_element_group_key(data, len, key, &index))
        fuzz_must(index >= 1 && index <= 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    for (int state = HF_HANDSHAKE_IDLE; state <= HF_HANDSHAKE_DONE; state++) {
        as_frame(data, len, (enum hf_handshake_state)state);
        as_proven_frame(data, len, (enum hf_handshake_state)state);
    }
    as_announced(data, len);
    return 0;
}
