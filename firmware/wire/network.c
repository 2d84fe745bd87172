#include "wire/network.h"

#include "wire/hex.h"

#include <string.h>

#define NO_KEY "open"

static char *put_text(char *at, const char *text)
{
    const size_t len = strlen(text);
    memcpy(at, text, len + 1);
    return at + len;
}

static char *put_hex(char *at, const char *key, const uint8_t *bytes, size_t len)
{
    at = put_text(at, key);
    hf_hex(at, bytes, len);
    return put_text(at + 2 * len, "\n");
}

size_t hf_network_write(const struct hf_network *network, char out[HF_NETWORK_TEXT_MAX])
{
    char *at = out;
    if (network->country[0]) {
        at = put_text(at, "country ");
        at = put_text(at, network->country);
        at = put_text(at, "\n");
    }
    at = put_hex(at, "ssid ", network->ssid, network->ssid_len);
    at = network->open ? put_text(at, "pmk " NO_KEY "\n")
                       : put_hex(at, "pmk ", network->pmk, sizeof network->pmk);
    return (size_t)(at - out);
}

/* What follows `key` and a space at the beginning of a line; its length. */
static size_t value_of(const char *text, const char *key, const char **value)
{
    const size_t key_len = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, key_len) == 0 && line[key_len] == ' ') {
            *value = line + key_len + 1;
            return strcspn(*value, "\n");
        }
        if (*line == '\0')
            break;
    }
    return 0;
}

/* Bytes; 0: none, too many, or no hex. */
static size_t take_hex(const char *text, const char *key, uint8_t *out, size_t size)
{
    const char *value = NULL;
    const size_t len = value_of(text, key, &value);
    if (len % 2 != 0 || len / 2 > size)
        return 0;
    for (size_t i = 0; i < len / 2; i++) {
        const int high = hf_hex_digit(value[2 * i]), low = hf_hex_digit(value[2 * i + 1]);
        if (high < 0 || low < 0)
            return 0;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return len / 2;
}

bool hf_network_read(const char *text, struct hf_network *out)
{
    const char *value = NULL;
    const size_t key_len = value_of(text, "pmk", &value);
    *out = (struct hf_network){.open = key_len == strlen(NO_KEY) &&
                                       memcmp(value, NO_KEY, key_len) == 0};
    const size_t len = value_of(text, "country", &value);
    if (len == HF_WIFI_COUNTRY_CHARS)
        memcpy(out->country, value, HF_WIFI_COUNTRY_CHARS);
    out->ssid_len = take_hex(text, "ssid", out->ssid, sizeof out->ssid);
    return out->ssid_len > 0 && (len == 0 || out->country[0]) &&
           (out->open || take_hex(text, "pmk", out->pmk, sizeof out->pmk) == sizeof out->pmk);
}

void hf_network_name(const uint8_t *ssid, size_t len, char out[HF_NETWORK_NAME_SHOWN])
{
    for (size_t i = 0; i < len; i++)
        out[i] = (char)(ssid[i] > ' ' && ssid[i] < 0x7F ? ssid[i] : ssid[i] == ' ' ? ' ' : '?');
    out[len] = '\0';
}
