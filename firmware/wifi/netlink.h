#ifndef HF_WIFI_NETLINK_H
#define HF_WIFI_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Messages of netlink and generic netlink, facts <-> bytes. Pure. What is put into a message beyond
 * its end is left out, and the message counts as broken.
 */

#define HF_NETLINK_ROOM 2048

struct hf_netlink {
    _Alignas(NLMSG_ALIGNTO) uint8_t bytes[HF_NETLINK_ROOM];
    size_t len;
    bool broken;
};

/* `fixed`: what the family has in front of its attributes, borrowed for the call. */
void hf_netlink_begin(struct hf_netlink *message, uint16_t type, uint16_t flags, const void *fixed,
                      size_t len);

/* A generic netlink family's order. */
void hf_netlink_order(struct hf_netlink *message, uint16_t family, uint16_t flags, uint8_t command);

void hf_netlink_put(struct hf_netlink *message, uint16_t type, const void *data, size_t len);
void hf_netlink_put_u8(struct hf_netlink *message, uint16_t type, uint8_t value);
void hf_netlink_put_u32(struct hf_netlink *message, uint16_t type, uint32_t value);

/* What is put until hf_netlink_end() belongs to it; its beginning, for that. */
size_t hf_netlink_nest(struct hf_netlink *message, uint16_t type);
void hf_netlink_end(struct hf_netlink *message, size_t nest);

/* --- reading --- */

/* The message at `*at` in what was received, aligned as a message is; `*at` is behind it then.
 * NULL: there is no whole one left. */
const struct nlmsghdr *hf_netlink_part(const uint8_t *data, size_t len, size_t *at);

struct hf_attribute {
    const uint8_t *data; /* borrowed; NULL: there is none */
    size_t len;
};

/* The attributes of a whole message behind `fixed` bytes; empty when it is shorter. */
struct hf_attribute hf_netlink_attributes(const struct nlmsghdr *message, size_t fixed);

/* The first of that type among attributes. */
struct hf_attribute hf_attribute_find(struct hf_attribute all, uint16_t type);

/* The first one, which is taken off `*all`. False: there is no further one. */
bool hf_attribute_next(struct hf_attribute *all, struct hf_attribute *out);

/* 0 where there is none, or a shorter one. */
uint32_t hf_attribute_u32(struct hf_attribute attribute);
uint16_t hf_attribute_u16(struct hf_attribute attribute);

#endif
