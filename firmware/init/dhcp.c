#include "init/dhcp.h"

#include "init/dhcp_message.h"
#include "init/resolv.h"
#include "init/say.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENT_PORT  68
#define SERVER_PORT  67
#define TRIES        4 /* each waits twice as long as the one before */
#define FIRST_S      1
#define PAUSE_S      10  /* after all of them were in vain */
#define RADIO_METRIC 100 /* a cable is taken where there is one */

struct client {
    enum hf_nic_kind kind;
    char card[IFNAMSIZ];
    int fd; /* to servers */
    struct hf_dhcp_ask ask;
    struct hf_dhcp_answer lease;
    int64_t end_s;                  /* of the lease */
    struct hf_nic_address in_force; /* zeros: none */
    int events;                     /* of links; -1: cannot be had */
};

static int open_socket(const char *card)
{
    const int on = 1;
    const struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(CLIENT_PORT)};
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, card, (socklen_t)strlen(card) + 1) == 0 &&
        bind(fd, (const struct sockaddr *)&own, sizeof own) == 0)
        return fd;
    hf_say("network %s: %s", card, strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static bool send_to(int fd, const struct hf_dhcp_ask *ask, uint32_t to)
{
    uint8_t message[HF_DHCP_SEND_BYTES];
    const struct sockaddr_in server = {
        .sin_family = AF_INET, .sin_port = htons(SERVER_PORT), .sin_addr.s_addr = to};
    hf_dhcp_write(ask, message);
    return sendto(fd, message, sizeof message, 0, (const struct sockaddr *)&server,
                  sizeof server) == (ssize_t)sizeof message;
}

static bool await_answer(const struct client *client, int64_t end_s, struct hf_dhcp_answer *out)
{
    uint8_t message[HF_DHCP_TAKE_BYTES];
    struct pollfd wait = {.fd = client->fd, .events = POLLIN};
    for (int64_t left_s = end_s - hf_uptime_s(); left_s > 0; left_s = end_s - hf_uptime_s()) {
        if (poll(&wait, 1, (int)left_s * 1000) != 1)
            continue;
        const ssize_t len = recv(client->fd, message, sizeof message, 0);
        if (len > 0 && hf_dhcp_read(message, (size_t)len, &client->ask, out))
            return true;
    }
    return false;
}

/* False: nobody has answered, to TRIES questions or before `end_s`. */
static bool exchange(const struct client *client, uint32_t to, int64_t end_s,
                     struct hf_dhcp_answer *out)
{
    int64_t wait_s = FIRST_S;
    for (int i = 0; i < TRIES && hf_uptime_s() < end_s; i++, wait_s *= 2) {
        const int64_t by_s = hf_uptime_s() + wait_s + 1; /* a part of this second is over */
        if (send_to(client->fd, &client->ask, to) &&
            await_answer(client, by_s < end_s ? by_s : end_s, out))
            return true;
    }
    return false;
}

static void begin(struct client *client, enum hf_dhcp_kind kind)
{
    client->ask.kind = kind;
    client->ask.current = client->ask.wanted = client->ask.server = 0;
    if (getrandom(&client->ask.transaction, sizeof client->ask.transaction, GRND_NONBLOCK) < 0)
        client->ask.transaction = (uint32_t)hf_uptime_s();
}

static bool acquire(struct client *client)
{
    begin(client, HF_DHCP_DISCOVER);
    if (!exchange(client, INADDR_BROADCAST, INT64_MAX, &client->lease))
        return false;
    client->ask.kind = HF_DHCP_REQUEST;
    client->ask.wanted = client->lease.address.own;
    client->ask.server = client->lease.server;
    const int64_t asked_s = hf_uptime_s();
    if (!exchange(client, INADDR_BROADCAST, INT64_MAX, &client->lease))
        return false;
    client->end_s = asked_s + client->lease.lease_s;
    return client->lease.kind == HF_DHCP_ACK;
}

/* The server that gave the lease first, then any; any at once after the line was lost: it may lead
 * elsewhere now. False: the lease is what it was, or refused. */
static bool renew(struct client *client, bool stayed)
{
    struct hf_dhcp_answer answer;
    const uint32_t server = client->lease.server;
    const int64_t asked_s = hf_uptime_s(), half_s = asked_s + (client->end_s - asked_s + 1) / 2;
    begin(client, HF_DHCP_REQUEST);
    client->ask.current = client->lease.address.own;
    if (!(stayed && server != 0 && exchange(client, server, half_s, &answer)) &&
        !exchange(client, INADDR_BROADCAST, client->end_s, &answer))
        return false;
    client->lease = answer;
    client->end_s = asked_s + answer.lease_s;
    return answer.kind == HF_DHCP_ACK;
}

static bool is_another(const struct hf_nic_address *a, const struct hf_nic_address *b)
{
    return a->own != b->own || a->mask != b->mask || a->gateway != b->gateway;
}

static void withdraw(struct client *client)
{
    hf_resolv_set(client->kind, NULL);
    hf_nic_clear(client->card);
    client->in_force = (struct hf_nic_address){.own = 0};
}

static void apply(struct client *client)
{
    struct hf_nic_address *address = &client->lease.address;
    const struct in_addr own = {.s_addr = address->own};
    address->metric = client->kind == HF_NIC_RADIO ? RADIO_METRIC : 0;
    if (is_another(address, &client->in_force))
        hf_nic_clear(client->card);
    client->in_force = *address;
    if (!hf_nic_set(client->card, address))
        hf_say("network %s: %s", client->card, strerror(errno));
    hf_resolv_set(client->kind, address->dns);
    hf_say("network %s: %s for %u s", client->card, inet_ntoa(own),
           (unsigned)client->lease.lease_s);
}

static int open_events(void)
{
    const struct sockaddr_nl own = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
    const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&own, sizeof own) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* False: the line was lost, or the card; what the lease is worth has to be asked. */
static bool rest(struct client *client, int64_t limit_s)
{
    uint8_t ignored[4096];
    const int64_t end_s = hf_uptime_s() + limit_s;
    struct pollfd wait = {.fd = client->events, .events = POLLIN};
    for (int64_t left_s = limit_s; left_s > 0; left_s = end_s - hf_uptime_s()) {
        (void)poll(&wait, 1, left_s > 86400 ? 86400000 : (int)left_s * 1000);
        while (client->events >= 0 && recv(client->events, ignored, sizeof ignored, 0) > 0)
            continue;
        if (!hf_nic_usable(client->card))
            return false;
    }
    return true;
}

static void await_line(const struct client *client)
{
    struct pollfd wait = {.fd = client->events, .events = POLLIN};
    uint8_t ignored[4096];
    while (!hf_nic_usable(client->card) && if_nametoindex(client->card) != 0) {
        (void)poll(&wait, 1, PAUSE_S * 1000);
        while (client->events >= 0 && recv(client->events, ignored, sizeof ignored, 0) > 0)
            continue;
    }
}

/* As long as the lease can be held, and no longer than it lasts (RFC 2131, 4.4.5). */
static void hold(struct client *client)
{
    apply(client);
    for (;;) {
        const bool stayed = rest(client, (client->end_s - hf_uptime_s() + 1) / 2);
        if (!stayed) {
            hf_resolv_set(client->kind, NULL);
            await_line(client);
        }
        if (if_nametoindex(client->card) == 0)
            return;
        if (renew(client, stayed))
            apply(client);
        else if (!stayed || client->lease.kind == HF_DHCP_NAK || hf_uptime_s() >= client->end_s)
            return;
    }
}

static void live(struct client *client)
{
    if (!hf_nic_up(client->card, client->ask.mac)) {
        hf_say("network %s: %s", client->card, strerror(errno));
        (void)sleep(1);
        return;
    }
    await_line(client);
    client->fd = open_socket(client->card);
    if (client->fd >= 0 && acquire(client)) {
        hold(client);
        hf_say("network %s: its address is lost", client->card);
        withdraw(client);
    } else {
        hf_say("network %s: no DHCP server answers", client->card);
        (void)sleep(PAUSE_S);
    }
    if (client->fd >= 0)
        (void)close(client->fd);
}

void hf_dhcp_keep(const char *name, enum hf_nic_kind kind)
{
    struct client client = {.kind = kind, .events = open_events()};
    (void)snprintf(client.ask.name, sizeof client.ask.name, "%s", name);
    for (;;) {
        (void)hf_nic_await(kind, client.card, -1);
        live(&client);
    }
}
