#include "link/session.h"

#include "link/pages.h"
#include "link/session_internal.h"
#include "link/tls_socket.h"

#include <mbedtls/platform_util.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SILENCE_MS_DEFAULT 20000 /* until the broker has said its heartbeat */

/* Life. */

static void let_go(struct hf_session *session)
{
    if (session->phase == HF_PHASE_DIALING)
        hf_dial_cancel(&session->dial);
    if (session->amqp != NULL)
        (void)amqp_destroy_connection(session->amqp);
    session->amqp = NULL;
    session->socket = NULL;
    session->phase = HF_PHASE_CLOSED;
    session->delivered_due = session->frame_held = false;
}

void hf_session_free(struct hf_session *session)
{
    if (session == NULL)
        return;
    let_go(session);
    mbedtls_platform_zeroize(session, sizeof *session);
    hf_pages_free(session, sizeof *session);
}

enum hf_err hf_session_aim(struct hf_session *session, const char *host, uint16_t port,
                           const char *server_name)
{
    const struct hf_str name = hf_str(server_name != NULL ? server_name : host);
    if (session->phase != HF_PHASE_CLOSED)
        return HF_ERR_ILLEGAL;
    if (strlen(host) > HF_DIAL_HOST_MAX || name.len > HF_DIAL_HOST_MAX)
        return HF_ERR_TOO_LARGE;
    if (host[0] == '\0' || name.len == 0 || port == 0)
        return HF_ERR_INVALID;
    (void)hf_str_copy(session->host, sizeof session->host, hf_str(host));
    (void)hf_str_copy(session->server_name, sizeof session->server_name, name);
    session->port = port;
    return HF_ERR_OK;
}

enum hf_err hf_session_start(struct hf_session *session, int64_t now_ms)
{
    if (session->phase != HF_PHASE_CLOSED)
        return HF_ERR_ILLEGAL;
    memset(session->channels, 0, sizeof session->channels);
    memset(&session->facts, 0, sizeof session->facts);
    session->channels_open = 0;
    session->blocked = session->more = session->polled = session->drained = false;
    session->login_next = AMQP_CONNECTION_START_METHOD;
    session->turn_left = HF_SESSION_TURN_BYTES;
    session->in_start = session->in_end = 0;
    session->frame_held = session->delivered_due = false;
    session->beat_ms = 0;
    session->wanted = POLLIN;
    session->phase = HF_PHASE_DIALING;
    session->deadline_ms = now_ms;
    /* What goes wrong so early is told again by the first step, which reports it. */
    (void)hf_dial_start(&session->dial, session->host, session->port, now_ms, session->resolve_ms,
                        session->connect_ms, NULL);
    return HF_ERR_OK;
}

void hf_session_close(struct hf_session *session, int64_t now_ms)
{
    amqp_connection_close_t bye = {
        .reply_code = AMQP_REPLY_SUCCESS,
        .reply_text = amqp_literal_bytes("goodbye"),
    };
    if (session->phase == HF_PHASE_CLOSED || session->phase == HF_PHASE_CLOSING)
        return;
    const bool said =
        session->phase == HF_PHASE_UP &&
        hf_session_send(session, 0, AMQP_CONNECTION_CLOSE_METHOD, &bye, NULL) == HF_ERR_OK;
    if (session->phase == HF_PHASE_DIALING)
        hf_dial_cancel(&session->dial);
    if (said)
        (void)hf_tls_socket_flush(session->socket, NULL);
    session->phase = HF_PHASE_CLOSING;
    session->deadline_ms = said ? now_ms + HF_SESSION_CLOSE_MS : now_ms;
}

bool hf_session_is_up(const struct hf_session *session)
{
    return session->phase == HF_PHASE_UP;
}

bool hf_session_is_closed(const struct hf_session *session)
{
    return session->phase == HF_PHASE_CLOSED;
}

bool hf_session_is_blocked(const struct hf_session *session)
{
    return session->blocked;
}

void hf_session_facts(const struct hf_session *session, struct hf_session_facts *out)
{
    *out = session->facts;
}

enum hf_session_stage hf_session_stage(const struct hf_session *session)
{
    switch (session->phase) {
    case HF_PHASE_DIALING:
        return session->dial.phase == HF_DIAL_RESOLVING ? HF_STAGE_RESOLVE : HF_STAGE_CONNECT;
    case HF_PHASE_SECURING: return HF_STAGE_TLS;
    case HF_PHASE_LOGIN: return session->login_next != 0 ? HF_STAGE_LOGIN : HF_STAGE_CHANNELS;
    case HF_PHASE_UP: return HF_STAGE_UP;
    case HF_PHASE_CLOSED:
    case HF_PHASE_CLOSING: break;
    }
    return HF_STAGE_CLOSED;
}

uint32_t hf_session_consumers(const struct hf_session *session, uint16_t channel)
{
    return channel <= session->channel_count ? session->channels[channel].consumers : 0;
}

size_t hf_session_room(const struct hf_session *session)
{
    return session->phase == HF_PHASE_UP ? hf_tls_socket_room(session->socket) : 0;
}

void hf_session_pollfd(const struct hf_session *session, struct pollfd *out)
{
    *out = (struct pollfd){.fd = -1};
    if (session->phase == HF_PHASE_DIALING) {
        hf_dial_pollfd(&session->dial, out);
    } else if (session->socket != NULL) {
        out->fd = amqp_get_sockfd(session->amqp);
        out->events = session->wanted;
        if (session->phase >= HF_PHASE_LOGIN && hf_tls_socket_unsent(session->socket))
            out->events |= POLLOUT;
    }
}

/* TLS may hold bytes that poll() does not know of when a turn ended before all was read. */
void hf_session_polled(struct hf_session *session, const struct pollfd *polled)
{
    session->polled = true;
    session->drained = session->phase == HF_PHASE_UP && polled->revents == 0 && !session->more;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A beat is due at half the interval, and nobody is woken for it alone before this is over as well:
 * the broker's own beats come then, and one turn does for both. */
static int64_t beat_slack(const struct hf_session *session)
{
    return session->beat_ms / 16;
}

int64_t hf_session_deadline(const struct hf_session *session)
{
    if (session->phase == HF_PHASE_CLOSED)
        return INT64_MAX;
    if (session->delivered_due || session->more)
        return 0;
    if (session->phase == HF_PHASE_DIALING)
        return hf_dial_deadline(&session->dial);
    int64_t deadline_ms = session->deadline_ms;
    if (session->beat_ms > 0)
        deadline_ms = earlier(deadline_ms, session->last_received_ms + 2 * session->beat_ms);
    /* With output waiting no beat is due, and poll() tells when there is room. */
    if (session->beat_ms > 0 && !hf_tls_socket_unsent(session->socket))
        deadline_ms = earlier(deadline_ms,
                              session->last_sent_ms + session->beat_ms / 2 + beat_slack(session));
    return deadline_ms;
}

/* The phases before login. */

static enum hf_err begin_tls(struct hf_session *session, int fd, int64_t now_ms,
                             struct hf_fault *fault)
{
    session->phase = HF_PHASE_SECURING;
    session->deadline_ms = now_ms + session->tls_ms;
    session->securing_ms = now_ms;
    hf_dial_address(fd, session->facts.address, sizeof session->facts.address);
    hf_dial_limit_silence(fd, SILENCE_MS_DEFAULT);
    session->amqp = amqp_new_connection();
    if (session->amqp != NULL)
        session->socket =
            hf_tls_socket_new(session->amqp, session->tls, session->server_name, fault);
    if (session->socket == NULL) {
        (void)close(fd);
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for a connection");
    }
    enum hf_err err = hf_tls_socket_adopt(session->socket, fd, session->server_name, fault);
    if (err == HF_ERR_OK)
        err = hf_tls_socket_buffer(session->socket, session->send_buffer_bytes, fault);
    return err;
}

static enum hf_err step_dial(struct hf_session *session, int64_t now_ms, struct hf_fault *fault)
{
    int fd = -1;
    const enum hf_err err = hf_dial_step(&session->dial, now_ms, &fd, fault);
    return err == HF_ERR_OK ? begin_tls(session, fd, now_ms, fault) : err;
}

static enum hf_err step_tls(struct hf_session *session, int64_t now_ms, struct hf_fault *fault)
{
    const enum hf_err err = hf_tls_socket_handshake(session->socket, fault);
    session->wanted = err == HF_ERR_WOULD_WRITE ? POLLOUT : POLLIN;
    if (err == HF_ERR_WOULD_WRITE)
        return HF_ERR_WOULD_READ;
    if (err != HF_ERR_OK)
        return err;
    session->facts.tls_handshake_ms = (uint32_t)(now_ms - session->securing_ms);
    session->facts.certificates_until_s = hf_tls_socket_until(session->socket);
    (void)hf_str_copy(session->facts.tls_version, sizeof session->facts.tls_version,
                      hf_str(hf_tls_socket_version(session->socket)));
    (void)hf_str_copy(session->facts.cipher, sizeof session->facts.cipher,
                      hf_str(hf_tls_socket_cipher(session->socket)));
    session->phase = HF_PHASE_LOGIN;
    session->deadline_ms = now_ms + session->login_ms;
    session->last_sent_ms = session->last_received_ms = now_ms;
    if (amqp_send_header(session->amqp) != AMQP_STATUS_OK)
        return hf_fault_set(fault, HF_ERR_AMQP, 0, "the AMQP greeting could not be sent");
    return HF_ERR_OK;
}

/* Frames in, output and heartbeats out. */

static void release_frame(struct hf_session *session)
{
    if (session->frame_held && session->amqp != NULL)
        amqp_maybe_release_buffers_on_channel(session->amqp, session->held_channel);
    session->frame_held = false;
}

/* The next complete frame out of what was read. HF_ERR_WOULD_READ: more bytes are needed. */
static enum hf_err decode_frame(struct hf_session *session, amqp_frame_t *frame,
                                struct hf_fault *fault)
{
    while (session->in_start < session->in_end) {
        const amqp_bytes_t bytes = {.bytes = session->in + session->in_start,
                                    .len = session->in_end - session->in_start};
        const int used = amqp_handle_input(session->amqp, bytes, frame);
        if (used < 0)
            return hf_fault_set(fault, HF_ERR_AMQP, used, "bytes that are no AMQP frame (%s)",
                                amqp_error_string2(used));
        session->in_start += (size_t)used;
        if (frame->frame_type != 0) {
            session->frame_held = true;
            session->held_channel = frame->channel;
            return HF_ERR_OK;
        }
        if (amqp_release_buffers_ok(session->amqp)) /* whole, and the codec knows no such type */
            return hf_fault_set(fault, HF_ERR_AMQP, 0,
                                "the broker broke the protocol: a frame of an unknown type");
    }
    return HF_ERR_WOULD_READ;
}

static enum hf_err read_more(struct hf_session *session, int64_t now_ms, struct hf_fault *fault)
{
    size_t got = 0;
    if (session->drained)
        return HF_ERR_WOULD_READ;
    const enum hf_err err =
        hf_tls_socket_read(session->socket, session->in, sizeof session->in, &got, fault);
    session->drained =
        session->polled && (err == HF_ERR_WOULD_READ || hf_tls_socket_drained(session->socket));
    if (err != HF_ERR_OK)
        return err == HF_ERR_WOULD_WRITE ? HF_ERR_WOULD_READ : err;
    session->in_start = 0;
    session->in_end = got;
    session->last_received_ms = now_ms;
    session->turn_left -= got < session->turn_left ? got : session->turn_left;
    return HF_ERR_OK;
}

static enum hf_err send_beat(struct hf_session *session, int64_t now_ms, struct hf_fault *fault)
{
    const amqp_frame_t beat = {.frame_type = AMQP_FRAME_HEARTBEAT, .channel = 0};
    if (session->beat_ms == 0)
        return HF_ERR_OK;
    if (now_ms - session->last_received_ms >= 2 * session->beat_ms)
        return hf_fault_set(fault, HF_ERR_HEARTBEAT, 0,
                            "nothing came from %s for %d s, twice the heartbeat", session->host,
                            (int)((now_ms - session->last_received_ms) / 1000));
    /* Bytes that wait for the kernel are as good as a beat: none is queued behind them. */
    if (now_ms - session->last_sent_ms < session->beat_ms / 2 ||
        hf_tls_socket_unsent(session->socket))
        return HF_ERR_OK;
    (void)amqp_send_frame(session->amqp, &beat);
    return HF_ERR_OK;
}

static enum hf_err write_out(struct hf_session *session, int64_t now_ms, struct hf_fault *fault)
{
    if (!hf_tls_socket_unsent(session->socket))
        return HF_ERR_OK;
    const enum hf_err err = hf_tls_socket_flush(session->socket, fault);
    if (err == HF_ERR_OK)
        session->last_sent_ms = now_ms;
    /* CLOSED is left to the next read: what the broker said before it went may still be there. */
    const bool stands =
        err == HF_ERR_WOULD_READ || err == HF_ERR_WOULD_WRITE || err == HF_ERR_CLOSED;
    return stands ? HF_ERR_OK : err;
}

/* The end of a turn: nothing more to read, or so much was read that others must have theirs. */
static enum hf_err end_turn(struct hf_session *session, int64_t now_ms, struct hf_fault *fault)
{
    session->more = session->turn_left == 0;
    session->turn_left = HF_SESSION_TURN_BYTES;
    enum hf_err err = send_beat(session, now_ms, fault);
    if (err == HF_ERR_OK)
        err = write_out(session, now_ms, fault);
    return err == HF_ERR_OK ? HF_ERR_WOULD_READ : err;
}

static enum hf_err pump(struct hf_session *session, int64_t now_ms, struct hf_session_event *event,
                        struct hf_fault *fault)
{
    for (;;) {
        amqp_frame_t frame;
        enum hf_err err = decode_frame(session, &frame, fault);
        if (err == HF_ERR_OK) {
            err = hf_session_take_frame(session, &frame, event, fault);
            if (err == HF_ERR_WOULD_READ) {
                release_frame(session);
                continue;
            }
            return err;
        }
        if (err != HF_ERR_WOULD_READ)
            return err;
        if (session->turn_left > 0)
            err = read_more(session, now_ms, fault);
        if (err == HF_ERR_WOULD_READ)
            return end_turn(session, now_ms, fault);
        if (err != HF_ERR_OK)
            return err;
    }
}

static enum hf_err phase_timed_out(const struct hf_session *session, struct hf_fault *fault)
{
    const char *what = session->phase == HF_PHASE_SECURING ? "TLS handshake" : "AMQP login";
    return hf_fault_set(fault, HF_ERR_TIMED_OUT, 0, "%s port %u did not finish the %s in time",
                        session->host, session->port, what);
}

/* One step in the phase of now. HF_OK: go on (or an event, when `event->kind` was set). */
static enum hf_err step(struct hf_session *session, int64_t now_ms, struct hf_session_event *event,
                        bool *have_event, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    if (session->phase == HF_PHASE_DIALING)
        return step_dial(session, now_ms, fault);
    if (session->phase == HF_PHASE_CLOSING && (now_ms >= session->deadline_ms || !session->amqp))
        return HF_ERR_CLOSED;
    if (session->phase == HF_PHASE_SECURING) {
        err = step_tls(session, now_ms, fault);
    } else {
        err = pump(session, now_ms, event, fault);
        *have_event = err == HF_ERR_OK;
    }
    if (err == HF_ERR_WOULD_READ && session->phase < HF_PHASE_UP && now_ms >= session->deadline_ms)
        return phase_timed_out(session, fault);
    return err;
}

enum hf_err hf_session_next(struct hf_session *session, int64_t now_ms,
                            struct hf_session_event *event)
{
    release_frame(session);
    if (session->delivered_due) {
        session->delivered_due = false;
        *event = (struct hf_session_event){.kind = HF_SESSION_DELIVERED,
                                           .channel = session->delivered_channel};
        return HF_ERR_OK;
    }
    while (session->phase != HF_PHASE_CLOSED) {
        struct hf_fault fault = {.err = HF_ERR_OK};
        bool have_event = false;
        const enum hf_err err = step(session, now_ms, event, &have_event, &fault);
        if (err == HF_ERR_WOULD_READ || have_event)
            return err;
        if (err != HF_ERR_OK) {
            if (session->phase == HF_PHASE_CLOSING)
                hf_fault_clear(&fault);
            let_go(session);
            *event = (struct hf_session_event){.kind = HF_SESSION_DOWN, .fault = fault};
            return HF_ERR_OK;
        }
    }
    return HF_ERR_WOULD_READ;
}
