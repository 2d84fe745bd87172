#include "init/dhcp_message.h"

#include <string.h>

#define AT_TRANSACTION 4
#define AT_FLAGS       10
#define AT_CURRENT     12
#define AT_GIVEN       16
#define AT_MAC         28
#define AT_MAGIC       236
#define AT_OPTIONS     240

enum option {
    PAD = 0,
    MASK = 1,
    ROUTER = 3,
    DNS = 6,
    NAME = 12,
    WANTED = 50,
    LEASE = 51,
    KIND = 53,
    SERVER = 54,
    LIST = 55,
    END = 255,
};

static const uint8_t magic[] = {99, 130, 83, 99};

static uint8_t *put(uint8_t *at, enum option option, const void *data, size_t len)
{
    *at++ = (uint8_t)option;
    *at++ = (uint8_t)len;
    memcpy(at, data, len);
    return at + len;
}

static uint8_t *put_address(uint8_t *at, enum option option, uint32_t address)
{
    return address == 0 ? at : put(at, option, &address, sizeof address);
}

void hf_dhcp_write(const struct hf_dhcp_ask *ask, uint8_t out[HF_DHCP_SEND_BYTES])
{
    static const uint8_t list[] = {MASK, ROUTER, DNS, LEASE};
    const uint8_t kind = (uint8_t)ask->kind;
    memset(out, 0, HF_DHCP_SEND_BYTES);
    out[0] = 1; /* a request, over Ethernet */
    out[1] = 1;
    out[2] = HF_NIC_MAC_BYTES;
    memcpy(out + AT_TRANSACTION, &ask->transaction, sizeof ask->transaction);
    if (ask->current == 0)
        out[AT_FLAGS] = 0x80; /* answer to all: there is no address yet to answer to */
    memcpy(out + AT_CURRENT, &ask->current, sizeof ask->current);
    memcpy(out + AT_MAC, ask->mac, sizeof ask->mac);
    memcpy(out + AT_MAGIC, magic, sizeof magic);
    uint8_t *at = put(out + AT_OPTIONS, KIND, &kind, 1);
    at = put_address(at, WANTED, ask->wanted);
    at = put_address(at, SERVER, ask->server);
    if (ask->name[0] != '\0')
        at = put(at, NAME, ask->name, strnlen(ask->name, HF_DHCP_NAME_MAX));
    at = put(at, LIST, list, sizeof list);
    *at = END;
}

static uint32_t word(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint32_t number(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Ones, then zeros. */
static bool is_mask(uint32_t mask)
{
    return (~mask & (~mask + 1)) == 0;
}

static void take(const uint8_t *at, enum option option, size_t len, struct hf_dhcp_answer *out)
{
    if (option == KIND && len == 1)
        out->kind = (enum hf_dhcp_kind)at[0];
    if (len < 4)
        return;
    if (option == MASK && is_mask(number(at)))
        out->address.mask = word(at);
    if (option == ROUTER)
        out->address.gateway = word(at);
    if (option == SERVER)
        out->server = word(at);
    if (option == LEASE)
        out->lease_s = number(at);
    for (size_t i = 0; option == DNS && i < HF_NIC_DNS_MAX && 4 * (i + 1) <= len; i++)
        out->address.dns[i] = word(at + 4 * i);
}

static void take_options(const uint8_t *at, size_t left, struct hf_dhcp_answer *out)
{
    while (left > 0 && at[0] != END) {
        if (at[0] == PAD) {
            at++;
            left--;
            continue;
        }
        if (left < 2 || at[1] > left - 2)
            return;
        const size_t len = at[1];
        take(at + 2, (enum option)at[0], len, out);
        at += 2 + len;
        left -= 2 + len;
    }
}

/* Neither 0.0.0.0/8 nor the loopback, multicast and what is above. */
static bool can_be_ours(uint32_t address)
{
    uint8_t first;
    memcpy(&first, &address, 1);
    return first != 0 && first != 127 && first < 224;
}

bool hf_dhcp_read(const uint8_t *data, size_t len, const struct hf_dhcp_ask *ask,
                  struct hf_dhcp_answer *out)
{
    *out = (struct hf_dhcp_answer){.server = 0};
    if (len < AT_OPTIONS || data[0] != 2 || word(data + AT_TRANSACTION) != ask->transaction ||
        memcmp(data + AT_MAC, ask->mac, sizeof ask->mac) != 0 ||
        memcmp(data + AT_MAGIC, magic, sizeof magic) != 0)
        return false;
    out->address.own = word(data + AT_GIVEN);
    take_options(data + AT_OPTIONS, len - AT_OPTIONS, out);
    if (out->lease_s < HF_DHCP_LEASE_MIN_S)
        out->lease_s = HF_DHCP_LEASE_MIN_S;
    if (out->address.mask == 0)
        memcpy(&out->address.mask, (const uint8_t[]){255, 255, 255, 0}, 4);
    if (out->kind == HF_DHCP_NAK)
        return ask->kind == HF_DHCP_REQUEST;
    return out->kind == (ask->kind == HF_DHCP_DISCOVER ? HF_DHCP_OFFER : HF_DHCP_ACK) &&
           can_be_ours(out->address.own);
}
