#include "../cmocka_all.h"
#include "init/nic.h"
#include "init/say.h"

#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A cable and a radio in one network, as at home: pairs of virtual cards, in a network of this
 * process alone. */

#define CABLE  "192.168.1.10"
#define RADIO  "192.168.1.11"
#define ROUTER "192.168.1.1"
#define BEYOND "203.0.113.9"
#define WAIT_S 60

static bool have_cards;

static bool shell(const char *line)
{
    int status = -1;
    const pid_t pid = fork();
    if (pid == 0) {
        (void)execl("/bin/sh", "sh", "-c", line, NULL);
        _exit(127);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static int make_cards(void **state)
{
    (void)state;
    have_cards = unshare(CLONE_NEWNET) == 0 &&
                 shell("ip link add cable type veth peer name cable-end && ip link set cable-end up"
                       " && ip link add radio type veth peer name radio-end &&"
                       " ip link set radio-end up");
    return 0;
}

static void set(const char *card, const char *own, const char *gateway, uint32_t metric)
{
    uint8_t mac[HF_NIC_MAC_BYTES];
    const struct hf_nic_address address = {.own = inet_addr(own),
                                           .mask = inet_addr("255.255.255.0"),
                                           .gateway = inet_addr(gateway),
                                           .metric = metric};
    assert_true(hf_nic_up(card, mac));
    assert_true(hf_nic_set(card, &address));
}

/* The own address from which something would go there; empty: there is no way. */
static const char *from(const char *there)
{
    static char text[INET_ADDRSTRLEN];
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = inet_addr(there)};
    socklen_t len = sizeof to;
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    text[0] = '\0';
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 &&
        getsockname(fd, (struct sockaddr *)&to, &len) == 0)
        (void)inet_ntop(AF_INET, &to.sin_addr, text, sizeof text);
    (void)close(fd);
    return text;
}

/* The kernel tells of a line a moment later. */
static void assert_goes_from(const char *there, const char *own)
{
    const int64_t end_s = hf_uptime_s() + WAIT_S;
    while (strcmp(from(there), own) != 0 && hf_uptime_s() < end_s)
        hf_nap();
    assert_string_equal(from(there), own);
}

static void cable_comes_before_the_radio_and_the_radio_serves_while_it_is_out(void **state)
{
    (void)state;
    if (!have_cards)
        skip();
    set("radio", RADIO, ROUTER, 100);
    assert_goes_from(BEYOND, RADIO);
    set("cable", CABLE, ROUTER, 0);
    assert_goes_from(BEYOND, CABLE);
    assert_goes_from(ROUTER, CABLE);
    assert_true(shell("ip link set cable-end down"));
    assert_goes_from(BEYOND, RADIO);
    assert_goes_from(ROUTER, RADIO);
    assert_true(shell("ip link set cable-end up"));
    assert_goes_from(BEYOND, CABLE);
    assert_goes_from(ROUTER, CABLE);
}

static void another_gateway_takes_the_place_of_the_one_before(void **state)
{
    (void)state;
    if (!have_cards)
        skip();
    set("cable", CABLE, ROUTER, 0);
    set("cable", CABLE, "192.168.1.254", 0);
    assert_true(shell("test \"$(ip -4 route show default)\" = "
                      "\"default via 192.168.1.254 dev cable \""));
}

static void cleared_card_has_neither_address_nor_way(void **state)
{
    (void)state;
    if (!have_cards)
        skip();
    set("cable", CABLE, ROUTER, 0);
    hf_nic_clear("cable");
    assert_string_equal(from(BEYOND), "");
    assert_true(shell("test -z \"$(ip -4 address show; ip -4 route show)\""));
}

#define TEST(name) cmocka_unit_test_setup(name, make_cards)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cable_comes_before_the_radio_and_the_radio_serves_while_it_is_out),
        TEST(another_gateway_takes_the_place_of_the_one_before),
        TEST(cleared_card_has_neither_address_nor_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
