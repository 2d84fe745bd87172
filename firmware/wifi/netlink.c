#include "wifi/netlink.h"

#include <linux/genetlink.h>
#include <string.h>

#define HEAD_BYTES sizeof(struct nlattr)

static void *room(struct hf_netlink *message, size_t len)
{
    const size_t whole = NLMSG_ALIGN(len);
    if (message->broken || whole > sizeof message->bytes - message->len) {
        message->broken = true;
        return NULL;
    }
    uint8_t *at = message->bytes + message->len;
    memset(at, 0, whole);
    message->len += whole;
    struct nlmsghdr *head = (struct nlmsghdr *)message->bytes;
    head->nlmsg_len = (uint32_t)message->len;
    return at;
}

void hf_netlink_begin(struct hf_netlink *message, uint16_t type, uint16_t flags, const void *fixed,
                      size_t len)
{
    message->len = 0;
    message->broken = false;
    struct nlmsghdr *head = room(message, sizeof *head);
    head->nlmsg_type = type;
    head->nlmsg_flags = flags;
    void *at = room(message, len);
    if (at)
        memcpy(at, fixed, len);
}

void hf_netlink_order(struct hf_netlink *message, uint16_t family, uint16_t flags, uint8_t command)
{
    const struct genlmsghdr head = {.cmd = command, .version = 1};
    hf_netlink_begin(message, family, flags, &head, sizeof head);
}

void hf_netlink_put(struct hf_netlink *message, uint16_t type, const void *data, size_t len)
{
    uint8_t *at = room(message, HEAD_BYTES + len);
    if (!at)
        return;
    const struct nlattr head = {.nla_len = (uint16_t)(HEAD_BYTES + len), .nla_type = type};
    memcpy(at, &head, sizeof head);
    if (len > 0)
        memcpy(at + HEAD_BYTES, data, len);
}

void hf_netlink_put_u8(struct hf_netlink *message, uint16_t type, uint8_t value)
{
    hf_netlink_put(message, type, &value, sizeof value);
}

void hf_netlink_put_u32(struct hf_netlink *message, uint16_t type, uint32_t value)
{
    hf_netlink_put(message, type, &value, sizeof value);
}

size_t hf_netlink_nest(struct hf_netlink *message, uint16_t type)
{
    const size_t at = message->len;
    hf_netlink_put(message, type | NLA_F_NESTED, NULL, 0);
    return at;
}

void hf_netlink_end(struct hf_netlink *message, size_t nest)
{
    struct nlattr *head = (struct nlattr *)(message->bytes + nest);
    if (!message->broken)
        head->nla_len = (uint16_t)(message->len - nest);
}

/* --- reading --- */

const struct nlmsghdr *hf_netlink_part(const uint8_t *data, size_t len, size_t *at)
{
    if (len < *at || len - *at < sizeof(struct nlmsghdr))
        return NULL;
    const struct nlmsghdr *message = (const struct nlmsghdr *)(data + *at);
    if (message->nlmsg_len < sizeof *message || message->nlmsg_len > len - *at)
        return NULL;
    *at += NLMSG_ALIGN(message->nlmsg_len);
    return message;
}

struct hf_attribute hf_netlink_attributes(const struct nlmsghdr *message, size_t fixed)
{
    const size_t before = NLMSG_HDRLEN + NLMSG_ALIGN(fixed);
    if (message->nlmsg_len < before)
        return (struct hf_attribute){.data = NULL};
    return (struct hf_attribute){.data = (const uint8_t *)message + before,
                                 .len = message->nlmsg_len - before};
}

/* Its type, or -1 where none is left. */
static int take(struct hf_attribute *all, struct hf_attribute *out)
{
    struct nlattr head;
    if (all->len < sizeof head)
        return -1;
    memcpy(&head, all->data, sizeof head);
    if (head.nla_len < sizeof head || head.nla_len > all->len)
        return -1;
    *out = (struct hf_attribute){.data = all->data + HEAD_BYTES, .len = head.nla_len - HEAD_BYTES};
    const size_t whole = NLA_ALIGN(head.nla_len);
    all->data += whole < all->len ? whole : all->len;
    all->len -= whole < all->len ? whole : all->len;
    return head.nla_type & NLA_TYPE_MASK;
}

struct hf_attribute hf_attribute_find(struct hf_attribute all, uint16_t type)
{
    struct hf_attribute one;
    for (int found; (found = take(&all, &one)) >= 0;)
        if (found == type)
            return one;
    return (struct hf_attribute){.data = NULL};
}

bool hf_attribute_next(struct hf_attribute *all, struct hf_attribute *out)
{
    return take(all, out) >= 0;
}

uint32_t hf_attribute_u32(struct hf_attribute attribute)
{
    uint32_t value = 0;
    if (attribute.len >= sizeof value)
        memcpy(&value, attribute.data, sizeof value);
    return value;
}

uint16_t hf_attribute_u16(struct hf_attribute attribute)
{
    uint16_t value = 0;
    if (attribute.len >= sizeof value)
        memcpy(&value, attribute.data, sizeof value);
    return value;
}
