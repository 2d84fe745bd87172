#ifndef HF_WIFI_HANDSHAKE_H
#define HF_WIFI_HANDSHAKE_H

#include "wifi/element.h"
#include "wifi/keys.h"

/*
 * The station's side of the 4-way and the group key handshake (IEEE 802.11-2020, 12.7.6, 12.7.7),
 * by a pre-shared key and AES. Pure: a frame goes in, what is to be done comes out.
 *
 *     IDLE --- message 1: answer with 2 ---> ASKED --- message 3: answer with 4, ---> DONE
 *                                                      both keys, open the port
 *     DONE --- group message 1: answer with 2, the group's key ---> DONE
 *     DONE --- message 1 again: new keys are wanted ---> ASKED, the old ones stay in force
 *
 * A key that is in force is never given out a second time, however often its message is sent again:
 * putting it in place anew would begin its packet numbers anew. A frame whose MIC is wrong, whose
 * replay counter is not beyond the last one that was proven, or that fits nowhere is ignored.
 */

enum hf_handshake_state {
    HF_HANDSHAKE_IDLE,
    HF_HANDSHAKE_ASKED, /* the access point has our nonce, and has yet to prove that it has the key
                         */
    HF_HANDSHAKE_DONE,
};

struct hf_group_key {
    uint8_t key[HF_GTK_BYTES];
    uint8_t rsc[HF_EAPOL_RSC_BYTES];
    uint8_t index; /* 1 to 3; 0: none yet */
};

struct hf_handshake {
    enum hf_handshake_state state;
    uint8_t pmk[HF_PMK_BYTES];
    struct hf_keys_between between;
    uint8_t announced[HF_ELEMENT_MAX]; /* the RSN element of the access point's beacon */
    size_t announced_len;
    bool counted;        /* whether there is a replay counter to compare with */
    uint64_t replay;     /* of the last frame that was proven */
    bool in_force;       /* `keys` are */
    struct hf_keys keys; /* of the last message 3 */
    struct hf_group_key group;
};

struct hf_handshake_actions {
    uint8_t frame[HF_EAPOL_MAX]; /* to be sent, before anything else is done */
    size_t frame_len;            /* 0: nothing */
    bool pairwise;               /* put hf_handshake.keys.temporal in place */
    bool group;                  /* put hf_handshake.group in place */
    bool done;                   /* the port may be opened */
    const char *refused;         /* why this network must be left, or NULL; static */
};

/* `announced` is what the access point was heard to announce: message 3 must bring the same.
 * Copies all of it; hf_handshake_forget() it in the end. */
void hf_handshake_begin(struct hf_handshake *handshake, const uint8_t pmk[HF_PMK_BYTES],
                        const uint8_t access_point[HF_MAC_BYTES],
                        const uint8_t station[HF_MAC_BYTES], const struct hf_element *announced);

/* `random` is used up when a handshake begins: it must be new in each call. */
void hf_handshake_take(struct hf_handshake *handshake, const uint8_t *frame, size_t len,
                       const uint8_t random[HF_EAPOL_NONCE_BYTES],
                       struct hf_handshake_actions *out);

void hf_handshake_forget(struct hf_handshake *handshake);

#endif
