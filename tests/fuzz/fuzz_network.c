/* The network that a flashed card joins, as root reads it from its data partition. Its bytes are
 * the file's text. */
#include "fuzz.h"
#include "wire/network.h"

#include <string.h>

static void check_again(const struct hf_network *network)
{
    struct hf_network again;
    char first[HF_NETWORK_TEXT_MAX], second[HF_NETWORK_TEXT_MAX], name[HF_NETWORK_NAME_SHOWN];
    const size_t len = hf_network_write(network, first);
    fuzz_must(len == strlen(first) && hf_network_read(first, &again));
    fuzz_must(hf_network_write(&again, second) == len && memcmp(first, second, len) == 0);
    hf_network_name(network->ssid, network->ssid_len, name);
    fuzz_must(strlen(name) == network->ssid_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hf_network network;
    char *text = fuzz_text(data, len);
    if (hf_network_read(text, &network)) {
        fuzz_must(network.ssid_len >= 1 && network.ssid_len <= HF_SSID_MAX);
        fuzz_must(!network.open || strstr(text, "pmk open") != NULL);
        check_again(&network);
    }
    free(text);
    return 0;
}
