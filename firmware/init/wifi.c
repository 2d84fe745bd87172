#include "init/wifi.h"

#include "init/nic.h"
#include "init/pause.h"
#include "init/radio.h"
#include "init/say.h"
#include "wifi/choice.h"
#include "wifi/handshake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAUSE_MAX_S  60 /* before the next try */
#define CARD_S       5  /* between two looks at a card that cannot be used, or is gone */
#define SCAN_S       20
#define CONNECT_S    20
#define HANDSHAKE_S  15    /* access points give up after 4 s */
#define CHECK_MS     10000 /* between two looks at a line that is up */
#define NOT_PROVEN   "its access point does not take the key: is the password right? Else flash anew"
#define REASON_CHARS 96

struct wifi {
    struct hf_network network;
    char name[HF_NETWORK_NAME_SHOWN];
    struct hf_radio radio;
    int frames; /* socket for EAPOL */
    struct hf_handshake handshake;
    struct hf_choice choice;
    uint8_t access_point[HF_MAC_BYTES];
    int64_t agree_by_s; /* when its keys must be in place */
    bool ready;         /* they are, the port is open */
    int64_t served_s;   /* since when one is, after the last pause; 0: none was yet */
    char why[REASON_CHARS];
};

static const char *fault(struct wifi *wifi, const char *what)
{
    (void)snprintf(wifi->why, sizeof wifi->why, "%s: %s", what, strerror(errno));
    return wifi->why;
}

/* --- frames --- */

static int open_frames(const struct hf_radio *radio)
{
    const struct sockaddr_ll own = {.sll_family = AF_PACKET,
                                    .sll_protocol = htons(ETH_P_PAE),
                                    .sll_ifindex = (int)radio->index};
    const int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_PAE));
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&own, sizeof own) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static bool send_frame(const struct wifi *wifi, const struct hf_handshake_actions *actions)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_PAE),
                             .sll_ifindex = (int)wifi->radio.index,
                             .sll_halen = HF_MAC_BYTES};
    memcpy(to.sll_addr, wifi->access_point, HF_MAC_BYTES);
    return actions->frame_len == 0 ||
           sendto(wifi->frames, actions->frame, actions->frame_len, 0, (const struct sockaddr *)&to,
                  sizeof to) == (ssize_t)actions->frame_len;
}

static void open_port(struct wifi *wifi)
{
    if (!wifi->network.open && !hf_radio_open_port(&wifi->radio, wifi->access_point))
        hf_say("wifi %s: %s", wifi->name, fault(wifi, "port")); /* some drivers have none */
    hf_radio_usable(&wifi->radio, true);
    if (!wifi->ready)
        hf_say("wifi %s: joined", wifi->name);
    wifi->ready = true;
    if (wifi->served_s == 0)
        wifi->served_s = hf_uptime_s();
}

/* NULL: all is well. */
static const char *act(struct wifi *wifi, const struct hf_handshake_actions *actions)
{
    if (actions->refused)
        return actions->refused;
    if (!send_frame(wifi, actions))
        return fault(wifi, "cannot answer its access point");
    if (actions->pairwise &&
        !hf_radio_pairwise_key(&wifi->radio, wifi->access_point, &wifi->handshake.keys))
        return fault(wifi, "the radio does not take the key");
    if (actions->group && !hf_radio_group_key(&wifi->radio, &wifi->handshake.group))
        return fault(wifi, "the radio does not take the group's key");
    if (actions->group && wifi->ready)
        hf_say("wifi %s: the group has a new key", wifi->name);
    if (actions->done)
        open_port(wifi);
    return NULL;
}

/* A frame's bytes; negative: none is there. */
static ssize_t receive(const struct wifi *wifi, uint8_t frame[HF_EAPOL_MAX],
                       uint8_t from[HF_MAC_BYTES])
{
    struct sockaddr_ll sender = {.sll_family = AF_PACKET};
    socklen_t sender_len = sizeof sender;
    const ssize_t len =
        recvfrom(wifi->frames, frame, HF_EAPOL_MAX, 0, (struct sockaddr *)&sender, &sender_len);
    memcpy(from, sender.sll_addr, HF_MAC_BYTES);
    return len;
}

static const char *take_frames(struct wifi *wifi)
{
    uint8_t frame[HF_EAPOL_MAX], random[HF_EAPOL_NONCE_BYTES], from[HF_MAC_BYTES];
    struct hf_handshake_actions actions;
    const char *why = NULL;
    for (ssize_t len; !why && (len = receive(wifi, frame, from)) >= 0;) {
        if (wifi->network.open || memcmp(from, wifi->access_point, HF_MAC_BYTES) != 0 ||
            getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
            continue;
        hf_handshake_take(&wifi->handshake, frame, (size_t)len, random, &actions);
        why = act(wifi, &actions);
    }
    return why;
}

/* --- which access point --- */

static void consider(void *context, const struct hf_bss *bss)
{
    struct wifi *wifi = context;
    hf_choice_consider(&wifi->choice, &wifi->network, bss);
}

/* Until an event of that kind; others are passed over. False: none within `limit_s`. */
static bool await_event(const struct wifi *wifi, enum hf_radio_kind kind, int64_t limit_s,
                        struct hf_radio_event *out)
{
    const int64_t end_s = hf_uptime_s() + limit_s;
    struct pollfd wait = {.fd = wifi->radio.events, .events = POLLIN};
    while (hf_uptime_s() < end_s) {
        (void)poll(&wait, 1, 1000);
        while (hf_radio_event(&wifi->radio, out))
            if (out->kind == kind)
                return true;
    }
    return false;
}

static const char *choose(struct wifi *wifi)
{
    struct hf_choice *choice = &wifi->choice;
    struct hf_radio_event event;
    hf_choice_begin(choice);
    if (!hf_radio_scan(&wifi->radio, &wifi->network) && errno != EBUSY)
        return fault(wifi, "the radio does not listen");
    if (!await_event(wifi, HF_RADIO_SCANNED, SCAN_S, &event))
        return "the radio hears nothing at all";
    if (!hf_radio_heard(&wifi->radio, consider, wifi))
        return fault(wifi, "the radio does not tell what it heard");
    if (choice->found)
        return NULL;
    if (!choice->refused)
        return "no access point of that name is in reach";
    (void)snprintf(wifi->why, sizeof wifi->why, "its access point %s", choice->refused);
    return wifi->why;
}

/* --- in it --- */

static void begin_if_joined(void *context, const struct hf_bss *bss)
{
    struct wifi *wifi = context;
    if (memcmp(bss->address, wifi->access_point, HF_MAC_BYTES) == 0 &&
        hf_bss_is_of(bss, &wifi->network))
        hf_handshake_begin(&wifi->handshake, wifi->network.pmk, bss->address, wifi->radio.address,
                           &bss->rsn);
}

/* Connected, also to another access point than before: the keys are to be agreed on. */
static const char *begin(struct wifi *wifi, const struct hf_radio_event *event)
{
    memcpy(wifi->access_point, event->access_point, HF_MAC_BYTES);
    wifi->ready = false;
    wifi->agree_by_s = hf_uptime_s() + HANDSHAKE_S;
    hf_radio_usable(&wifi->radio, false);
    hf_handshake_forget(&wifi->handshake);
    if (!hf_radio_heard(&wifi->radio, begin_if_joined, wifi))
        return fault(wifi, "the radio does not tell what it joined");
    if (wifi->network.open)
        open_port(wifi);
    else if (memcmp(wifi->handshake.between.access_point, wifi->access_point, HF_MAC_BYTES) != 0)
        return "an access point was joined that was not heard before";
    return NULL;
}

static const char *connect_to_best(struct wifi *wifi)
{
    struct hf_radio_event event;
    if (!hf_radio_connect(&wifi->radio, &wifi->network, &wifi->choice.best))
        return fault(wifi, "the radio does not join");
    if (!await_event(wifi, HF_RADIO_CONNECTED, CONNECT_S, &event) || event.silent)
        return "its access point does not answer";
    if (event.status == 0)
        return begin(wifi, &event);
    (void)snprintf(wifi->why, sizeof wifi->why, "its access point refuses, with status %u",
                   (unsigned)event.status);
    return wifi->why;
}

static const char *lost(struct wifi *wifi, unsigned reason)
{
    if (wifi->handshake.state == HF_HANDSHAKE_ASKED && !wifi->ready)
        return NOT_PROVEN;
    (void)snprintf(wifi->why, sizeof wifi->why, "the access point is lost, reason %u", reason);
    return wifi->why;
}

static const char *take_events(struct wifi *wifi)
{
    struct hf_radio_event event;
    const char *why = NULL;
    while (!why && hf_radio_event(&wifi->radio, &event)) {
        if (event.kind == HF_RADIO_DISCONNECTED)
            why = lost(wifi, event.status);
        else if (event.kind == HF_RADIO_CONNECTED)
            why = begin(wifi, &event);
    }
    return why;
}

/* Until it is lost; why. */
static const char *stay(struct wifi *wifi)
{
    const char *why = NULL;
    while (!why) {
        struct pollfd wait[] = {{.fd = wifi->frames, .events = POLLIN},
                                {.fd = wifi->radio.events, .events = POLLIN}};
        (void)poll(wait, 2, wifi->ready ? CHECK_MS : 1000);
        why = take_frames(wifi);
        if (!why)
            why = take_events(wifi);
        if (!why &&
            (wifi->ready ? !hf_nic_carrier(wifi->radio.card) : hf_uptime_s() >= wifi->agree_by_s))
            why = lost(wifi, 0);
    }
    return why;
}

/* Also after the kernel has switched it off. */
static const char *switch_on(struct wifi *wifi)
{
    if (hf_nic_up(wifi->radio.card, wifi->radio.address))
        return NULL;
    return errno == ERFKILL ? "the radio is switched off (rfkill)"
                            : fault(wifi, "the radio cannot be switched on");
}

static int64_t lasted_s(const struct wifi *wifi)
{
    return wifi->served_s > 0 ? hf_uptime_s() - wifi->served_s : 0;
}

static const char *join(struct wifi *wifi)
{
    const char *why = choose(wifi);
    if (why)
        return why;
    while (recv(wifi->frames, NULL, 0, 0) >= 0) /* what the last time left */
        continue;
    why = connect_to_best(wifi);
    if (!why)
        why = stay(wifi);
    hf_choice_went(&wifi->choice, hf_pause_is_good(lasted_s(wifi)));
    return why;
}

static const char *attempt(struct wifi *wifi)
{
    wifi->ready = false;
    const char *why = switch_on(wifi);
    hf_radio_usable(&wifi->radio, false);
    if (!why)
        why = join(wifi);
    hf_radio_usable(&wifi->radio, false);
    hf_radio_disconnect(&wifi->radio);
    hf_handshake_forget(&wifi->handshake);
    return why;
}

/* As long as the card is there. */
static void live(struct wifi *wifi)
{
    struct hf_pause pause = {.max_s = PAUSE_MAX_S};
    if (wifi->network.country[0] && !hf_radio_country(&wifi->radio, wifi->network.country))
        hf_say("wifi %s: %s", wifi->name, fault(wifi, "country"));
    while (if_nametoindex(wifi->radio.card) == wifi->radio.index) {
        wifi->served_s = 0;
        const char *why = attempt(wifi);
        const unsigned pause_s = hf_pause_next(&pause, lasted_s(wifi));
        hf_say("wifi %s: %s; trying again in %u s", wifi->name, why, pause_s);
        (void)sleep(pause_s);
    }
}

static bool read_network(const char *file, struct hf_network *out)
{
    char text[HF_NETWORK_TEXT_MAX + 1];
    FILE *stream = fopen(file, "re");
    const size_t len = stream ? fread(text, 1, HF_NETWORK_TEXT_MAX, stream) : 0;
    if (stream)
        (void)fclose(stream);
    text[len] = '\0';
    const bool is_one = hf_network_read(text, out);
    hf_keys_forget(text, sizeof text);
    return is_one;
}

_Noreturn void hf_wifi_keep(const char *file)
{
    struct wifi wifi = {.frames = -1};
    char card[IFNAMSIZ];
    while (!read_network(file, &wifi.network)) {
        hf_say("wifi: %s cannot be read: flash the card anew", file);
        (void)sleep(PAUSE_MAX_S);
    }
    hf_network_name(wifi.network.ssid, wifi.network.ssid_len, wifi.name);
    for (;;) {
        (void)hf_nic_await(HF_NIC_RADIO, card, -1);
        if (hf_radio_open(&wifi.radio, card) && (wifi.frames = open_frames(&wifi.radio)) >= 0)
            live(&wifi);
        else
            hf_say("wifi %s: %s", wifi.name, fault(&wifi, card));
        if (wifi.frames >= 0)
            (void)close(wifi.frames);
        wifi.frames = -1;
        hf_radio_close(&wifi.radio);
        (void)sleep(CARD_S);
    }
}
