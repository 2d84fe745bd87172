#include "init/radio.h"

#include "init/netlink_socket.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if.h>
#include <linux/nl80211.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define CIPHER_CCMP    (HF_RSN_OUI | HF_CIPHER_CCMP)
#define AKM_PSK        (HF_RSN_OUI | HF_AKM_PSK)
#define LINK_BY_DRIVER 0
#define LINK_BY_US     1 /* up only once we say so: IF_LINK_MODE_DORMANT */

static void order(const struct hf_radio *radio, struct hf_netlink *message, uint8_t command)
{
    hf_netlink_order(message, radio->family, NLM_F_REQUEST | NLM_F_ACK, command);
    hf_netlink_put_u32(message, NL80211_ATTR_IFINDEX, radio->index);
}

/* --- the family and its events --- */

struct family {
    uint16_t id;
    uint32_t mlme, scan; /* groups */
};

static void take_family(void *context, const struct nlmsghdr *message)
{
    struct family *family = context;
    const struct hf_attribute all = hf_netlink_attributes(message, sizeof(struct genlmsghdr));
    struct hf_attribute groups = hf_attribute_find(all, CTRL_ATTR_MCAST_GROUPS), group;
    family->id = hf_attribute_u16(hf_attribute_find(all, CTRL_ATTR_FAMILY_ID));
    while (hf_attribute_next(&groups, &group)) {
        const struct hf_attribute name = hf_attribute_find(group, CTRL_ATTR_MCAST_GRP_NAME);
        const uint32_t id = hf_attribute_u32(hf_attribute_find(group, CTRL_ATTR_MCAST_GRP_ID));
        if (name.len == sizeof "mlme" && memcmp(name.data, "mlme", name.len) == 0)
            family->mlme = id;
        if (name.len == sizeof "scan" && memcmp(name.data, "scan", name.len) == 0)
            family->scan = id;
    }
}

static bool find_family(struct hf_radio *radio, struct family *family)
{
    static const char name[] = "nl80211";
    struct hf_netlink message;
    hf_netlink_order(&message, GENL_ID_CTRL, NLM_F_REQUEST | NLM_F_ACK, CTRL_CMD_GETFAMILY);
    hf_netlink_put(&message, CTRL_ATTR_FAMILY_NAME, name, sizeof name);
    const bool found = hf_netlink_ask(radio->orders, &message, take_family, family);
    radio->family = family->id;
    return found;
}

bool hf_radio_open(struct hf_radio *radio, const char *card)
{
    struct family family = {.id = 0};
    *radio = (struct hf_radio){.orders = -1, .events = -1, .index = if_nametoindex(card)};
    (void)strncpy(radio->card, card, sizeof radio->card - 1);
    radio->orders = hf_netlink_open(NETLINK_GENERIC);
    radio->events = hf_netlink_open(NETLINK_GENERIC);
    return radio->index != 0 && radio->orders >= 0 && radio->events >= 0 &&
           find_family(radio, &family) && hf_netlink_join(radio->events, family.mlme) &&
           hf_netlink_join(radio->events, family.scan);
}

void hf_radio_close(struct hf_radio *radio)
{
    if (radio->orders >= 0)
        (void)close(radio->orders);
    if (radio->events >= 0)
        (void)close(radio->events);
    radio->orders = radio->events = -1;
}

static enum hf_radio_kind kind_of(uint8_t command)
{
    switch (command) {
    case NL80211_CMD_NEW_SCAN_RESULTS:
    case NL80211_CMD_SCAN_ABORTED: return HF_RADIO_SCANNED;
    case NL80211_CMD_CONNECT:
    case NL80211_CMD_ROAM: return HF_RADIO_CONNECTED;
    case NL80211_CMD_DISCONNECT: return HF_RADIO_DISCONNECTED;
    default: return HF_RADIO_NOTHING;
    }
}

struct event {
    const struct hf_radio *radio;
    struct hf_radio_event *out;
};

static void take_event(void *context, const struct nlmsghdr *message)
{
    const struct event *event = context;
    struct genlmsghdr head;
    const struct hf_attribute all = hf_netlink_attributes(message, sizeof head);
    const struct hf_attribute address = hf_attribute_find(all, NL80211_ATTR_MAC);
    if (message->nlmsg_type != event->radio->family || !all.data ||
        hf_attribute_u32(hf_attribute_find(all, NL80211_ATTR_IFINDEX)) != event->radio->index)
        return;
    memcpy(&head, NLMSG_DATA(message), sizeof head);
    event->out->kind = kind_of(head.cmd);
    event->out->status = hf_attribute_u16(hf_attribute_find(
        all, event->out->kind == HF_RADIO_DISCONNECTED ? NL80211_ATTR_REASON_CODE
                                                       : NL80211_ATTR_STATUS_CODE));
    event->out->silent = hf_attribute_find(all, NL80211_ATTR_TIMED_OUT).data != NULL;
    if (address.len == HF_MAC_BYTES)
        memcpy(event->out->access_point, address.data, HF_MAC_BYTES);
}

bool hf_radio_event(const struct hf_radio *radio, struct hf_radio_event *out)
{
    struct event event = {.radio = radio, .out = out};
    do {
        *out = (struct hf_radio_event){.kind = HF_RADIO_NOTHING};
        if (!hf_netlink_take(radio->events, take_event, &event))
            return false;
    } while (out->kind == HF_RADIO_NOTHING);
    return true;
}

/* --- what is in reach --- */

bool hf_radio_country(const struct hf_radio *radio, const char *country)
{
    struct hf_netlink message;
    hf_netlink_order(&message, radio->family, NLM_F_REQUEST | NLM_F_ACK, NL80211_CMD_REQ_SET_REG);
    hf_netlink_put(&message, NL80211_ATTR_REG_ALPHA2, country, strlen(country) + 1);
    return hf_netlink_ask(radio->orders, &message, NULL, NULL);
}

bool hf_radio_scan(const struct hf_radio *radio, const struct hf_network *network)
{
    struct hf_netlink message;
    order(radio, &message, NL80211_CMD_TRIGGER_SCAN);
    const size_t names = hf_netlink_nest(&message, NL80211_ATTR_SCAN_SSIDS);
    hf_netlink_put(&message, 1, network->ssid, network->ssid_len);
    hf_netlink_end(&message, names);
    return hf_netlink_ask(radio->orders, &message, NULL, NULL);
}

struct heard {
    void (*take)(void *context, const struct hf_bss *bss);
    void *context;
};

static void take_bss(void *context, const struct nlmsghdr *message)
{
    const struct heard *heard = context;
    const struct hf_attribute all = hf_netlink_attributes(message, sizeof(struct genlmsghdr));
    const struct hf_attribute bss = hf_attribute_find(all, NL80211_ATTR_BSS);
    const struct hf_attribute address = hf_attribute_find(bss, NL80211_BSS_BSSID);
    struct hf_attribute announced = hf_attribute_find(bss, NL80211_BSS_INFORMATION_ELEMENTS);
    struct hf_bss out = {
        .frequency_mhz = hf_attribute_u32(hf_attribute_find(bss, NL80211_BSS_FREQUENCY)),
        .signal_mbm = (int32_t)hf_attribute_u32(hf_attribute_find(bss, NL80211_BSS_SIGNAL_MBM)),
        .privacy = hf_attribute_u16(hf_attribute_find(bss, NL80211_BSS_CAPABILITY)) & 0x10,
    };
    if (address.len != HF_MAC_BYTES)
        return;
    if (!announced.data)
        announced = hf_attribute_find(bss, NL80211_BSS_BEACON_IES);
    memcpy(out.address, address.data, HF_MAC_BYTES);
    hf_bss_announced(&out, announced.data, announced.len);
    heard->take(heard->context, &out);
}

bool hf_radio_heard(const struct hf_radio *radio,
                    void (*take)(void *context, const struct hf_bss *bss), void *context)
{
    struct heard heard = {.take = take, .context = context};
    struct hf_netlink message;
    hf_netlink_order(&message, radio->family, NLM_F_REQUEST | NLM_F_DUMP, NL80211_CMD_GET_SCAN);
    hf_netlink_put_u32(&message, NL80211_ATTR_IFINDEX, radio->index);
    return hf_netlink_ask(radio->orders, &message, take_bss, &heard);
}

/* --- joining --- */

static void put_security(struct hf_netlink *message)
{
    static const uint32_t ccmp = CIPHER_CCMP, psk = AKM_PSK;
    hf_netlink_put(message, NL80211_ATTR_PRIVACY, NULL, 0);
    hf_netlink_put(message, NL80211_ATTR_CONTROL_PORT, NULL, 0);
    hf_netlink_put_u32(message, NL80211_ATTR_WPA_VERSIONS, NL80211_WPA_VERSION_2);
    hf_netlink_put(message, NL80211_ATTR_CIPHER_SUITES_PAIRWISE, &ccmp, sizeof ccmp);
    hf_netlink_put_u32(message, NL80211_ATTR_CIPHER_SUITE_GROUP, ccmp);
    hf_netlink_put(message, NL80211_ATTR_AKM_SUITES, &psk, sizeof psk);
    hf_netlink_put(message, NL80211_ATTR_IE, hf_rsn_own, sizeof hf_rsn_own);
}

/* The kernel leaves the network by itself when our socket closes, however that comes. */
bool hf_radio_connect(const struct hf_radio *radio, const struct hf_network *network,
                      const struct hf_bss *bss)
{
    struct hf_netlink message;
    order(radio, &message, NL80211_CMD_CONNECT);
    hf_netlink_put(&message, NL80211_ATTR_SSID, network->ssid, network->ssid_len);
    hf_netlink_put(&message, NL80211_ATTR_MAC, bss->address, HF_MAC_BYTES);
    hf_netlink_put_u32(&message, NL80211_ATTR_WIPHY_FREQ, bss->frequency_mhz);
    hf_netlink_put_u32(&message, NL80211_ATTR_AUTH_TYPE, NL80211_AUTHTYPE_OPEN_SYSTEM);
    hf_netlink_put(&message, NL80211_ATTR_SOCKET_OWNER, NULL, 0);
    if (!network->open)
        put_security(&message);
    return hf_netlink_ask(radio->orders, &message, NULL, NULL);
}

void hf_radio_disconnect(const struct hf_radio *radio)
{
    struct hf_netlink message;
    struct hf_radio_event ignored;
    order(radio, &message, NL80211_CMD_DISCONNECT);
    (void)hf_netlink_ask(radio->orders, &message, NULL, NULL);
    while (hf_radio_event(radio, &ignored))
        continue;
}

/* --- keys --- */

static void put_key(struct hf_netlink *message, const uint8_t key[16], uint8_t index,
                    const uint8_t *rsc)
{
    const size_t nest = hf_netlink_nest(message, NL80211_ATTR_KEY);
    hf_netlink_put(message, NL80211_KEY_DATA, key, 16);
    hf_netlink_put_u32(message, NL80211_KEY_CIPHER, CIPHER_CCMP);
    hf_netlink_put_u8(message, NL80211_KEY_IDX, index);
    if (rsc)
        hf_netlink_put(message, NL80211_KEY_SEQ, rsc, HF_EAPOL_RSC_BYTES);
    hf_netlink_end(message, nest);
}

static bool give_key(const struct hf_radio *radio, struct hf_netlink *message)
{
    const bool given = hf_netlink_ask(radio->orders, message, NULL, NULL);
    hf_keys_forget(message, sizeof *message);
    return given;
}

bool hf_radio_pairwise_key(const struct hf_radio *radio, const uint8_t access_point[HF_MAC_BYTES],
                           const struct hf_keys *keys)
{
    struct hf_netlink message;
    order(radio, &message, NL80211_CMD_NEW_KEY);
    hf_netlink_put(&message, NL80211_ATTR_MAC, access_point, HF_MAC_BYTES);
    put_key(&message, keys->temporal, 0, NULL);
    return give_key(radio, &message);
}

bool hf_radio_group_key(const struct hf_radio *radio, const struct hf_group_key *group)
{
    struct hf_netlink message;
    order(radio, &message, NL80211_CMD_NEW_KEY);
    put_key(&message, group->key, group->index, group->rsc);
    return give_key(radio, &message);
}

bool hf_radio_open_port(const struct hf_radio *radio, const uint8_t access_point[HF_MAC_BYTES])
{
    const struct nl80211_sta_flag_update flags = {.mask = 1U << NL80211_STA_FLAG_AUTHORIZED,
                                                  .set = 1U << NL80211_STA_FLAG_AUTHORIZED};
    struct hf_netlink message;
    order(radio, &message, NL80211_CMD_SET_STATION);
    hf_netlink_put(&message, NL80211_ATTR_MAC, access_point, HF_MAC_BYTES);
    hf_netlink_put(&message, NL80211_ATTR_STA_FLAGS2, &flags, sizeof flags);
    return hf_netlink_ask(radio->orders, &message, NULL, NULL);
}

void hf_radio_usable(const struct hf_radio *radio, bool usable)
{
    const struct ifinfomsg head = {.ifi_index = (int)radio->index};
    struct hf_netlink message;
    hf_netlink_begin(&message, RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, &head, sizeof head);
    hf_netlink_put_u8(&message, IFLA_LINKMODE, LINK_BY_US);
    hf_netlink_put_u8(&message, IFLA_OPERSTATE, usable ? IF_OPER_UP : IF_OPER_DORMANT);
    (void)hf_netlink_tell(NETLINK_ROUTE, &message);
}
