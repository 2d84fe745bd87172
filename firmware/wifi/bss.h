#ifndef HF_WIFI_BSS_H
#define HF_WIFI_BSS_H

#include "wifi/element.h"
#include "wifi/keys.h"

/* An access point that was heard, and whether this station can join its network. Pure. */

struct hf_bss {
    uint8_t address[HF_MAC_BYTES];
    uint32_t frequency_mhz;
    int32_t signal_mbm;               /* 100 times dBm */
    bool privacy;                     /* it wants some key */
    struct hf_element ssid, rsn, wpa; /* borrowed, whole; NULL: it announces none */
};

/* Its elements, out of all that it announces. */
void hf_bss_announced(struct hf_bss *bss, const uint8_t *elements, size_t len);

bool hf_bss_is_of(const struct hf_bss *bss, const struct hf_network *network);

/* NULL: it can be joined. Else why not and what mends it, in words that follow "its access point
 * ...". Static. */
const char *hf_bss_refuses(const struct hf_bss *bss, const struct hf_network *network);

#endif
