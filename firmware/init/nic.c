#include "init/nic.h"

#include "init/netlink_socket.h"
#include "init/say.h"

#include <dirent.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The first line of what /sys tells of a card; empty: nothing. */
static void look(const char *name, const char *what, char text[32])
{
    char path[96];
    (void)snprintf(path, sizeof path, "/sys/class/net/%.*s/%s", IFNAMSIZ - 1, name, what);
    FILE *file = fopen(path, "re");
    text[0] = '\0';
    if (file && fgets(text, 32, file))
        text[strcspn(text, "\n")] = '\0';
    if (file)
        (void)fclose(file);
}

static bool is_card(const char *name, enum hf_nic_kind kind)
{
    char text[32], path[96];
    (void)snprintf(path, sizeof path, "/sys/class/net/%.*s/phy80211", IFNAMSIZ - 1, name);
    look(name, "type", text);
    return name[0] != '.' && strtol(text, NULL, 10) == ARPHRD_ETHER &&
           (access(path, F_OK) == 0) == (kind == HF_NIC_RADIO);
}

bool hf_nic_find(enum hf_nic_kind kind, char name[IFNAMSIZ])
{
    bool found = false;
    DIR *cards = opendir("/sys/class/net");
    for (struct dirent *card; cards && !found && (card = readdir(cards));) {
        found = is_card(card->d_name, kind);
        if (found)
            (void)snprintf(name, IFNAMSIZ, "%.*s", IFNAMSIZ - 1, card->d_name);
    }
    if (cards)
        (void)closedir(cards);
    return found;
}

bool hf_nic_await(enum hf_nic_kind kind, char name[IFNAMSIZ], int64_t limit_s)
{
    const int64_t began_s = hf_uptime_s();
    while (!hf_nic_find(kind, name)) {
        const int64_t waited_s = hf_uptime_s() - began_s;
        if (limit_s >= 0 && waited_s >= limit_s) {
            errno = ENODEV;
            return false;
        }
        if (waited_s < 15)
            hf_nap();
        else
            (void)sleep(1);
    }
    return true;
}

bool hf_nic_carrier(const char *name)
{
    char text[32];
    look(name, "carrier", text);
    return text[0] == '1';
}

bool hf_nic_usable(const char *name)
{
    char text[32];
    look(name, "operstate", text);
    return hf_nic_carrier(name) && (strcmp(text, "up") == 0 || strcmp(text, "unknown") == 0);
}

static struct ifreq card(const char *name)
{
    struct ifreq request = {0};
    (void)snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    return request;
}

bool hf_nic_up(const char *name, uint8_t mac[HF_NIC_MAC_BYTES])
{
    struct ifreq request = card(name), flags = card(name);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    flags.ifr_flags = IFF_UP | IFF_RUNNING;
    const bool up =
        fd >= 0 && ioctl(fd, SIOCGIFHWADDR, &request) == 0 && ioctl(fd, SIOCSIFFLAGS, &flags) == 0;
    const int number = errno;
    if (up)
        memcpy(mac, request.ifr_hwaddr.sa_data, HF_NIC_MAC_BYTES);
    if (fd >= 0)
        (void)close(fd);
    errno = number;
    return up;
}

/* Else a way out over a cable that is not in would hide the other one. */
static void heed_line(const char *name)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/proc/sys/net/ipv4/conf/%.*s/ignore_routes_with_linkdown",
                   IFNAMSIZ - 1, name);
    FILE *file = fopen(path, "we");
    if (file) {
        (void)fputs("1", file);
        (void)fclose(file);
    }
}

static void address_order(struct hf_netlink *order, const char *name, uint16_t what, uint16_t flags,
                          uint32_t mask)
{
    const struct ifaddrmsg head = {.ifa_family = AF_INET,
                                   .ifa_prefixlen = (uint8_t)__builtin_popcount(mask),
                                   .ifa_index = if_nametoindex(name)};
    hf_netlink_begin(order, what, NLM_F_REQUEST | NLM_F_ACK | flags, &head, sizeof head);
}

static bool put_address(const char *name, const struct hf_nic_address *address)
{
    struct hf_netlink order;
    address_order(&order, name, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, address->mask);
    hf_netlink_put_u32(&order, IFA_LOCAL, address->own);
    hf_netlink_put_u32(&order, IFA_ADDRESS, address->own);
    hf_netlink_put_u32(&order, IFA_BROADCAST, address->own | ~address->mask);
    hf_netlink_put_u32(&order, IFA_RT_PRIORITY, address->metric);
    return hf_netlink_tell(NETLINK_ROUTE, &order);
}

/* By its card: two of them may be in the same network. */
static bool put_way_out(const char *name, const struct hf_nic_address *address)
{
    const struct rtmsg head = {.rtm_family = AF_INET,
                               .rtm_table = RT_TABLE_MAIN,
                               .rtm_protocol = RTPROT_BOOT,
                               .rtm_scope = RT_SCOPE_UNIVERSE,
                               .rtm_type = RTN_UNICAST};
    struct hf_netlink order;
    hf_netlink_begin(&order, RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
                     &head, sizeof head);
    hf_netlink_put_u32(&order, RTA_OIF, if_nametoindex(name));
    hf_netlink_put_u32(&order, RTA_GATEWAY, address->gateway);
    hf_netlink_put_u32(&order, RTA_PRIORITY, address->metric);
    return hf_netlink_tell(NETLINK_ROUTE, &order);
}

bool hf_nic_set(const char *name, const struct hf_nic_address *address)
{
    heed_line(name);
    return put_address(name, address) && (address->gateway == 0 || put_way_out(name, address));
}

void hf_nic_clear(const char *name)
{
    struct hf_netlink order;
    address_order(&order, name, RTM_DELADDR, 0, 0);
    (void)hf_netlink_tell(NETLINK_ROUTE, &order);
}
