#include "worker/announce.h"

#include "wire/topology.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void hf_announce(struct hf_session *session, uint16_t channel, const char *board,
                 const char *identity, const struct hf_event *event)
{
    char body[HF_EVENT_BODY_MAX + 1];
    char key[HF_ROUTE_MAX + 1];
    size_t len = 0;
    size_t taken = 0;
    uint64_t sequence = 0;
    const struct hf_envelope envelope = {.user_id = hf_str(identity),
                                         .content_type = hf_str("application/json")};
    if (!hf_session_is_up(session) || hf_session_is_blocked(session) ||
        hf_session_room(session) < HF_SESSION_FRAME_MAX ||
        hf_event_encode(event, body, sizeof body, &len) != HF_ERR_OK)
        return;
    hf_event_route(key, event->kind, board);
    const struct hf_publish message = {.exchange = HF_EXCHANGE_EVENTS,
                                       .routing_key = key,
                                       .envelope = &envelope,
                                       .body_size = len};
    if (hf_session_publish(session, channel, &message, &sequence) == HF_ERR_OK)
        (void)hf_session_publish_body(session, channel, body, len, &taken);
}

int64_t hf_announce_rss_kb(void)
{
    char text[64] = "";
    const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const ssize_t got = read(fd, text, sizeof text - 1);
    (void)close(fd);
    char *resident = got > 0 ? strchr(text, ' ') : NULL; /* pages in all, resident, ... */
    return resident != NULL ? strtoll(resident, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024) : 0;
}
