#include "init/nic.h"

#include "init/say.h"

#include <dirent.h>
#include <errno.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/in.h>
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

static struct sockaddr in(uint32_t address)
{
    struct sockaddr_in internet = {.sin_family = AF_INET, .sin_addr.s_addr = address};
    struct sockaddr any;
    memcpy(&any, &internet, sizeof any);
    return any;
}

static struct ifreq card(const char *name)
{
    struct ifreq request = {0};
    (void)snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    return request;
}

static int opened(void)
{
    return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static bool closed(int fd, bool done)
{
    const int number = errno;
    if (fd >= 0)
        (void)close(fd);
    errno = number;
    return done;
}

bool hf_nic_up(const char *name, uint8_t mac[HF_NIC_MAC_BYTES])
{
    struct ifreq request = card(name);
    const int fd = opened();
    if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request) != 0)
        return closed(fd, false);
    memcpy(mac, request.ifr_hwaddr.sa_data, HF_NIC_MAC_BYTES);
    request = card(name);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    return closed(fd, ioctl(fd, SIOCSIFFLAGS, &request) == 0);
}

/* The numbers of ioctl() are unsigned long in glibc, int in musl. */
#ifdef __GLIBC__
typedef unsigned long request_number;
#else
typedef int request_number;
#endif

static bool give(int fd, const char *name, request_number what, uint32_t address)
{
    struct ifreq request = card(name);
    request.ifr_addr = in(address);
    return ioctl(fd, what, &request) == 0;
}

/* The kernel takes one off a metric that is given here. */
static bool add_way_out(int fd, const struct hf_nic_address *address)
{
    struct rtentry route = {.rt_dst = in(INADDR_ANY),
                            .rt_gateway = in(address->gateway),
                            .rt_genmask = in(INADDR_ANY),
                            .rt_metric = (short)(address->metric + 1),
                            .rt_flags = RTF_UP | RTF_GATEWAY};
    return ioctl(fd, SIOCADDRT, &route) == 0 || errno == EEXIST;
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

bool hf_nic_set(const char *name, const struct hf_nic_address *address)
{
    const int fd = opened();
    heed_line(name);
    const bool set = fd >= 0 && give(fd, name, SIOCSIFADDR, address->own) &&
                     give(fd, name, SIOCSIFNETMASK, address->mask) &&
                     (address->gateway == 0 || add_way_out(fd, address));
    return closed(fd, set);
}

void hf_nic_clear(const char *name)
{
    const int fd = opened();
    (void)closed(fd, fd >= 0 && give(fd, name, SIOCSIFADDR, INADDR_ANY));
}
