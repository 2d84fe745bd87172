#include "link/clock.h"
#include "link/log.h"
#include "link/random.h"
#include "link/tls_platform.h"
#include "wire/topology.h"
#include "worker/loop_internal.h"
#include "worker/mend.h"
#include "worker/renewal.h"

#include <inttypes.h>

#define CONTROL_PREFETCH 8

void hf_loop_connect_when_due(struct hf_loop *loop)
{
    if (loop->now_ms < loop->connect_at_ms || !hf_session_is_closed(loop->session))
        return;
    const struct hf_broker *broker = hf_brokers_turn(&loop->brokers);
    const char *name = loop->config->broker.server_name;
    const struct hf_timefloor_judged time =
        hf_timefloor_now(&loop->timefloor, hf_clock_unix_ms(), loop->now_ms);
    hf_tls_platform_set_floor(time.floor_ms / 1000, time.trusted);
    loop->connect_at_ms = INT64_MAX;
    hf_log(HF_LOG_DEBUG, "link.connecting", "broker=%s port=%u", broker->host, broker->port);
    (void)hf_session_aim(loop->session, broker->host, broker->port, name[0] != '\0' ? name : NULL);
    (void)hf_session_start(loop->session, loop->now_ms);
}

/* The broker's word of it is lost when it closes the line while we are still writing: then all that
 * is seen is that it was closed. */
static bool is_refusal(enum hf_err err)
{
    return err == HF_ERR_CLOSED || err == HF_ERR_TLS_CERT_REFUSED ||
           err == HF_ERR_TLS_CERT_REQUIRED || err == HF_ERR_AMQP_LOGIN ||
           err == HF_ERR_TLS_UNKNOWN_CA; /* of the new authorities */
}

/* The way back is another reading of the settings: nothing is in hand but what waits for a link. */
static void judge_trial(struct hf_loop *loop, enum hf_err err)
{
    char text[HF_FAULT_TEXT_MAX + 1];
    bool ok;
    if (!loop->new_identity || !is_refusal(err) || ++loop->refusals < HF_RENEWAL_TRIES)
        return;
    loop->new_identity = false;
    hf_renewal_failed(loop->config);
    hf_loop_ask_reload(loop, text, sizeof text, &ok);
}

static void link_up(struct hf_loop *loop)
{
    struct hf_session_facts facts;
    char queue[HF_ROUTE_MAX + 1];
    hf_session_facts(loop->session, &facts);
    loop->up_since_ms = loop->now_ms;
    loop->trim_at_ms = loop->now_ms + HF_LOOP_TRIM_AFTER_MS;
    loop->connections++;
    if (loop->new_identity)
        hf_renewal_proven(loop->config);
    loop->new_identity = false;
    hf_log(HF_LOG_INFO, "link.up",
           "broker=%s address=%s tls=%s handshake_ms=%" PRIu32 " heartbeat_s=%u queue=%s "
           "stored=%zu \"%s\"",
           loop->config->broker.host, facts.address, facts.tls_version, facts.tls_handshake_ms,
           facts.heartbeat_s, loop->slots[0].queues[HF_FLOW_POOL], hf_outbox_orphans(loop->outbox),
           facts.broker);
    if (loop->config->queue[0] == '\0') {
        hf_route(queue, HF_QUEUE_CONTROL_PREFIX, loop->config->board);
        (void)hf_session_consume(loop->session, HF_LOOP_CONTROL_CHANNEL, queue, CONTROL_PREFETCH);
    }
    loop->time_wanted = loop->config->set_clock;
    hf_loop_tell_facts(loop);
    hf_loop_tell_presence(loop);
    hf_service_tell(&loop->service, HF_SERVICE_READY);
    hf_loop_learn_own_time(loop);
}

static void link_down(struct hf_loop *loop, const struct hf_fault *fault)
{
    uint32_t random;
    hf_random(&random, sizeof random);
    if (loop->up_since_ms != 0)
        hf_backoff_lost(&loop->backoff, loop->now_ms - loop->up_since_ms);
    loop->up_since_ms = 0;
    loop->serving = false;
    hf_outbox_link_down(loop->outbox);
    for (size_t i = 0; i < loop->slot_count; i++)
        hf_slot_link_down(&loop->slots[i], loop->now_ms);
    if (fault->err == HF_ERR_OK && loop->slots[0].flow.left)
        return; /* we said goodbye */
    const uint32_t wait_ms = hf_backoff_next(&loop->backoff, random);
    loop->connect_at_ms = loop->now_ms + wait_ms;
    hf_log(HF_LOG_WARN, "link.down", "cause=%s reason=\"%s\" raw=%ld retry_ms=%" PRIu32,
           hf_err_name(fault->err), fault->err != HF_ERR_OK ? fault->text : "by this board",
           fault->raw, wait_ms);
    hf_service_tell(&loop->service, HF_SERVICE_LOST);
    judge_trial(loop, fault->err);
}

/* What the broker says about a channel ends the connection: the next one starts clean, and what is
 * wrong with the queue may be mended by then. Children run on and are adopted. */
static void give_up_channel(struct hf_loop *loop, const struct hf_session_event *event)
{
    const char *mend = hf_mend_queue(event->code);
    if (event->kind == HF_SESSION_CONSUMER_CANCELLED)
        hf_log(HF_LOG_WARN, "link.consumer_cancelled", "queue=%.*s", (int)event->queue.len,
               event->queue.data);
    if (event->kind == HF_SESSION_CHANNEL_CLOSED)
        hf_log(HF_LOG_ERROR, "link.channel_closed", "channel=%u code=%u text=\"%.*s\"%s%s",
               event->channel, event->code, (int)event->text.len, event->text.data,
               mend[0] != '\0' ? ": " : "", mend);
    hf_session_close(loop->session, loop->now_ms);
}

static bool is_about_events_only(const struct hf_session_event *event)
{
    if (event->kind != HF_SESSION_CHANNEL_CLOSED || event->channel != HF_LOOP_EVENTS_CHANNEL)
        return false;
    hf_log(HF_LOG_WARN, "link.events_refused", "code=%u text=\"%.*s\": tasks are done all the same",
           event->code, (int)event->text.len, event->text.data);
    return true;
}

void hf_loop_take_link_event(struct hf_loop *loop, const struct hf_session_event *event)
{
    if (is_about_events_only(event))
        return;
    switch ((int)event->kind) {
    case HF_SESSION_UP: link_up(loop); break;
    case HF_SESSION_DOWN: link_down(loop, &event->fault); break;
    case HF_SESSION_CHANNEL_CLOSED:
    case HF_SESSION_CONSUMER_CANCELLED: give_up_channel(loop, event); break;
    case HF_SESSION_BLOCKED:
        hf_log(HF_LOG_WARN, "link.blocked", "reason=\"%.*s\"", (int)event->text.len,
               event->text.data);
        break;
    case HF_SESSION_UNBLOCKED: hf_log(HF_LOG_INFO, "link.unblocked", "%s", ""); break;
    default: break;
    }
}
