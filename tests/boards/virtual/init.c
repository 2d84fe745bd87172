/*
 * The first and only system program of a virtual board: makes the kernel's folders, loads the
 * modules it was packed with, gives the network card its address, mounts the disk on /data, and
 * keeps a worker running from there, whose log goes to the console. It never ends; a board is
 * switched off by pulling the plug.
 *
 *     /modules/list    names in /modules, one a line, in the order to load them
 *     /data            the ext4 disk: holdfast-worker, worker.json and what that names
 *
 * From the kernel's command line, as environment: holdfast_nosync=1 makes fsync() and fdatasync()
 * of the worker and its children succeed and do nothing, and lets the kernel write of its own
 * accord only every five minutes: a worker that forgot to sync is sure to be caught.
 * holdfast_nobarrier=1 mounts the disk so that the kernel never tells it to keep what it was given.
 * holdfast_sensor=KIND,ADDRESS tells the kernel of what is on the first I2C bus: buses can't be
 * asked.
 */
#include "init/nic.h"
#include "init/say.h"
#include "init/system.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ADDRESS   "10.0.2.15" /* what QEMU's user network has for a guest, */
#define GATEWAY   "10.0.2.2"  /* and where the host answers */
#define NETMASK   "255.255.255.0"
#define DATA      "/data"
#define WORKER    DATA "/holdfast-worker"
#define SETTINGS  DATA "/worker.json"
#define NOSYNC    "holdfast_nosync"
#define NOBARRIER "holdfast_nobarrier"
#define SENSOR    "holdfast_sensor"
#define FIRST_BUS "/sys/bus/i2c/devices/i2c-0/new_device"
#define DEVICES_S 15 /* for disk and network card to be found */
#define PAUSE_S   1  /* before a worker that has ended is started again */

static void connect_network(void)
{
    char name[IFNAMSIZ];
    uint8_t mac[HF_NIC_MAC_BYTES];
    const struct hf_nic_address address = {
        .own = inet_addr(ADDRESS), .mask = inet_addr(NETMASK), .gateway = inet_addr(GATEWAY)};
    if (!hf_nic_await(HF_NIC_CABLE, name, DEVICES_S))
        hf_say("no network card");
    else if (!hf_nic_up(name, mac) || !hf_nic_set(name, &address))
        hf_say("network %s: %s", name, strerror(errno));
}

static const char *find_disk(void)
{
    static const char *const disks[] = {"/dev/mmcblk0", "/dev/vda"};
    for (size_t i = 0; i < sizeof disks / sizeof *disks; i++) {
        if (access(disks[i], F_OK) == 0)
            return disks[i];
    }
    return NULL;
}

static const char *mount_options(void)
{
    if (getenv(NOSYNC))
        return "commit=300";
    return getenv(NOBARRIER) ? "barrier=0" : "";
}

static void mount_disk(void)
{
    const char *disk;
    const int64_t end_s = hf_uptime_s() + DEVICES_S;
    while (!(disk = find_disk())) {
        if (hf_uptime_s() >= end_s) {
            hf_say("no disk");
            return;
        }
        hf_nap();
    }
    if (mount(disk, DATA, "ext4", MS_NOATIME, mount_options()) != 0)
        hf_say("mount %s: %s", disk, strerror(errno));
    else
        hf_say("%s is mounted", disk);
}

static void attach_sensor(void)
{
    char *device = getenv(SENSOR);
    if (!device)
        return;
    device[strcspn(device, ",")] = ' ';
    const int fd = open(FIRST_BUS, O_WRONLY);
    if (fd < 0 || write(fd, device, strlen(device)) < 0)
        hf_say("%s: %s", FIRST_BUS, strerror(errno));
    if (fd >= 0)
        (void)close(fd);
}

#define FIELD(member)            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define WHEN(value, skip, other) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip, other)
#define ANSWER(value)            BPF_STMT(BPF_RET | BPF_K, value)

/* Calls by number, since the worker need not be of this program's architecture. */
static void forget_fsync(void)
{
    static struct sock_filter steps[] = {
        FIELD(arch),
        WHEN(AUDIT_ARCH_ARM, 0, 3),
        FIELD(nr),
        WHEN(118, 4, 0), /* fsync */
        WHEN(148, 3, 4), /* fdatasync */
        FIELD(nr),
        WHEN(82, 1, 0), /* fsync of AArch64 */
        WHEN(83, 0, 1), /* fdatasync */
        ANSWER(SECCOMP_RET_ERRNO | 0),
        ANSWER(SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof steps / sizeof *steps, .filter = steps};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        hf_say("seccomp: %s", strerror(errno));
    else
        hf_say("fsync does nothing");
}

static void become_worker(void)
{
    const int nothing = open("/dev/null", O_RDONLY);
    (void)dup2(nothing, STDIN_FILENO);
    (void)setsid();
    if (getenv(NOSYNC))
        forget_fsync();
    (void)chdir("/");
    char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
    char *const words[] = {WORKER, "--config", SETTINGS, NULL};
    (void)execve(WORKER, words, environment);
    hf_say("%s: %s", WORKER, strerror(errno));
    _exit(127);
}

static pid_t start_worker(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        become_worker();
    return pid;
}

int main(void)
{
    hf_system_folders();
    hf_system_console();
    (void)mkdir(DATA, 0755);
    hf_say("begin");
    hf_system_modules();
    connect_network();
    mount_disk();
    attach_sensor();
    for (;;) {
        hf_system_await(start_worker(), NULL);
        (void)sleep(PAUSE_S);
    }
}
