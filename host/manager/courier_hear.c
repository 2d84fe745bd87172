#include "link/clock.h"
#include "link/random.h"
#include "manager/courier_internal.h"
#include "wire/utf8.h"

#include <stdio.h>
#include <string.h>

static enum hf_err on_up(struct hf_courier *courier, int64_t now_ms, struct hf_fault *fault)
{
    courier->up_at_ms = now_ms;
    hf_connect_is_up(&courier->connect);
    courier->trouble[0] = '\0';
    if (courier->turn >= 0)
        hf_outbox_begin(courier->outbox, courier->connect.session);
    hf_controls_begin(&courier->controls, courier->connect.session);
    return hf_collect_begin(courier->collect, courier->connect.session, fault);
}

static enum hf_err on_down(struct hf_courier *courier, const struct hf_session_event *event,
                           int64_t now_ms, struct hf_fault *fault)
{
    hf_collect_lost(courier->collect);
    hf_controls_lost(&courier->controls);
    hf_outbox_lost(courier->outbox);
    if (courier->up_at_ms == 0 && !hf_connect_has_more(&courier->connect)) {
        *fault = event->fault;
        hf_connect_advise(&courier->connect, fault);
        return fault->err ? fault->err : HF_ERR_CLOSED;
    }
    courier->down_at_ms = now_ms;
    if (event->fault.text[0])
        snprintf(courier->trouble, sizeof courier->trouble, "%s", event->fault.text);
    courier->start_at_ms = now_ms;
    if (courier->up_at_ms == 0)
        return HF_ERR_OK;
    hf_backoff_lost(&courier->backoff, now_ms - courier->up_at_ms);
    if (!courier->prompt && !hf_connect_has_more(&courier->connect))
        courier->start_at_ms += hf_backoff_next(&courier->backoff, hf_random_below(UINT32_MAX));
    courier->prompt = false;
    return HF_ERR_OK;
}

/* The broker's words go to a person's terminal. */
static void quote_trouble(struct hf_courier *courier, const char *what, struct hf_str why)
{
    const struct hf_str head = hf_utf8_head(why, 200);
    snprintf(courier->trouble, sizeof courier->trouble, "%s%.*s", what, (int)head.len,
             head.len > 0 ? head.data : "");
    hf_utf8_clean(courier->trouble, false);
}

static void start_anew(struct hf_courier *courier, struct hf_str why, int64_t now_ms)
{
    hf_outbox_lost(courier->outbox); /* its channel may be closed already */
    quote_trouble(courier, "", why);
    hf_session_close(courier->connect.session, now_ms);
}

static bool is_about_size(const struct hf_session_event *event)
{
    return event->code == 406 && event->text.len > 0 &&
           memmem(event->text.data, event->text.len, "size", 4) != NULL;
}

/* The outbox may have to write, so the collector's batch is ended first. */
static enum hf_err reject(struct hf_courier *courier, struct hf_str why, struct hf_fault *fault)
{
    enum hf_err err = hf_collect_step(courier->collect, fault);
    return err ? err : hf_outbox_rejected(courier->outbox, why, hf_clock_unix_ms(), fault);
}

/* Something is missing or forbidden (403, 404, 405), which trying again does not mend; or a queue's
 * node is just down (541 and the like), which it does. */
static enum hf_err on_channel_closed(struct hf_courier *courier,
                                     const struct hf_session_event *event, int64_t now_ms,
                                     struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    if (event->channel == HF_CONNECT_EVENTS)
        return HF_ERR_OK; /* the view of the fleet is all that needs it */
    if (event->channel == HF_CONNECT_PUBLISH && is_about_size(event)) {
        courier->prompt = true;
        quote_trouble(courier, "", event->text);
        err = reject(courier, hf_str(courier->trouble), fault);
    } else if (event->code >= 400 && event->code < 500) {
        hf_fault_set(fault, HF_ERR_AMQP_CHANNEL, event->code, "the broker at %s says: %.*s",
                     courier->connect.address, (int)(event->text.len > 150 ? 150 : event->text.len),
                     event->text.len > 0 ? event->text.data : "");
        hf_connect_advise(&courier->connect, fault);
        return HF_ERR_AMQP_CHANNEL;
    }
    start_anew(courier, event->text, now_ms);
    return err;
}

enum hf_err hf_courier_hear(struct hf_courier *courier, const struct hf_session_event *event,
                            int64_t now_ms, struct hf_fault *fault)
{
    switch (event->kind) {
    case HF_SESSION_UP: return on_up(courier, now_ms, fault);
    case HF_SESSION_DOWN: return on_down(courier, event, now_ms, fault);
    case HF_SESSION_CHANNEL_CLOSED: return on_channel_closed(courier, event, now_ms, fault);
    case HF_SESSION_CONSUMER_CANCELLED:
        if (event->channel != HF_CONNECT_EVENTS)
            start_anew(courier, hf_str("the broker cancelled the consumer"), now_ms);
        return HF_ERR_OK;
    case HF_SESSION_BLOCKED:
        quote_trouble(courier, "the broker takes no tasks just now: ", event->text);
        return HF_ERR_OK;
    case HF_SESSION_UNBLOCKED: courier->trouble[0] = '\0'; return HF_ERR_OK;
    case HF_SESSION_CONFIRMED:
    case HF_SESSION_NACKED:
    case HF_SESSION_RETURNED:
        hf_outbox_event(courier->outbox, event);
        hf_controls_event(&courier->controls, event);
        return HF_ERR_OK;
    case HF_SESSION_DELIVERY:
    case HF_SESSION_BODY:
    case HF_SESSION_DELIVERED: break;
    }
    return hf_collect_event(courier->collect, event, now_ms, hf_clock_unix_ms(), fault);
}
