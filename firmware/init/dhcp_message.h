#ifndef HF_INIT_DHCP_MESSAGE_H
#define HF_INIT_DHCP_MESSAGE_H

#include "init/nic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A DHCP client's messages (RFC 2131, 2132), bytes <-> facts. Pure. What comes in is a stranger's:
 * nothing is read beyond its end, and options that are cut, doubled or of a wrong length are passed
 * over. Addresses are in network byte order.
 */

#define HF_DHCP_SEND_BYTES  300  /* every message of ours */
#define HF_DHCP_TAKE_BYTES  1500 /* what is longer is cut, options at its end are lost */
#define HF_DHCP_NAME_MAX    32
#define HF_DHCP_LEASE_MIN_S 10 /* shorter ones count as this */

enum hf_dhcp_kind {
    HF_DHCP_DISCOVER = 1,
    HF_DHCP_OFFER = 2,
    HF_DHCP_REQUEST = 3,
    HF_DHCP_ACK = 5,
    HF_DHCP_NAK = 6,
};

struct hf_dhcp_ask {
    enum hf_dhcp_kind kind; /* DISCOVER, REQUEST */
    uint32_t transaction;
    uint8_t mac[HF_NIC_MAC_BYTES];
    uint32_t current;                /* the address to keep; 0: none yet */
    uint32_t wanted;                 /* what was offered; 0: none */
    uint32_t server;                 /* who offered it; 0: anybody */
    char name[HF_DHCP_NAME_MAX + 1]; /* told to the server; empty: none */
};

struct hf_dhcp_answer {
    enum hf_dhcp_kind kind; /* OFFER, ACK, NAK */
    struct hf_nic_address address;
    uint32_t server;
    uint32_t lease_s; /* HF_DHCP_LEASE_MIN_S at least */
};

void hf_dhcp_write(const struct hf_dhcp_ask *ask, uint8_t out[HF_DHCP_SEND_BYTES]);

/* False: it is no answer to that question, or gives no address that a board could have. */
bool hf_dhcp_read(const uint8_t *data, size_t len, const struct hf_dhcp_ask *ask,
                  struct hf_dhcp_answer *out);

#endif
