/*
 * The first and only system program of a flashed card: PID 1 of an initial file system that is the
 * board's whole system. Loads the modules it was packed with, mounts the data partition, keeps the
 * board in its networks, and keeps the worker running, whose log goes to the console. The root is
 * read-only; a board is switched off by pulling the plug.
 *
 *     /bin/holdfast-worker   the worker; a newer one that it was sent is in its state folder
 *     /modules/              init/system.h
 *     /data                  the partition labelled "holdfast": etc/, handlers/, state/
 *     /data/etc/wifi         the network to join (wire/network.h), where there is one
 *     /run/watchdog          the board's watchdog, or nothing where there is none
 *
 * From the kernel's command line: holdfast_name=NAME, what the board calls itself in the network.
 */
#include "init/dhcp.h"
#include "init/pause.h"
#include "init/say.h"
#include "init/storage.h"
#include "init/system.h"
#include "init/wifi.h"
#include "wire/network.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#define DATA         "/data"
#define LABEL        "holdfast"
#define WORKER       "/bin/holdfast-worker"
#define SETTINGS     DATA "/etc/worker.json"
#define WIFI         DATA "/etc/" HF_NETWORK_FILE
#define WATCHDOG     "/dev/watchdog"
#define DISK_LIMIT_S 20
#define RETRY_S      30 /* from a data partition that is not there to a start from the beginning */
#define PAUSE_S      1  /* before a keeper that has ended is started again */
#define PAUSE_MAX_S  30 /* before a worker is */

static const char *board_name(void)
{
    const char *name = getenv("holdfast_name");
    return name ? name : "holdfast";
}

/* --- processes that keep something, for as long as the board is on --- */

static void keep_cable(void)
{
    hf_dhcp_keep(board_name(), HF_NIC_CABLE);
}

static void keep_wifi(void)
{
    hf_wifi_keep(WIFI);
}

static void keep_radio(void)
{
    hf_dhcp_keep(board_name(), HF_NIC_RADIO);
}

static struct keeper {
    const char *name;
    void (*run)(void);
    pid_t pid; /* 0: not started */
} keepers[] = {{"cable", keep_cable, 0}, {"wifi", keep_wifi, 0}, {"radio", keep_radio, 0}};

/* Without a process nothing else can be done either. */
static void start(struct keeper *keeper, unsigned pause_s)
{
    while ((keeper->pid = fork()) < 0)
        (void)sleep(PAUSE_S);
    if (keeper->pid == 0) {
        (void)sleep(pause_s);
        keeper->run();
    }
}

static void other_ended(pid_t pid)
{
    for (size_t i = 0; i < sizeof keepers / sizeof *keepers; i++)
        if (keepers[i].pid == pid) {
            hf_say("%s ended: starting it again", keepers[i].name);
            start(&keepers[i], PAUSE_S);
        }
}

static void prepare(void)
{
    const char *watchdog = access(WATCHDOG, F_OK) == 0 ? WATCHDOG : "/dev/null";
    if (symlink(watchdog, "/run/watchdog") != 0 ||
        sethostname(board_name(), strlen(board_name())) != 0 ||
        mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0)
        hf_say("the root: %s", strerror(errno));
}

static void become_worker(void)
{
    const int nothing = open("/dev/null", O_RDONLY);
    (void)dup2(nothing, STDIN_FILENO);
    (void)setsid();
    char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
    char *const words[] = {WORKER, "--config", SETTINGS, NULL};
    (void)execve(WORKER, words, environment);
    hf_say("%s: %s", WORKER, strerror(errno));
    _exit(127);
}

static void supervise(void)
{
    struct hf_pause pause = {.max_s = PAUSE_MAX_S};
    for (;;) {
        const int64_t began_s = hf_uptime_s();
        const pid_t worker = fork();
        if (worker == 0)
            become_worker();
        if (worker > 0)
            hf_system_await(worker, other_ended);
        (void)sleep(hf_pause_next(&pause, hf_uptime_s() - began_s));
    }
}

int main(void)
{
    hf_system_folders();
    hf_system_console();
    hf_say("begin");
    hf_system_modules();
    start(&keepers[0], 0);
    if (!hf_storage_mount(LABEL, DATA, DISK_LIMIT_S)) {
        hf_say("nothing to go on with: starting again in %d s", RETRY_S);
        (void)sleep(RETRY_S);
        sync();
        (void)reboot(RB_AUTOBOOT);
    }
    prepare();
    for (size_t i = 1; access(WIFI, F_OK) == 0 && i < sizeof keepers / sizeof *keepers; i++)
        start(&keepers[i], 0);
    supervise();
}
