/*
 * What a DHCP server, or whoever is in the board's network, answers: the bytes as a message, as
 * they are and with a head that belongs to what was asked.
 */
#include "fuzz.h"
#include "init/dhcp_message.h"

#include <string.h>

#define ADDRESS_AT 16
#define HEAD_BYTES 240

static const enum hf_dhcp_kind KINDS[] = {HF_DHCP_DISCOVER, HF_DHCP_REQUEST};

static uint32_t number(uint32_t address)
{
    uint8_t at[4];
    memcpy(at, &address, sizeof at);
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void as_answer(const uint8_t *data, size_t len, const struct hf_dhcp_ask *ask)
{
    struct hf_dhcp_answer got;
    if (!hf_dhcp_read(data, len, ask, &got))
        return;
    const uint32_t rest = ~number(got.address.mask);
    fuzz_must(got.lease_s >= HF_DHCP_LEASE_MIN_S);
    fuzz_must((rest & (rest + 1)) == 0 && got.address.mask != 0);
    fuzz_must(got.address.metric == 0);
    if (got.kind == HF_DHCP_NAK) {
        fuzz_must(ask->kind == HF_DHCP_REQUEST);
        return;
    }
    fuzz_must(got.kind == (ask->kind == HF_DHCP_DISCOVER ? HF_DHCP_OFFER : HF_DHCP_ACK));
    fuzz_must(number(got.address.own) >> 24 != 0 && number(got.address.own) >> 24 < 224);
    fuzz_must(memcmp(&got.address.own, data + ADDRESS_AT, sizeof got.address.own) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hf_dhcp_ask ask = {.transaction = 7, .mac = {2}, .name = "a"};
    uint8_t request[HF_DHCP_SEND_BYTES], *copy = malloc(len + 1);
    if (copy == NULL)
        return 0;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        ask.kind = KINDS[i];
        as_answer(data, len, &ask);
        if (len < HEAD_BYTES)
            continue;
        hf_dhcp_write(&ask, request);
        memcpy(copy, request, HEAD_BYTES);
        copy[0] = 2;
        memcpy(copy + ADDRESS_AT, data + ADDRESS_AT, 4);
        memcpy(copy + HEAD_BYTES, data + HEAD_BYTES, len - HEAD_BYTES);
        as_answer(copy, len, &ask);
    }
    free(copy);
    return 0;
}
