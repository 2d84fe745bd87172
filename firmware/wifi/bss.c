#include "wifi/bss.h"

#include <string.h>

void hf_bss_announced(struct hf_bss *bss, const uint8_t *elements, size_t len)
{
    static const uint8_t wpa[] = {0x00, 0x50, 0xF2, 1};
    bss->ssid = hf_element_find(elements, len, HF_ELEMENT_SSID);
    bss->rsn = hf_element_find(elements, len, HF_ELEMENT_RSN);
    bss->wpa = hf_element_find_vendor(elements, len, wpa);
}

bool hf_bss_is_of(const struct hf_bss *bss, const struct hf_network *network)
{
    return bss->ssid.bytes && bss->ssid.len == HF_ELEMENT_HEAD + network->ssid_len &&
           memcmp(bss->ssid.bytes + HF_ELEMENT_HEAD, network->ssid, network->ssid_len) == 0;
}

static const char *refuses_key(const struct hf_bss *bss)
{
    struct hf_rsn rsn;
    if (!bss->rsn.bytes)
        return bss->wpa.bytes ? "has WPA of the first version only: set it to WPA2"
               : bss->privacy ? "has WEP only: set it to WPA2"
                              : "is open, and the card has a password for it: flash it without one";
    if (!hf_rsn_read(&bss->rsn, &rsn))
        return "announces its security in a way that is not known here: set it to WPA2";
    if (!(rsn.akm & HF_RSN_BIT(HF_AKM_PSK)))
        return rsn.akm & HF_RSN_BIT(HF_AKM_SAE)
                   ? "takes WPA3 only: set it to WPA2, or to WPA2 and WPA3"
                   : "takes no plain WPA2 password (enterprise?): set it to WPA2-Personal";
    if (rsn.capabilities & HF_RSN_PMF_REQUIRED)
        return "demands protected management frames: make them optional there";
    if (!(rsn.pairwise & HF_RSN_BIT(HF_CIPHER_CCMP)) || rsn.group != HF_RSN_BIT(HF_CIPHER_CCMP))
        return "has other ciphers than AES (CCMP): set it to WPA2 with AES alone";
    return NULL;
}

const char *hf_bss_refuses(const struct hf_bss *bss, const struct hf_network *network)
{
    if (!network->open)
        return refuses_key(bss);
    return bss->privacy || bss->rsn.bytes || bss->wpa.bytes
               ? "wants a password, and the card has none: flash it with one"
               : NULL;
}
