#ifndef HF_INIT_NIC_H
#define HF_INIT_NIC_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The board's network card, and its IPv4 address. Addresses are in network byte order. Functions
 * that return false leave the reason in errno.
 */

#define HF_NIC_MAC_BYTES 6
#define HF_NIC_DNS_MAX   2

struct hf_nic_address {
    uint32_t own, mask;
    uint32_t gateway;             /* 0: none */
    uint32_t dns[HF_NIC_DNS_MAX]; /* 0: none */
};

/* The first card with a cable's kind of address that is not the loopback; its name differs from
 * board to board. */
bool hf_nic_find(char name[IFNAMSIZ]);

/* Looks for one until it is there, `limit_s` at most; negative: for ever. */
bool hf_nic_await(char name[IFNAMSIZ], int64_t limit_s);

/* Up, with no address yet. `mac` gets its hardware address. */
bool hf_nic_up(const char *name, uint8_t mac[HF_NIC_MAC_BYTES]);

/* Gives it that address and the way out. */
bool hf_nic_set(const char *name, const struct hf_nic_address *address);

/* Takes its address away. */
void hf_nic_clear(const char *name);

#endif
