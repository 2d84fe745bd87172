#include "../cmocka_all.h"
#include "init/dhcp.h"
#include "init/say.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A board's card and, at the other end of its cable, BusyBox's DHCP server: each in a network of
 * its own, in a piece of the file system that nobody else sees.
 */

#define WAIT_S 120
#define SERVER                                                                                     \
    "start %1$s.20\nend %1$s.20\ninterface server\nlease_file /run/leases\npidfile /run/pid\n"     \
    "option subnet 255.255.255.0\noption router %1$s.1\noption dns %1$s.1\noption lease "          \
    "%2$u\nmin_lease 1\n"

static bool possible;
static pid_t lan, keeper; /* who holds the server's network; the client */

/* By the shell; 0: it went well. */
static int run(const char *line)
{
    int status = -1;
    const pid_t pid = fork();
    if (pid == 0) {
        (void)execl("/bin/sh", "sh", "-c", line, NULL);
        _exit(127);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

static int run_in_lan(const char *line)
{
    char whole[512];
    (void)snprintf(whole, sizeof whole, "nsenter -t %d -n sh -c '%s'", (int)lan, line);
    return run(whole);
}

static pid_t hold_network(void)
{
    int ready[2];
    char byte;
    if (pipe(ready) != 0)
        return -1;
    const pid_t pid = fork();
    if (pid == 0) {
        (void)!write(ready[1], &byte, unshare(CLONE_NEWNET) == 0);
        (void)close(ready[0]);
        (void)close(ready[1]);
        for (;;)
            (void)pause();
    }
    (void)close(ready[1]);
    const bool held = read(ready[0], &byte, 1) == 1;
    (void)close(ready[0]);
    return held ? pid : -1;
}

static bool lay_cable(void)
{
    char line[160];
    (void)snprintf(line, sizeof line,
                   "ip link add cable type veth peer name server && ip link set server netns %d",
                   (int)lan);
    return run(line) == 0;
}

static int set_up(void **state)
{
    (void)state;
    possible = run("command -v busybox ip nsenter >/dev/null") == 0 &&
               unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 &&
               mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
               mount("sysfs", "/sys", "sysfs", 0, "") == 0 &&
               mount("tmpfs", "/run", "tmpfs", 0, "") == 0 && (lan = hold_network()) > 0 &&
               lay_cable();
    return 0;
}

static void end(pid_t *pid)
{
    if (*pid > 0 && kill(*pid, SIGKILL) == 0)
        (void)waitpid(*pid, NULL, 0);
    *pid = 0;
}

/* Asked to end it would do so in its own time, and then delete the next one's pidfile. */
static void end_server(void)
{
    (void)run("[ ! -e /run/pid ] || { kill -9 $(cat /run/pid); rm -f /run/pid /run/leases; }");
}

static int tear_down(void **state)
{
    (void)state;
    end_server();
    end(&keeper);
    end(&lan);
    return 0;
}

/* As a router of that network does: NET.1, which gives NET.20. */
static void serve(const char *net, unsigned lease_s)
{
    char text[512], line[160];
    FILE *settings = fopen("/run/settings", "we");
    end_server();
    assert_non_null(settings);
    (void)snprintf(text, sizeof text, SERVER, net, lease_s);
    (void)fputs(text, settings);
    (void)fclose(settings);
    (void)snprintf(line, sizeof line,
                   "ip address flush dev server; ip address add %s.1/24 dev server;"
                   " ip link set server up; touch /run/leases; busybox udhcpd /run/settings",
                   net);
    assert_int_equal(run_in_lan(line), 0);
}

static void assert_soon(const char *condition)
{
    const int64_t end_s = hf_uptime_s() + WAIT_S;
    while (run(condition) != 0)
        if (hf_uptime_s() < end_s)
            hf_nap();
        else
            fail_msg("not so after %d s: %s", WAIT_S, condition);
}

static void assert_in(const char *net)
{
    char line[512];
    (void)snprintf(line, sizeof line,
                   "[ \"$(ip -4 -o address show dev cable | tr -s \" \" | cut -d\" \" -f4)\" = "
                   "%1$s.20/24 ] && ip -4 route show default | grep -q \"via %1$s.1 dev cable\" && "
                   "grep -qsx \"nameserver %1$s.1\" /run/resolv.conf",
                   net);
    assert_soon(line);
}

static void keep_attic(void)
{
    keeper = fork();
    if (keeper == 0)
        hf_dhcp_keep("attic", HF_NIC_CABLE);
}

static void board_gets_an_address_and_another_one_when_its_cable_goes_elsewhere(void **state)
{
    (void)state;
    if (!possible)
        skip();
    serve("192.168.7", 3600);
    keep_attic();
    assert_in("192.168.7");
    assert_int_equal(run_in_lan("ip link set server down"), 0);
    assert_soon("! grep -qs nameserver /run/resolv.conf");
    serve("192.168.8", 3600);
    assert_in("192.168.8");
    assert_int_equal(run("[ $(ip -4 route show default | wc -l) = 1 ]"), 0);
}

static void address_is_given_up_when_its_lease_ends_and_no_server_answers(void **state)
{
    const unsigned lease_s = 12;
    (void)state;
    if (!possible)
        skip();
    serve("192.168.7", lease_s);
    keep_attic();
    assert_in("192.168.7");
    end_server();
    const int64_t ended_s = hf_uptime_s();
    assert_soon("! ip -4 -o address show dev cable | grep -q inet");
    assert_in_range((uint64_t)(hf_uptime_s() - ended_s), 0, lease_s + 8);
    serve("192.168.8", lease_s);
    assert_in("192.168.8");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(address_is_given_up_when_its_lease_ends_and_no_server_answers),
        TEST(board_gets_an_address_and_another_one_when_its_cable_goes_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
