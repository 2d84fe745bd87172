#include "worker/loop.h"

#include "link/backoff.h"
#include "link/clock.h"
#include "link/log.h"
#include "link/random.h"
#include "link/session.h"
#include "worker/announce.h"
#include "worker/signals.h"
#include "worker/slot.h"
#include "worker/state.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PUBLISH_CHANNEL 1
#define SLOT_CHANNEL    2
#define STABLE_MS       60000 /* a connection that lasted this long was a good one */
#define FDS_MAX         (HF_RUNNER_FDS_MAX + 1)

struct loop {
    const struct hf_config *config;
    const char *identity;
    struct hf_session *session;
    struct hf_state state;
    struct hf_slot slot;
    struct hf_backoff backoff;
    int64_t now_ms;
    int64_t started_ms;
    int64_t connect_at_ms; /* INT64_MAX: no connection is to be begun */
    int64_t up_since_ms;   /* 0: not up */
    int64_t presence_at_ms;
    int64_t progress_at_ms;
    int64_t connections;
    int terminations; /* of those asked for, how many were obeyed */
};

/* What the board tells of itself. */

static void announce_presence(struct loop *loop)
{
    const struct hf_slot *slot = &loop->slot;
    struct hf_event event = {.kind = HF_EVENT_PRESENCE};
    struct hf_presence *presence = &event.presence;
    const bool busy = slot->flow.state != HF_FLOW_IDLE;
    (void)snprintf(presence->version, sizeof presence->version, "%s", HOLDFAST_VERSION);
    (void)snprintf(presence->board, sizeof presence->board, "%s", HOLDFAST_BOARD);
    (void)snprintf(presence->state, sizeof presence->state, "%s",
                   slot->flow.left       ? "leaving"
                   : slot->flow.draining ? "draining"
                   : busy                ? "busy"
                                         : "idle");
    if (busy)
        memcpy(presence->task, slot->task.id, sizeof presence->task);
    presence->uptime_s = (loop->now_ms - loop->started_ms) / 1000;
    presence->rss_kb = hf_announce_rss_kb();
    presence->done = slot->done;
    presence->failed = slot->failed;
    presence->reconnects = loop->connections - 1;
    hf_announce(loop->session, PUBLISH_CHANNEL, loop->config->board, loop->identity, &event);
    loop->presence_at_ms = loop->now_ms + HF_PRESENCE_EVERY_MS;
}

static void announce_progress(struct loop *loop)
{
    struct hf_slot *slot = &loop->slot;
    struct hf_event event = {.kind = HF_EVENT_PROGRESS};
    if (loop->now_ms < loop->progress_at_ms || !hf_session_is_up(loop->session) ||
        slot->runner.phase != HF_RUNNER_RUNNING ||
        !hf_progress_lines_take(&slot->runner.progress, &event.progress))
        return;
    memcpy(event.progress.task, slot->task.id, sizeof event.progress.task);
    event.progress.attempt = slot->task.attempt;
    hf_announce(loop->session, PUBLISH_CHANNEL, loop->config->board, loop->identity, &event);
    loop->progress_at_ms = loop->now_ms + HF_PROGRESS_EVERY_MS;
}

/* The connection. */

static void link_up(struct loop *loop)
{
    struct hf_session_facts facts;
    hf_session_facts(loop->session, &facts);
    loop->up_since_ms = loop->now_ms;
    loop->connections++;
    hf_log(HF_LOG_INFO, "link.up",
           "broker=%s address=%s tls=%s handshake_ms=%" PRIu32 " heartbeat_s=%u queue=%s \"%s\"",
           loop->config->broker.host, facts.address, facts.tls_version, facts.tls_handshake_ms,
           facts.heartbeat_s, loop->slot.queue, facts.broker);
}

static void link_down(struct loop *loop, const struct hf_fault *fault)
{
    uint32_t random;
    hf_random(&random, sizeof random);
    if (loop->up_since_ms != 0)
        hf_backoff_lost(&loop->backoff, loop->now_ms - loop->up_since_ms);
    loop->up_since_ms = 0;
    loop->connect_at_ms = INT64_MAX;
    if (loop->slot.flow.left)
        return;
    const uint32_t wait_ms = hf_backoff_next(&loop->backoff, random);
    loop->connect_at_ms = loop->now_ms + wait_ms;
    hf_log(HF_LOG_WARN, "link.down", "cause=%s reason=\"%s\" raw=%ld retry_ms=%" PRIu32,
           hf_err_name(fault->err), fault->text, fault->raw, wait_ms);
}

/* What the broker says about a channel ends the connection: the next one starts clean, and what is
 * wrong with the queue may be mended by then. */
static void give_up_channel(struct loop *loop, const struct hf_session_event *event)
{
    const char *hint = "";
    if (event->kind == HF_SESSION_CONSUMER_CANCELLED)
        hf_log(HF_LOG_WARN, "link.consumer_cancelled", "queue=%s", loop->slot.queue);
    if (event->code == 404)
        hint = ": no such queue; is this board enrolled in that pool?";
    if (event->code == 403)
        hint = ": this board's user may not; enroll it again";
    if (event->kind == HF_SESSION_CHANNEL_CLOSED)
        hf_log(HF_LOG_ERROR, "link.channel_closed", "channel=%u code=%u text=\"%.*s\"%s",
               event->channel, event->code, (int)event->text.len, event->text.data, hint);
    hf_session_close(loop->session, loop->now_ms);
}

static void take_event(struct loop *loop, const struct hf_session_event *event)
{
    if (event->kind == HF_SESSION_UP)
        link_up(loop);
    hf_slot_session_event(&loop->slot, event, loop->now_ms);
    switch ((int)event->kind) {
    case HF_SESSION_UP: announce_presence(loop); break;
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

/* Events and output in turn until neither the broker nor the slot has more for now. */
static void turn_session(struct loop *loop)
{
    struct hf_session_event event;
    do {
        while (hf_session_next(loop->session, loop->now_ms, &event) == HF_ERR_OK)
            take_event(loop, &event);
    } while (hf_slot_send(&loop->slot, loop->now_ms));
}

static void connect_when_due(struct loop *loop)
{
    if (loop->now_ms < loop->connect_at_ms || !hf_session_is_closed(loop->session))
        return;
    loop->connect_at_ms = INT64_MAX;
    hf_log(HF_LOG_DEBUG, "link.connecting", "broker=%s port=%" PRId64, loop->config->broker.host,
           loop->config->broker.port);
    (void)hf_session_start(loop->session, loop->now_ms);
}

static void obey_signals(struct loop *loop)
{
    const int asked = hf_signals_terminations();
    if (asked > 0 && loop->terminations == 0) {
        hf_log(HF_LOG_INFO, "worker.draining", "state=%s",
               hf_flow_state_text(loop->slot.flow.state));
        loop->terminations = 1;
        hf_slot_drain(&loop->slot, loop->now_ms);
        announce_presence(loop);
    }
    if (asked > 1 && loop->terminations == 1) {
        loop->terminations = 2;
        hf_slot_stop(&loop->slot, loop->now_ms);
    }
}

/* True when all is said and done. */
static bool finished(struct loop *loop)
{
    if (!loop->slot.flow.left)
        return false;
    loop->connect_at_ms = INT64_MAX;
    if (hf_session_is_up(loop->session))
        hf_session_close(loop->session, loop->now_ms);
    return hf_session_is_closed(loop->session) || loop->up_since_ms == 0;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void sleep_until(const struct loop *loop, int64_t deadline_ms, struct pollfd *fds,
                        size_t count)
{
    struct timespec wait = {0};
    const int64_t left_ms = deadline_ms - loop->now_ms;
    if (left_ms > 0) {
        wait.tv_sec = (time_t)(earlier(left_ms, 3600 * 1000) / 1000);
        wait.tv_nsec = (long)(left_ms % 1000) * 1000000;
    }
    if (ppoll(fds, count, &wait, hf_signals_mask()) < 0) {
        /* Interrupted: nothing is ready, and the signal has said what it had to. */
        for (size_t i = 0; i < count; i++)
            fds[i].revents = 0;
    }
}

static int64_t next_deadline(const struct loop *loop)
{
    int64_t deadline_ms = earlier(hf_session_deadline(loop->session), loop->connect_at_ms);
    deadline_ms = earlier(deadline_ms, hf_slot_deadline(&loop->slot));
    if (loop->up_since_ms != 0)
        deadline_ms = earlier(deadline_ms, loop->presence_at_ms);
    if (loop->slot.runner.phase == HF_RUNNER_RUNNING && loop->slot.runner.progress.changed)
        deadline_ms = earlier(deadline_ms, loop->progress_at_ms);
    return deadline_ms;
}

static void turn(struct loop *loop)
{
    struct pollfd fds[FDS_MAX];
    hf_session_pollfd(loop->session, &fds[0]);
    const size_t slot_fds = hf_slot_pollfds(&loop->slot, &fds[1], FDS_MAX - 1);
    sleep_until(loop, next_deadline(loop), fds, slot_fds + 1);

    loop->now_ms = hf_clock_mono_ms();
    obey_signals(loop);
    hf_slot_step(&loop->slot, loop->now_ms, &fds[1], slot_fds);
    connect_when_due(loop);
    announce_progress(loop);
    if (loop->up_since_ms != 0 && loop->now_ms >= loop->presence_at_ms)
        announce_presence(loop);
    turn_session(loop);
}

static enum hf_err open_session(struct loop *loop, struct hf_tls_context *tls,
                                struct hf_fault *fault)
{
    const struct hf_config *config = loop->config;
    const bool by_password = config->broker.user[0] != '\0';
    const struct hf_session_config session = {
        .host = config->broker.host,
        .port = (uint16_t)config->broker.port,
        .vhost = config->broker.vhost,
        .user = by_password ? config->broker.user : NULL,
        .password = by_password ? config->broker.password : NULL,
        .client_name = config->board,
        .server_name = config->broker.server_name[0] != '\0' ? config->broker.server_name : NULL,
        .tls = tls,
        .channels = SLOT_CHANNEL,
        .heartbeat_s = (uint16_t)config->heartbeat_s,
    };
    loop->identity = by_password ? config->broker.user : config->board;
    return hf_session_new(&session, &loop->session, fault);
}

enum hf_err hf_loop_run(const struct hf_config *config, struct hf_tls_context *tls,
                        struct hf_fault *fault)
{
    struct loop loop = {
        .config = config,
        .state.lock_fd = -1,
        .backoff = {.floor_ms = (uint32_t)config->reconnect_min_ms,
                    .ceiling_ms = (uint32_t)config->reconnect_max_ms,
                    .stable_ms = STABLE_MS},
    };
    enum hf_err err = hf_state_open(&loop.state, config->state, fault);
    if (err == HF_ERR_OK)
        err = open_session(&loop, tls, fault);
    if (err != HF_ERR_OK) {
        hf_state_close(&loop.state);
        return err;
    }
    hf_signals_init();
    loop.started_ms = loop.now_ms = hf_clock_mono_ms();
    const struct hf_slot_setup setup = {.config = config,
                                        .state = &loop.state,
                                        .session = loop.session,
                                        .identity = loop.identity,
                                        .channel = SLOT_CHANNEL,
                                        .publish_channel = PUBLISH_CHANNEL};
    hf_slot_init(&loop.slot, &setup);
    hf_log(HF_LOG_INFO, "worker.start", "board=%s version=%s built_for=%s", config->board,
           HOLDFAST_VERSION, HOLDFAST_BOARD);
    do {
        turn(&loop);
    } while (!finished(&loop));
    hf_log(HF_LOG_INFO, "worker.stop", "done=%" PRId64 " failed=%" PRId64, loop.slot.done,
           loop.slot.failed);
    hf_slot_close(&loop.slot);
    hf_session_free(loop.session);
    hf_state_close(&loop.state);
    return HF_ERR_OK;
}
