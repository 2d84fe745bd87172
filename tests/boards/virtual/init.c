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
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <net/route.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ADDRESS   "10.0.2.15" /* what QEMU's user network has for a guest, */
#define GATEWAY   "10.0.2.2"  /* and where the host answers */
#define NETMASK   "255.255.255.0"
#define MODULES   "/modules"
#define DATA      "/data"
#define WORKER    DATA "/holdfast-worker"
#define SETTINGS  DATA "/worker.json"
#define NOSYNC    "holdfast_nosync"
#define NOBARRIER "holdfast_nobarrier"
#define DEVICES_S 15 /* for disk and network card to be found */
#define PAUSE_S   1  /* before a worker that has ended is started again */

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)dprintf(STDERR_FILENO, "init: %s\n", text);
}

static void open_console(void)
{
    const int fd = open("/dev/console", O_RDWR | O_NOCTTY);
    for (int to = STDIN_FILENO; to <= STDERR_FILENO; to++)
        (void)dup2(fd, to);
    if (fd > STDERR_FILENO)
        (void)close(fd);
}

static void make_folders(void)
{
    static const struct {
        const char *type, *folder;
    } kinds[] = {{"devtmpfs", "/dev"}, {"proc", "/proc"}, {"sysfs", "/sys"}, {"tmpfs", "/tmp"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        (void)mkdir(kinds[i].folder, 0755);
        (void)mount(kinds[i].type, kinds[i].folder, kinds[i].type, 0, "");
    }
    (void)mkdir(DATA, 0755);
}

static void load_module(const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof path, MODULES "/%s", name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) != 0)
        say("module %s: %s", name, strerror(errno));
    if (fd >= 0)
        (void)close(fd);
}

static void load_modules(void)
{
    char name[128];
    FILE *list = fopen(MODULES "/list", "re");
    while (list && fgets(name, sizeof name, list)) {
        name[strcspn(name, "\n")] = '\0';
        load_module(name);
    }
    if (list)
        (void)fclose(list);
}

static void nap(void)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
    (void)nanosleep(&pause, NULL);
}

static time_t uptime_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* The first network card that is not the loopback; its name differs from board to board. */
static bool find_card(char name[IFNAMSIZ])
{
    bool found = false;
    DIR *cards = opendir("/sys/class/net");
    for (struct dirent *card; cards && !found && (card = readdir(cards));) {
        found = card->d_name[0] != '.' && strcmp(card->d_name, "lo") != 0;
        if (found)
            (void)snprintf(name, IFNAMSIZ, "%.*s", IFNAMSIZ - 1, card->d_name);
    }
    if (cards)
        (void)closedir(cards);
    return found;
}

static struct sockaddr address_of(const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(text)};
    struct sockaddr address;
    memcpy(&address, &in, sizeof address);
    return address;
}

static bool bring_up(int fd, const char *name)
{
    struct ifreq card = {0};
    (void)snprintf(card.ifr_name, sizeof card.ifr_name, "%s", name);
    card.ifr_addr = address_of(ADDRESS);
    if (ioctl(fd, SIOCSIFADDR, &card) != 0)
        return false;
    card.ifr_netmask = address_of(NETMASK);
    if (ioctl(fd, SIOCSIFNETMASK, &card) != 0)
        return false;
    card.ifr_flags = IFF_UP | IFF_RUNNING;
    if (ioctl(fd, SIOCSIFFLAGS, &card) != 0)
        return false;
    struct rtentry route = {.rt_dst = address_of("0.0.0.0"),
                            .rt_gateway = address_of(GATEWAY),
                            .rt_genmask = address_of("0.0.0.0"),
                            .rt_flags = RTF_UP | RTF_GATEWAY};
    return ioctl(fd, SIOCADDRT, &route) == 0;
}

static void connect_network(void)
{
    char name[IFNAMSIZ];
    const time_t end_s = uptime_s() + DEVICES_S;
    while (!find_card(name)) {
        if (uptime_s() >= end_s) {
            say("no network card");
            return;
        }
        nap();
    }
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || !bring_up(fd, name))
        say("network %s: %s", name, strerror(errno));
    if (fd >= 0)
        (void)close(fd);
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
    const time_t end_s = uptime_s() + DEVICES_S;
    while (!(disk = find_disk())) {
        if (uptime_s() >= end_s) {
            say("no disk");
            return;
        }
        nap();
    }
    if (mount(disk, DATA, "ext4", MS_NOATIME, mount_options()) != 0)
        say("mount %s: %s", disk, strerror(errno));
    else
        say("%s is mounted", disk);
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
        say("seccomp: %s", strerror(errno));
    else
        say("fsync does nothing");
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
    say("%s: %s", WORKER, strerror(errno));
    _exit(127);
}

static pid_t start_worker(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        become_worker();
    return pid;
}

/* Until the worker has ended; takes in whatever else ends meanwhile. */
static void await(pid_t worker)
{
    int status = 0;
    pid_t ended;
    do {
        ended = waitpid(-1, &status, 0);
    } while (ended != worker && (ended > 0 || errno == EINTR));
    if (WIFSIGNALED(status))
        say("worker ended by signal %d", WTERMSIG(status));
    else
        say("worker ended with %d", WEXITSTATUS(status));
}

int main(void)
{
    make_folders();
    open_console();
    say("begin");
    load_modules();
    connect_network();
    mount_disk();
    for (;;) {
        await(start_worker());
        (void)sleep(PAUSE_S);
    }
}
