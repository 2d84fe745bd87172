#include "flash/wifi.h"

#include "home/file.h"
#include "link/tls_platform.h"
#include "wire/hex.h"

#include <mbedtls/pkcs5.h>
#include <mbedtls/platform_util.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS   4096
#define FILE_MAX 4096

static enum hf_err take_name(const char *ssid, struct hf_network *out, struct hf_fault *fault)
{
    out->ssid_len = strlen(ssid);
    if (out->ssid_len < 1 || out->ssid_len > HF_SSID_MAX)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--wifi \"%.64s\": a network's name has 1 to %d bytes, this one %zu",
                            ssid, HF_SSID_MAX, out->ssid_len);
    memcpy(out->ssid, ssid, out->ssid_len);
    return HF_ERR_OK;
}

static enum hf_err take_country(const char *country, struct hf_network *out, struct hf_fault *fault)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if (!country)
        return HF_ERR_OK;
    if (strlen(country) != HF_WIFI_COUNTRY_CHARS ||
        strspn(country, letters) != HF_WIFI_COUNTRY_CHARS)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--wifi-country \"%.16s\": give the country's two letters, as DE",
                            country);
    memcpy(out->country, country, HF_WIFI_COUNTRY_CHARS + 1);
    return HF_ERR_OK;
}

static bool take_key(const char *digits, uint8_t key[HF_PMK_BYTES])
{
    for (size_t i = 0; i < HF_PMK_BYTES; i++) {
        const int high = hf_hex_digit(digits[2 * i]), low = hf_hex_digit(digits[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        key[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool is_password(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    return len >= HF_WIFI_PASSWORD_MIN && len <= HF_WIFI_PASSWORD_MAX;
}

static enum hf_err take_password(const char *password, struct hf_network *out,
                                 struct hf_fault *fault)
{
    const size_t len = strlen(password);
    if (len == 2 * (size_t)HF_PMK_BYTES && take_key(password, out->pmk))
        return HF_ERR_OK;
    if (!is_password(password, len))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "a Wi-Fi password has %d to %d ASCII characters, or is a key of %d hex "
                            "digits; this one has %zu characters%s",
                            HF_WIFI_PASSWORD_MIN, HF_WIFI_PASSWORD_MAX, 2 * HF_PMK_BYTES, len,
                            len == 0 ? " (--wifi-open for a network without one)" : "");
    const enum hf_err err = hf_tls_platform_init(fault);
    if (err)
        return err;
    const int failed =
        mbedtls_pkcs5_pbkdf2_hmac_ext(MBEDTLS_MD_SHA1, (const unsigned char *)password, len,
                                      out->ssid, out->ssid_len, ROUNDS, sizeof out->pmk, out->pmk);
    if (failed != 0)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, failed, "no memory for the key of the Wi-Fi");
    return HF_ERR_OK;
}

enum hf_err hf_wifi_network(const struct hf_wifi_words *words, struct hf_network *out,
                            struct hf_fault *fault)
{
    *out = (struct hf_network){.open = !words->password};
    enum hf_err err = take_name(words->ssid, out, fault);
    if (!err)
        err = take_country(words->country, out, fault);
    return err || !words->password ? err : take_password(words->password, out, fault);
}

enum hf_err hf_wifi_password_read(const char *path, char out[HF_WIFI_SECRET_MAX + 1],
                                  struct hf_fault *fault)
{
    char *text = NULL;
    size_t len = 0;
    enum hf_err err = hf_file_read(path, FILE_MAX, &text, &len, fault);
    if (err)
        return err;
    const size_t line = strcspn(text, "\r\n");
    if (line > HF_WIFI_SECRET_MAX)
        err = hf_fault_set(fault, HF_ERR_INVALID, 0,
                           "%s: its first line has %zu characters; no Wi-Fi password is so long",
                           path, line);
    else {
        memcpy(out, text, line);
        out[line] = '\0';
    }
    mbedtls_platform_zeroize(text, len);
    free(text);
    return err;
}
