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

static bool is_card(const char *name)
{
    char path[64 + IFNAMSIZ], text[16];
    (void)snprintf(path, sizeof path, "/sys/class/net/%.*s/type", IFNAMSIZ - 1, name);
    FILE *file = name[0] == '.' ? NULL : fopen(path, "re");
    const bool read_it = file && fgets(text, sizeof text, file);
    if (file)
        (void)fclose(file);
    return read_it && strtol(text, NULL, 10) == ARPHRD_ETHER;
}

bool hf_nic_find(char name[IFNAMSIZ])
{
    bool found = false;
    DIR *cards = opendir("/sys/class/net");
    for (struct dirent *card; cards && !found && (card = readdir(cards));) {
        found = is_card(card->d_name);
        if (found)
            (void)snprintf(name, IFNAMSIZ, "%.*s", IFNAMSIZ - 1, card->d_name);
    }
    if (cards)
        (void)closedir(cards);
    return found;
}

bool hf_nic_await(char name[IFNAMSIZ], int64_t limit_s)
{
    const int64_t began_s = hf_uptime_s();
    while (!hf_nic_find(name)) {
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

static bool add_way_out(int fd, uint32_t gateway)
{
    struct rtentry route = {.rt_dst = in(INADDR_ANY),
                            .rt_gateway = in(gateway),
                            .rt_genmask = in(INADDR_ANY),
                            .rt_flags = RTF_UP | RTF_GATEWAY};
    return ioctl(fd, SIOCADDRT, &route) == 0 || errno == EEXIST;
}

bool hf_nic_set(const char *name, const struct hf_nic_address *address)
{
    const int fd = opened();
    const bool set = fd >= 0 && give(fd, name, SIOCSIFADDR, address->own) &&
                     give(fd, name, SIOCSIFNETMASK, address->mask) &&
                     (address->gateway == 0 || add_way_out(fd, address->gateway));
    return closed(fd, set);
}

void hf_nic_clear(const char *name)
{
    const int fd = opened();
    (void)closed(fd, fd >= 0 && give(fd, name, SIOCSIFADDR, INADDR_ANY));
}
