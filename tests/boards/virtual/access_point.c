/*
 * Gives a virtual board a Wi-Fi, and then becomes the board's own first program: loads two
 * simulated radios, takes one of them and the network card into a namespace of its own, bridges
 * them there, and runs Debian's hostapd on the radio. What the board has left is a radio, as a Pi
 * Zero W.
 *
 *     /ap/modules    names in /ap, one a line, in the order to load them
 *     /ap/lib/       hostapd and its libraries
 *     /ap/NAME.conf  what hostapd may be
 *
 * A test is connected to (ap_port=PORT on the kernel's command line) and says what is to be: a line
 * NAME starts hostapd with NAME.conf, whatever it was before, "off" ends it, and "blocked" switches
 * off the board's radio as well, until the next line. Each is answered by the same line when it is
 * so.
 */
#include "init/netlink_socket.h"
#include "init/nic.h"
#include "init/say.h"
#include "init/system.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/nl80211.h>
#include <linux/rfkill.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDER  "/ap/"
#define OWN     "10.0.2.77" /* in QEMU's user network, beside the board's */
#define TESTER  "10.0.2.2"
#define NETMASK "255.255.255.0"
#define RADIO   "wlan1"
#define BRIDGE  "br0"
#define WAIT_S  60

static void check(bool good, const char *what)
{
    if (good)
        return;
    hf_say("access point: %s: %s", what, strerror(errno));
    exit(1);
}

/* --- what the kernel has to give --- */

static void load_modules(void)
{
    char name[128], path[160];
    FILE *list = fopen(FOLDER "modules", "re");
    while (list && fgets(name, sizeof name, list)) {
        name[strcspn(name, "\n")] = '\0';
        (void)snprintf(path, sizeof path, FOLDER "%s", name);
        const int fd = open(path, O_RDONLY | O_CLOEXEC);
        check(fd >= 0 && (syscall(SYS_finit_module, fd, "", 0) == 0 || errno == EEXIST), name);
        (void)close(fd);
    }
    if (list)
        (void)fclose(list);
}

static void take_id(void *context, const struct nlmsghdr *message)
{
    uint16_t *id = context;
    *id = hf_attribute_u16(hf_attribute_find(
        hf_netlink_attributes(message, sizeof(struct genlmsghdr)), CTRL_ATTR_FAMILY_ID));
}

static void give_radio(pid_t to)
{
    struct hf_netlink message;
    uint16_t family = 0;
    const int fd = hf_netlink_open(NETLINK_GENERIC);
    hf_netlink_order(&message, GENL_ID_CTRL, NLM_F_REQUEST | NLM_F_ACK, CTRL_CMD_GETFAMILY);
    hf_netlink_put(&message, CTRL_ATTR_FAMILY_NAME, "nl80211", sizeof "nl80211");
    check(hf_netlink_ask(fd, &message, take_id, &family), "nl80211");
    hf_netlink_order(&message, family, NLM_F_REQUEST | NLM_F_ACK, NL80211_CMD_SET_WIPHY_NETNS);
    hf_netlink_put_u32(&message, NL80211_ATTR_IFINDEX, if_nametoindex(RADIO));
    hf_netlink_put_u32(&message, NL80211_ATTR_PID, (uint32_t)to);
    check(hf_netlink_ask(fd, &message, NULL, NULL), RADIO);
    (void)close(fd);
}

static void give_card(const char *card, pid_t to)
{
    const struct ifinfomsg head = {.ifi_index = (int)if_nametoindex(card)};
    struct hf_netlink message;
    const int fd = hf_netlink_open(NETLINK_ROUTE);
    hf_netlink_begin(&message, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, &head, sizeof head);
    hf_netlink_put_u32(&message, IFLA_NET_NS_PID, (uint32_t)to);
    check(hf_netlink_ask(fd, &message, NULL, NULL), card);
    (void)close(fd);
}

/* --- in the namespace --- */

static void bridge(const char *card)
{
    const struct hf_nic_address address = {.own = inet_addr(OWN), .mask = inet_addr(NETMASK)};
    uint8_t mac[HF_NIC_MAC_BYTES];
    struct ifreq request = {.ifr_ifindex = (int)if_nametoindex(card)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)snprintf(request.ifr_name, sizeof request.ifr_name, BRIDGE);
    check(ioctl(fd, SIOCBRADDBR, BRIDGE) == 0 && ioctl(fd, SIOCBRADDIF, &request) == 0 &&
              hf_nic_up(card, mac) && hf_nic_up(BRIDGE, mac) && hf_nic_set(BRIDGE, &address),
          BRIDGE);
    (void)close(fd);
}

static FILE *call_tester(void)
{
    const char *port = getenv("ap_port");
    const struct sockaddr_in tester = {.sin_family = AF_INET,
                                       .sin_addr.s_addr = inet_addr(TESTER),
                                       .sin_port =
                                           htons((uint16_t)strtoul(port ? port : "0", NULL, 10))};
    for (int64_t end_s = hf_uptime_s() + WAIT_S; hf_uptime_s() < end_s; sleep(1)) {
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (const struct sockaddr *)&tester, sizeof tester) == 0)
            return fdopen(fd, "r+");
        (void)close(fd);
    }
    return NULL;
}

static pid_t hostapd(const char *name)
{
    char settings[64];
    (void)snprintf(settings, sizeof settings, FOLDER "%.32s.conf", name);
    const pid_t pid = fork();
    if (pid != 0)
        return pid;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)execl(FOLDER "lib/ld-linux.so.3", "ld-linux.so.3", "--library-path", FOLDER "lib",
                FOLDER "lib/hostapd", settings, NULL);
    check(false, "hostapd");
    _exit(1);
}

/* All radios, ours too. */
static void block(bool blocked)
{
    const struct rfkill_event event = {
        .type = RFKILL_TYPE_WLAN, .op = RFKILL_OP_CHANGE_ALL, .soft = blocked};
    const int fd = open("/dev/rfkill", O_RDWR | O_CLOEXEC);
    check(write(fd, &event, sizeof event) == (ssize_t)sizeof event, "rfkill");
    (void)close(fd);
}

/* Its process; 0: none. */
static pid_t become(const char *name)
{
    const bool blocked = strcmp(name, "blocked") == 0;
    block(blocked);
    return blocked || strcmp(name, "off") == 0 ? 0 : hostapd(name);
}

static void serve(const char *card)
{
    char line[64];
    pid_t running = 0;
    check(unshare(CLONE_NEWNS) == 0 && mount("sysfs", "/sys", "sysfs", 0, "") == 0, "/sys");
    bridge(card);
    FILE *tester = call_tester();
    check(tester != NULL, "no test answers");
    while (fgets(line, sizeof line, tester)) {
        line[strcspn(line, "\n")] = '\0';
        if (running > 0 && kill(running, SIGTERM) == 0)
            (void)waitpid(running, NULL, 0);
        running = become(line);
        (void)fseek(tester, 0, SEEK_CUR);
        (void)fprintf(tester, "%s\n", line);
        (void)fflush(tester);
    }
    exit(0);
}

int main(void)
{
    char card[IFNAMSIZ];
    int apart[2], given[2];
    char byte = 0;
    hf_system_folders();
    hf_system_console();
    load_modules();
    hf_system_modules();
    check(hf_nic_await(HF_NIC_CABLE, card, WAIT_S) && pipe(apart) == 0 && pipe(given) == 0,
          "begin");
    const pid_t pid = fork();
    if (pid == 0) {
        check(unshare(CLONE_NEWNET) == 0 && write(apart[1], &byte, 1) == 1 &&
                  read(given[0], &byte, 1) == 1,
              "namespace");
        serve(card);
    }
    check(read(apart[0], &byte, 1) == 1, "namespace");
    give_radio(pid);
    give_card(card, pid);
    check(write(given[1], &byte, 1) == 1, "namespace");
    for (size_t i = 0; i < 2; i++) {
        (void)close(apart[i]);
        (void)close(given[i]);
    }
    (void)execl("/init", "init", NULL);
    check(false, "/init");
    return 1;
}
