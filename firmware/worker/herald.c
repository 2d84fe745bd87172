#include "worker/herald.h"

#include "wire/topology.h"
#include "worker/facts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void hf_herald_send(const struct hf_herald *herald, const struct hf_event *event)
{
    char body[HF_EVENT_BODY_MAX + 1];
    char key[HF_ROUTE_MAX + 1];
    size_t len = 0;
    size_t taken = 0;
    uint64_t sequence = 0;
    struct hf_session *session = herald->session;
    const struct hf_envelope envelope = {.user_id = hf_str(herald->identity),
                                         .content_type = hf_str("application/json")};
    if (!hf_session_is_up(session) || hf_session_is_blocked(session) ||
        hf_session_room(session) < HF_SESSION_FRAME_MAX ||
        hf_event_encode(event, body, sizeof body, &len) != HF_ERR_OK)
        return;
    hf_event_route(key, event->kind, herald->board);
    const struct hf_publish message = {.exchange = HF_EXCHANGE_EVENTS,
                                       .routing_key = key,
                                       .envelope = &envelope,
                                       .body_size = len};
    /* While a result is being sent on this channel nothing else can be: dropped, then. */
    if (hf_session_publish(session, herald->channel, &message, &sequence) == HF_ERR_OK)
        (void)hf_session_publish_body(session, herald->channel, body, len, &taken);
}

void hf_herald_answer(const struct hf_herald *herald, const char *id, bool ok, const char *text)
{
    struct hf_event event;
    hf_event_answer(&event, id, ok, text);
    hf_herald_send(herald, &event);
}

static int64_t resident_kb(void)
{
    char text[64] = "";
    const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const ssize_t got = read(fd, text, sizeof text - 1);
    (void)close(fd);
    char *resident = got > 0 ? strchr(text, ' ') : NULL; /* pages in all, resident, ... */
    return resident != NULL ? strtoll(resident, NULL, 10) * (getpagesize() / 1024) : 0;
}

void hf_herald_fill_presence(const struct hf_herald *herald, const char *folder,
                             struct hf_presence *out)
{
    struct hf_session_facts link;
    hf_session_facts(herald->session, &link);
    (void)snprintf(out->version, sizeof out->version, "%s", HOLDFAST_VERSION);
    (void)snprintf(out->board, sizeof out->board, "%s", HOLDFAST_BOARD);
    memcpy(out->tls, link.tls_version, sizeof out->tls);
    out->handshake_ms = link.tls_handshake_ms;
    out->rss_kb = resident_kb();
    hf_facts_readings("", folder, out);
}
