#include "link/session.h"

#include "link/session_internal.h"
#include "link/tls_socket.h"

#include <mbedtls/platform_util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEP_MS_DEFAULT    10000
#define SILENCE_MS_DEFAULT 20000 /* until the broker has said its heartbeat */

/* Configuration. */

static bool copy(char *to, size_t size, const char *from)
{
    return hf_str_copy(to, size, hf_str(from));
}

static uint32_t or_default(uint32_t ms)
{
    return ms > 0 ? ms : STEP_MS_DEFAULT;
}

static const char *copy_texts(struct hf_session *session, const struct hf_session_config *config)
{
    const char *name = config->server_name != NULL ? config->server_name : config->host;
    if (config->host == NULL || config->host[0] == '\0' ||
        !copy(session->host, sizeof session->host, config->host))
        return "host";
    if (config->vhost == NULL || !copy(session->vhost, sizeof session->vhost, config->vhost))
        return "vhost";
    if (config->user != NULL && !copy(session->user, sizeof session->user, config->user))
        return "user";
    if (config->password != NULL &&
        !copy(session->password, sizeof session->password, config->password))
        return "password";
    if (config->client_name != NULL &&
        !copy(session->client_name, sizeof session->client_name, config->client_name))
        return "client_name";
    if (!copy(session->server_name, sizeof session->server_name, name))
        return "server_name";
    return NULL;
}

static enum hf_err configure(struct hf_session *session, const struct hf_session_config *config,
                             struct hf_fault *fault)
{
    const char *bad = copy_texts(session, config);
    if (bad == NULL && config->tls == NULL)
        bad = "tls";
    if (bad == NULL && config->port == 0)
        bad = "port";
    if (bad == NULL && config->channels > HF_SESSION_CHANNELS_MAX)
        bad = "channels";
    if (bad == NULL && (config->heartbeat_s < 1 || config->heartbeat_s > 3600))
        bad = "heartbeat_s";
    if (bad != NULL)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "the broker's '%s' is missing, too long or out of range", bad);
    session->external = config->password == NULL;
    session->port = config->port;
    session->channel_count = config->channels;
    session->heartbeat_s = config->heartbeat_s;
    session->resolve_ms = or_default(config->resolve_ms);
    session->connect_ms = or_default(config->connect_ms);
    session->tls_ms = or_default(config->tls_ms);
    session->login_ms = or_default(config->login_ms);
    session->send_buffer_bytes = config->send_buffer_bytes > 3 * HF_SESSION_FRAME_MAX
                                     ? config->send_buffer_bytes
                                     : 3 * HF_SESSION_FRAME_MAX;
    session->tls = config->tls;
    return HF_ERR_OK;
}

enum hf_err hf_session_new(const struct hf_session_config *config, struct hf_session **out,
                           struct hf_fault *fault)
{
    struct hf_session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for a connection");
    const enum hf_err err = configure(session, config, fault);
    if (err != HF_ERR_OK) {
        hf_session_free(session);
        return err;
    }
    *out = session;
    return HF_ERR_OK;
}

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
    session->deadline_ms = INT64_MAX;
}

void hf_session_free(struct hf_session *session)
{
    if (session == NULL)
        return;
    let_go(session);
    mbedtls_platform_zeroize(session, sizeof *session);
    free(session);
}

enum hf_err hf_session_aim(struct hf_session *session, const char *host, uint16_t port,
                           const char *server_name)
{
    if (session->phase != HF_PHASE_CLOSED)
        return HF_ERR_ILLEGAL;
    if (!copy(session->host, sizeof session->host, host) ||
        !copy(session->server_name, sizeof session->server_name,
              server_name != NULL ? server_name : host))
        return HF_ERR_TOO_LARGE;
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
    session->blocked = session->tuned = false;
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

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t hf_session_deadline(const struct hf_session *session)
{
    if (session->delivered_due)
        return 0;
    if (session->phase == HF_PHASE_DIALING)
        return hf_dial_deadline(&session->dial);
    int64_t deadline_ms = session->deadline_ms;
    if (session->beat_ms > 0) {
        deadline_ms = earlier(deadline_ms, session->last_sent_ms + session->beat_ms / 2);
        deadline_ms = earlier(deadline_ms, session->last_received_ms + 2 * session->beat_ms);
    }
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
    (void)copy(session->facts.tls_version, sizeof session->facts.tls_version,
               hf_tls_socket_version(session->socket));
    (void)copy(session->facts.cipher, sizeof session->facts.cipher,
               hf_tls_socket_cipher(session->socket));
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
    }
    return HF_ERR_WOULD_READ;
}

static enum hf_err read_more(struct hf_session *session, int64_t now_ms, struct hf_fault *fault)
{
    size_t got = 0;
    const enum hf_err err =
        hf_tls_socket_read(session->socket, session->in, sizeof session->in, &got, fault);
    if (err != HF_ERR_OK)
        return err == HF_ERR_WOULD_WRITE ? HF_ERR_WOULD_READ : err;
    session->in_start = 0;
    session->in_end = got;
    session->last_received_ms = now_ms;
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
    return err == HF_ERR_WOULD_READ || err == HF_ERR_WOULD_WRITE ? HF_ERR_OK : err;
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
        err = read_more(session, now_ms, fault);
        if (err == HF_ERR_OK)
            continue;
        if (err == HF_ERR_WOULD_READ) {
            err = send_beat(session, now_ms, fault);
            if (err == HF_ERR_OK)
                err = write_out(session, now_ms, fault);
        }
        return err == HF_ERR_OK ? HF_ERR_WOULD_READ : err;
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
