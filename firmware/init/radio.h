#ifndef HF_INIT_RADIO_H
#define HF_INIT_RADIO_H

#include "wifi/bss.h"
#include "wifi/handshake.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A Wi-Fi radio, by the kernel's nl80211: what is in reach, joining it, keys. Functions that return
 * false leave the reason in errno. One caller; orders block until the kernel has taken them.
 */

struct hf_radio {
    char card[IFNAMSIZ];
    unsigned index;
    uint8_t address[HF_MAC_BYTES];
    int orders; /* sockets: what we ask, */
    int events; /* and what the kernel tells: to be waited for */
    uint16_t family;
};

/* hf_radio_close() it in any case. */
bool hf_radio_open(struct hf_radio *radio, const char *card);
void hf_radio_close(struct hf_radio *radio);

/* Whose rules all radios here keep: two letters. */
bool hf_radio_country(const struct hf_radio *radio, const char *country);

/* Listens for that network on all channels, also for one that hides its name; HF_RADIO_SCANNED
 * comes when it is over. EBUSY: the radio does so already. */
bool hf_radio_scan(const struct hf_radio *radio, const struct hf_network *network);

/* Of all access points that were heard last; what `bss` borrows is gone after the call. */
bool hf_radio_heard(const struct hf_radio *radio,
                    void (*take)(void *context, const struct hf_bss *bss), void *context);

/* Begins to join; HF_RADIO_CONNECTED or _DISCONNECTED comes. The port stays closed until
 * hf_radio_open_port(), where the network has a key. */
bool hf_radio_connect(const struct hf_radio *radio, const struct hf_network *network,
                      const struct hf_bss *bss);

/* Leaves whatever it is in, without an event that would be heard of. */
void hf_radio_disconnect(const struct hf_radio *radio);

bool hf_radio_pairwise_key(const struct hf_radio *radio, const uint8_t access_point[HF_MAC_BYTES],
                           const struct hf_keys *keys);
bool hf_radio_group_key(const struct hf_radio *radio, const struct hf_group_key *group);

/* From now on everything may be sent. */
bool hf_radio_open_port(const struct hf_radio *radio, const uint8_t access_point[HF_MAC_BYTES]);

/* Whether the card counts as usable to the rest of the system. */
void hf_radio_usable(const struct hf_radio *radio, bool usable);

enum hf_radio_kind {
    HF_RADIO_NOTHING,
    HF_RADIO_SCANNED,
    HF_RADIO_CONNECTED,    /* `status` 0; else it was refused */
    HF_RADIO_DISCONNECTED, /* `status`: a reason code, IEEE 802.11-2020, 9.4.1.7; 0: unknown */
};

struct hf_radio_event {
    enum hf_radio_kind kind;
    uint16_t status;
    bool silent;                        /* connecting failed since nobody answered */
    uint8_t access_point[HF_MAC_BYTES]; /* that it is connected to now */
};

/* The next one; never blocks. False: there is none any more. */
bool hf_radio_event(const struct hf_radio *radio, struct hf_radio_event *out);

#endif
