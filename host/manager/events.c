#include "manager/events.h"

#include <string.h>

static void begin(struct hf_events *events, const struct hf_session_event *event)
{
    events->len = 0;
    hf_str_copy(events->sender, sizeof events->sender, event->envelope.user_id);
}

static void append(struct hf_events *events, struct hf_str bytes)
{
    if (events->len > HF_EVENT_BODY_MAX)
        return;
    if (bytes.len > HF_EVENT_BODY_MAX - events->len) {
        events->len = HF_EVENT_BODY_MAX + 1;
        return;
    }
    if (bytes.len > 0)
        memcpy(events->body + events->len, bytes.data, bytes.len);
    events->len += bytes.len;
}

static void end(struct hf_events *events, uint64_t tag, int64_t now_ms)
{
    struct hf_event event;
    events->tag = tag;
    if (events->sender[0] && events->len <= HF_EVENT_BODY_MAX &&
        hf_event_decode(events->body, events->len, &event, NULL) == HF_ERR_OK)
        hf_fleet_note(events->fleet, hf_str(events->sender), &event, now_ms);
}

void hf_events_take(struct hf_events *events, const struct hf_session_event *event, int64_t now_ms)
{
    if (event->kind == HF_SESSION_DELIVERY)
        begin(events, event);
    else if (event->kind == HF_SESSION_BODY)
        append(events, event->bytes);
    else if (event->kind == HF_SESSION_DELIVERED)
        end(events, event->tag, now_ms);
}
