#ifndef HF_INIT_NIC_H
#define HF_INIT_NIC_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The board's network cards, and their IPv4 addresses. Addresses are in network byte order.
 * Functions that return false leave the reason in errno.
 */

#define HF_NIC_MAC_BYTES 6
#define HF_NIC_DNS_MAX   2

struct hf_nic_address {
    uint32_t own, mask;
    uint32_t gateway;             /* 0: none */
    uint32_t dns[HF_NIC_DNS_MAX]; /* 0: none */
    uint32_t metric;              /* of several cards the one with the smallest is taken */
};

enum hf_nic_kind {
    HF_NIC_CABLE,
    HF_NIC_RADIO, /* Wi-Fi */
};

/* The first card of that kind that is not the loopback; its name differs from board to board. */
bool hf_nic_find(enum hf_nic_kind kind, char name[IFNAMSIZ]);

/* Looks for one until it is there, `limit_s` at most; negative: for ever. */
bool hf_nic_await(enum hf_nic_kind kind, char name[IFNAMSIZ], int64_t limit_s);

/* Whether there is a line: a cable with something at its other end, an access point. */
bool hf_nic_carrier(const char *name);

/* Whether anything can be sent over it; in a Wi-Fi keys are in place as well. */
bool hf_nic_usable(const char *name);

/* Up, with no address yet. `mac` gets its hardware address. */
bool hf_nic_up(const char *name, uint8_t mac[HF_NIC_MAC_BYTES]);

/* Gives it that address, which it has none of yet or the same, and the way out; both count only
 * while there is a line. */
bool hf_nic_set(const char *name, const struct hf_nic_address *address);

/* Takes its address and ways away. */
void hf_nic_clear(const char *name);

#endif
