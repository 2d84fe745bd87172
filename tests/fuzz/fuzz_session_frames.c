/*
 * What a broker may say, from its bytes to the events of a session, without TLS around it. The
 * first byte says where the session stands: even, it is up; odd, it is logging in. The rest comes
 * in one piece up to the second byte (in units of 4), then in a second piece.
 */
#include "fuzz.h"
#include "link/session_internal.h"
#include "link/tls_socket.h"
#include "pipe.h"

/* In place of the TLS socket's own: there is always room, and nothing waits. */
size_t hf_tls_socket_room(const amqp_socket_t *socket)
{
    (void)socket;
    return PIPE_BYTES;
}

enum hf_err hf_tls_socket_flush(amqp_socket_t *socket, struct hf_fault *fault)
{
    (void)socket;
    (void)fault;
    return HF_ERR_OK;
}

static struct hf_session session;

static void begin(struct pipe_socket *pipe, bool login)
{
    memset(&session, 0, sizeof session);
    session.channel_count = 2;
    session.heartbeat_s = 10;
    session.external = true;
    session.phase = login ? HF_PHASE_LOGIN : HF_PHASE_UP;
    session.login_next = AMQP_CONNECTION_START_METHOD;
    session.amqp = amqp_new_connection();
    fuzz_must(session.amqp != NULL);
    pipe->klass = &pipe_class;
    pipe->len = 0;
    session.socket = (amqp_socket_t *)pipe;
    amqp_set_socket(session.amqp, session.socket);
    for (size_t i = 1; !login && i <= session.channel_count; i++)
        session.channels[i].open = session.channels[i].confirms = true;
}

/* Every byte of the views is looked at: a sanitizer sees those that are not theirs. */
static void look(struct hf_str view)
{
    static volatile unsigned char sum;
    for (size_t i = 0; i < view.len; i++)
        sum = (unsigned char)(sum + (unsigned char)view.data[i]);
}

static void look_at(const struct hf_session_event *event)
{
    look(event->bytes);
    look(event->text);
    look(event->queue);
    look(event->envelope.message_id);
    look(event->envelope.user_id);
    fuzz_must(event->envelope.header_count <= HF_ENVELOPE_HEADERS_MAX);
    for (size_t i = 0; i < event->envelope.header_count; i++) {
        look(event->envelope.headers[i].name);
        look(event->envelope.headers[i].text);
    }
}

/* False: the session would end here. */
static bool take(const amqp_frame_t *frame)
{
    struct hf_session_event event = {0};
    struct hf_fault fault = {0};
    const enum hf_err err = hf_session_take_frame(&session, frame, &event, &fault);
    fuzz_must(err == HF_ERR_OK || err == HF_ERR_WOULD_READ || fault.text[0] != '\0');
    if (err == HF_ERR_OK)
        look_at(&event);
    amqp_maybe_release_buffers_on_channel(session.amqp, frame->channel);
    return err == HF_ERR_OK || err == HF_ERR_WOULD_READ;
}

static bool feed(const uint8_t *data, size_t len)
{
    while (len > 0) {
        amqp_frame_t frame = {0};
        uint8_t copy[HF_SESSION_IN_BYTES];
        const size_t piece = len < sizeof copy ? len : sizeof copy;
        memcpy(copy, data, piece);
        const int used =
            amqp_handle_input(session.amqp, (amqp_bytes_t){.bytes = copy, .len = piece}, &frame);
        if (used <= 0 || (frame.frame_type != 0 && !take(&frame)))
            return false;
        if (frame.frame_type == 0 && amqp_release_buffers_ok(session.amqp))
            return false; /* a frame that the codec does not know */
        data += used;
        len -= (size_t)used;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct pipe_socket pipe;
    if (len < 2)
        return 0;
    const size_t rest = len - 2;
    const size_t first = (size_t)data[1] * 4 < rest ? (size_t)data[1] * 4 : rest;
    begin(&pipe, data[0] % 2 == 1);
    if (feed(data + 2, first))
        (void)feed(data + 2 + first, rest - first);
    (void)amqp_destroy_connection(session.amqp);
    return 0;
}
