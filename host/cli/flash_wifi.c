#include "cli/flash_wifi.h"

#include "cli/secret.h"

#include <mbedtls/platform_util.h>
#include <stdio.h>

enum hf_err hf_flash_wifi_check(const struct hf_flash_wifi *given, struct hf_fault *fault)
{
    const char *lonely = given->password_file ? "--wifi-password-file"
                         : given->country     ? "--wifi-country"
                         : given->open        ? "--wifi-open"
                                              : NULL;
    if (!given->ssid && lonely)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "%s says nothing without --wifi SSID",
                            lonely);
    if (given->open && given->password_file)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--wifi-open is for a network without a password: give it or "
                            "--wifi-password-file");
    return HF_ERR_OK;
}

static enum hf_err get_password(const struct hf_flash_wifi *given, char out[HF_WIFI_SECRET_MAX + 2],
                                struct hf_fault *fault)
{
    char prompt[128];
    if (given->password_file)
        return hf_wifi_password_read(given->password_file, out, fault);
    (void)snprintf(prompt, sizeof prompt, "Password of the Wi-Fi \"%.64s\": ", given->ssid);
    if (hf_secret_ask(prompt, out, HF_WIFI_SECRET_MAX + 2))
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "no password for the Wi-Fi \"%.64s\": type it on a terminal, or give "
                        "--wifi-password-file FILE, or --wifi-open for a network without one",
                        given->ssid);
}

enum hf_err hf_flash_wifi_take(const struct hf_flash_wifi *given, struct hf_network *out,
                               struct hf_fault *fault)
{
    char password[HF_WIFI_SECRET_MAX + 2];
    struct hf_wifi_words words = {.ssid = given->ssid, .country = given->country};
    enum hf_err err = given->open ? HF_ERR_OK : get_password(given, password, fault);
    if (!err && !given->open)
        words.password = password;
    if (!err)
        err = hf_wifi_network(&words, out, fault);
    mbedtls_platform_zeroize(password, sizeof password);
    return err;
}
