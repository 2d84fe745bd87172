#ifndef HF_CLI_FLASH_WIFI_H
#define HF_CLI_FLASH_WIFI_H

#include "flash/wifi.h"

#include <stdbool.h>

/* The Wi-Fi options of "flash". */

struct hf_flash_wifi {
    const char *ssid, *password_file, *country; /* NULL: not given */
    bool open;
};

/*
 * The network; the password is asked for on the terminal where no file has it. Not to be called
 * without a name. HF_ERR_INVALID: what was given does not fit, or there is nobody to ask. Errors of
 * hf_wifi_password_read.
 */
enum hf_err hf_flash_wifi_take(const struct hf_flash_wifi *given, struct hf_network *out,
                               struct hf_fault *fault);

/* HF_ERR_INVALID: an option that is nothing without --wifi, or beside another. */
enum hf_err hf_flash_wifi_check(const struct hf_flash_wifi *given, struct hf_fault *fault);

#endif
