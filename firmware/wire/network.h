#ifndef HF_WIRE_NETWORK_H
#define HF_WIRE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The network that a flashed card joins, as a file of lines "KEY VALUE" on its data partition.
 * Pure.
 *
 *     country DE       whose rules the radio keeps; missing: those that hold everywhere
 *     ssid 6174746963  the network's name, in hex
 *     pmk 0dc0...21af  its key, 64 digits; "open": none. Never missing: what is left
 *                      of a file that was damaged is no open network
 *
 * The key is made of password and name on the laptop: with it one joins this network, and the
 * password does not come out of it short of guessing.
 */

#define HF_PMK_BYTES          32
#define HF_SSID_MAX           32
#define HF_WIFI_COUNTRY_CHARS 2
#define HF_NETWORK_TEXT_MAX   256    /* of the file */
#define HF_NETWORK_FILE       "wifi" /* in the folder of the settings */
#define HF_NETWORK_NAME_SHOWN (HF_SSID_MAX + 1)

struct hf_network {
    uint8_t ssid[HF_SSID_MAX];
    size_t ssid_len; /* 1 to HF_SSID_MAX */
    bool open;       /* without a key */
    uint8_t pmk[HF_PMK_BYTES];
    char country[HF_WIFI_COUNTRY_CHARS + 1]; /* empty: none */
};

/* Its length. `out` is a text and holds a secret. */
size_t hf_network_write(const struct hf_network *network, char out[HF_NETWORK_TEXT_MAX]);

/* False: it is none that hf_network_write made. */
bool hf_network_read(const char *text, struct hf_network *out);

/* The name for people: what is not a visible ASCII character becomes '?'. */
void hf_network_name(const uint8_t *ssid, size_t len, char out[HF_NETWORK_NAME_SHOWN]);

#endif
