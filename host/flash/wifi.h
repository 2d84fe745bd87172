#ifndef HF_FLASH_WIFI_H
#define HF_FLASH_WIFI_H

#include "wire/fault.h"
#include "wire/network.h"

/* The Wi-Fi of a flashed card, from what a person says of it. */

#define HF_WIFI_PASSWORD_MIN 8
#define HF_WIFI_PASSWORD_MAX 63
#define HF_WIFI_SECRET_MAX   64 /* a key's digits are one more than a password can have */

struct hf_wifi_words {
    const char *ssid;
    const char *password; /* or the key itself, 64 hex digits; NULL: an open network */
    const char *country;  /* NULL: none */
};

/*
 * Makes the key of the password (IEEE 802.11-2020, J.4: PBKDF2 with 4096 rounds), some 10 ms of
 * work. HF_ERR_INVALID says what is wrong with name, password (which is not shown) or country.
 */
enum hf_err hf_wifi_network(const struct hf_wifi_words *words, struct hf_network *out,
                            struct hf_fault *fault);

/* The password in a file: its first line. HF_ERR_INVALID: longer than any can be. Errors of
 * hf_file_read. */
enum hf_err hf_wifi_password_read(const char *path, char out[HF_WIFI_SECRET_MAX + 1],
                                  struct hf_fault *fault);

#endif
