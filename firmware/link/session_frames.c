#include "link/properties.h"
#include "link/session_internal.h"
#include "link/tls_socket.h"

#include <string.h>

static enum hf_err protocol_fault(struct hf_fault *fault, const char *what)
{
    return hf_fault_set(fault, HF_ERR_AMQP, 0, "the broker broke the protocol: %s", what);
}

/* For a "%.*s": no more of a foreign text than a fault has room for. */
static int quote_len(amqp_bytes_t text)
{
    return text.len < 180 ? (int)text.len : 180;
}

static void begin_event(struct hf_session_event *event, enum hf_session_event_kind kind,
                        uint16_t channel)
{
    memset(event, 0, sizeof *event);
    event->kind = kind;
    event->channel = channel;
}

/* The whole connection: channel 0. */

static enum hf_err closed_by_broker(struct hf_session *session,
                                    const amqp_connection_close_t *close, struct hf_fault *fault)
{
    amqp_connection_close_ok_t reply = {0};
    const enum hf_err err =
        session->phase == HF_PHASE_LOGIN &&
                (close->reply_code == AMQP_ACCESS_REFUSED || close->reply_code == AMQP_NOT_ALLOWED)
            ? HF_ERR_AMQP_LOGIN
            : HF_ERR_AMQP_CONNECTION;
    (void)hf_session_send(session, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &reply, NULL);
    (void)hf_tls_socket_flush(session->socket, NULL);
    return hf_fault_set(fault, err, close->reply_code, "the broker closed the connection: %u %.*s",
                        close->reply_code, quote_len(close->reply_text),
                        (const char *)close->reply_text.bytes);
}

static enum hf_err take_connection_method(struct hf_session *session, const amqp_method_t *method,
                                          struct hf_session_event *event, struct hf_fault *fault)
{
    enum hf_err err;
    switch (method->id) {
    case AMQP_CONNECTION_CLOSE_METHOD: return closed_by_broker(session, method->decoded, fault);
    case AMQP_CONNECTION_CLOSE_OK_METHOD:
        return hf_fault_set(fault, HF_ERR_CLOSED, 0, "closed as asked");
    case AMQP_CONNECTION_BLOCKED_METHOD:
        session->blocked = true;
        begin_event(event, HF_SESSION_BLOCKED, 0);
        event->text =
            hf_str_from_amqp(((const amqp_connection_blocked_t *)method->decoded)->reason);
        return HF_ERR_OK;
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
        session->blocked = false;
        begin_event(event, HF_SESSION_UNBLOCKED, 0);
        return HF_ERR_OK;
    default:
        err = session->phase == HF_PHASE_LOGIN
                  ? hf_session_login_method(session, method, fault)
                  : protocol_fault(fault, "an unexpected method on channel 0");
        if (err == HF_ERR_OK && method->id == AMQP_CONNECTION_OPEN_OK_METHOD &&
            session->channel_count == 0) {
            session->phase = HF_PHASE_UP;
            session->deadline_ms = INT64_MAX;
            begin_event(event, HF_SESSION_UP, 0);
            return HF_ERR_OK;
        }
        return err == HF_ERR_OK ? HF_ERR_WOULD_READ : err;
    }
}

/* One channel. */

static void begin_content(struct hf_channel *channel, enum hf_content content)
{
    channel->content = content;
    channel->have_header = false;
    channel->body_left = 0;
}

static enum hf_err take_deliver(struct hf_channel *channel, const amqp_basic_deliver_t *deliver)
{
    begin_content(channel, HF_CONTENT_DELIVERY);
    channel->tag = deliver->delivery_tag;
    channel->redelivered = deliver->redelivered != 0;
    if (!hf_str_copy(channel->queue, sizeof channel->queue,
                     hf_str_from_amqp(deliver->consumer_tag)))
        channel->queue[0] = '\0'; /* no consumer of ours */
    return HF_ERR_WOULD_READ;
}

static enum hf_err take_return(struct hf_channel *channel, const amqp_basic_return_t *returned)
{
    begin_content(channel, HF_CONTENT_RETURN);
    channel->code = returned->reply_code;
    const size_t len = returned->reply_text.len < sizeof channel->text ? returned->reply_text.len
                                                                       : sizeof channel->text - 1;
    if (len > 0)
        memcpy(channel->text, returned->reply_text.bytes, len);
    channel->text[len] = '\0';
    return HF_ERR_WOULD_READ;
}

static enum hf_err take_channel_close(struct hf_session *session, uint16_t number,
                                      const amqp_channel_close_t *close,
                                      struct hf_session_event *event, struct hf_fault *fault)
{
    amqp_channel_close_ok_t reply = {0};
    struct hf_channel *channel = &session->channels[number];
    if (session->phase == HF_PHASE_LOGIN)
        return hf_fault_set(fault, HF_ERR_AMQP_CHANNEL, close->reply_code,
                            "the broker would not open channel %u: %u %.*s", number,
                            close->reply_code, quote_len(close->reply_text),
                            (const char *)close->reply_text.bytes);
    channel->open = false;
    begin_content(channel, HF_CONTENT_NONE);
    (void)hf_session_send(session, number, AMQP_CHANNEL_CLOSE_OK_METHOD, &reply, NULL);
    begin_event(event, HF_SESSION_CHANNEL_CLOSED, number);
    event->code = close->reply_code;
    event->text = hf_str_from_amqp(close->reply_text);
    return HF_ERR_OK;
}

static enum hf_err take_ready(struct hf_session *session, uint16_t number, amqp_method_number_t id,
                              struct hf_session_event *event, struct hf_fault *fault)
{
    if (!hf_session_channel_ready(session, number, id))
        return HF_ERR_WOULD_READ;
    const enum hf_err err = hf_session_take_larger(session, fault);
    if (err != HF_ERR_OK)
        return err;
    session->phase = HF_PHASE_UP;
    session->deadline_ms = INT64_MAX;
    begin_event(event, HF_SESSION_UP, 0);
    return HF_ERR_OK;
}

static enum hf_err take_cancel(struct hf_session *session, uint16_t number,
                               const amqp_basic_cancel_t *cancel, struct hf_session_event *event)
{
    amqp_basic_cancel_ok_t reply = {.consumer_tag = cancel->consumer_tag};
    if (!cancel->nowait)
        (void)hf_session_send(session, number, AMQP_BASIC_CANCEL_OK_METHOD, &reply, NULL);
    begin_event(event, HF_SESSION_CONSUMER_CANCELLED, number);
    event->queue = hf_str_from_amqp(cancel->consumer_tag);
    return HF_ERR_OK;
}

static enum hf_err take_flow(struct hf_session *session, uint16_t number,
                             const amqp_channel_flow_t *flow)
{
    amqp_channel_flow_ok_t reply = {.active = flow->active};
    (void)hf_session_send(session, number, AMQP_CHANNEL_FLOW_OK_METHOD, &reply, NULL);
    return HF_ERR_WOULD_READ;
}

static enum hf_err take_confirm(uint16_t number, enum hf_session_event_kind kind, uint64_t sequence,
                                amqp_boolean_t multiple, struct hf_session_event *event)
{
    begin_event(event, kind, number);
    event->sequence = sequence;
    event->multiple = multiple != 0;
    return HF_ERR_OK;
}

static enum hf_err take_channel_method(struct hf_session *session, uint16_t number,
                                       const amqp_method_t *method, struct hf_session_event *event,
                                       struct hf_fault *fault)
{
    struct hf_channel *channel = &session->channels[number];
    const amqp_basic_ack_t *ack = method->decoded;
    const amqp_basic_nack_t *nack = method->decoded;
    if (channel->content != HF_CONTENT_NONE &&
        (method->id == AMQP_BASIC_DELIVER_METHOD || method->id == AMQP_BASIC_RETURN_METHOD))
        return protocol_fault(fault, "a message amid another's body");
    switch (method->id) {
    case AMQP_CHANNEL_OPEN_OK_METHOD:
    case AMQP_CONFIRM_SELECT_OK_METHOD:
        return take_ready(session, number, method->id, event, fault);
    case AMQP_BASIC_DELIVER_METHOD: return take_deliver(channel, method->decoded);
    case AMQP_BASIC_RETURN_METHOD: return take_return(channel, method->decoded);
    case AMQP_BASIC_ACK_METHOD:
        return take_confirm(number, HF_SESSION_CONFIRMED, ack->delivery_tag, ack->multiple, event);
    case AMQP_BASIC_NACK_METHOD:
        return take_confirm(number, HF_SESSION_NACKED, nack->delivery_tag, nack->multiple, event);
    case AMQP_BASIC_CANCEL_METHOD: return take_cancel(session, number, method->decoded, event);
    case AMQP_CHANNEL_CLOSE_METHOD:
        return take_channel_close(session, number, method->decoded, event, fault);
    case AMQP_CHANNEL_FLOW_METHOD: return take_flow(session, number, method->decoded);
    case AMQP_BASIC_CONSUME_OK_METHOD: channel->consumers++; return HF_ERR_WOULD_READ;
    case AMQP_BASIC_QOS_OK_METHOD:
    case AMQP_BASIC_CANCEL_OK_METHOD:
    case AMQP_CHANNEL_CLOSE_OK_METHOD: return HF_ERR_WOULD_READ;
    default: return protocol_fault(fault, "an unexpected method on a channel");
    }
}

static void end_body(struct hf_session *session, uint16_t number)
{
    struct hf_channel *channel = &session->channels[number];
    if (channel->content == HF_CONTENT_DELIVERY) {
        session->delivered_due = true;
        session->delivered_channel = number;
    }
    begin_content(channel, HF_CONTENT_NONE);
}

static enum hf_err take_header(struct hf_session *session, const amqp_frame_t *frame,
                               struct hf_session_event *event, struct hf_fault *fault)
{
    struct hf_channel *channel = &session->channels[frame->channel];
    if (channel->content == HF_CONTENT_NONE || channel->have_header)
        return protocol_fault(fault, "a content header that nothing announced");
    if (frame->payload.properties.class_id != AMQP_BASIC_CLASS) /* its properties are others */
        return protocol_fault(fault, "content of another class than basic");
    const bool returned = channel->content == HF_CONTENT_RETURN;
    begin_event(event, returned ? HF_SESSION_RETURNED : HF_SESSION_DELIVERY, frame->channel);
    hf_properties_to_envelope(frame->payload.properties.decoded, &event->envelope);
    event->tag = channel->tag;
    event->redelivered = channel->redelivered;
    event->queue = hf_str(channel->queue);
    event->body_size = frame->payload.properties.body_size;
    if (returned) {
        event->code = channel->code;
        event->text = hf_str(channel->text);
    }
    channel->have_header = true;
    channel->body_left = event->body_size;
    if (channel->body_left == 0)
        end_body(session, frame->channel);
    return HF_ERR_OK;
}

static enum hf_err take_body(struct hf_session *session, const amqp_frame_t *frame,
                             struct hf_session_event *event, struct hf_fault *fault)
{
    struct hf_channel *channel = &session->channels[frame->channel];
    const amqp_bytes_t piece = frame->payload.body_fragment;
    if (!channel->have_header)
        return protocol_fault(fault, "a body that nothing announced");
    if (piece.len > channel->body_left)
        return protocol_fault(fault, "a body longer than announced");
    const bool wanted = channel->content == HF_CONTENT_DELIVERY;
    channel->body_left -= piece.len;
    if (channel->body_left == 0)
        end_body(session, frame->channel);
    if (!wanted)
        return HF_ERR_WOULD_READ;
    begin_event(event, HF_SESSION_BODY, frame->channel);
    event->bytes = hf_str_from_amqp(piece);
    return HF_ERR_OK;
}

enum hf_err hf_session_take_frame(struct hf_session *session, const amqp_frame_t *frame,
                                  struct hf_session_event *event, struct hf_fault *fault)
{
    const uint8_t type = frame->frame_type;
    if (type == AMQP_FRAME_HEARTBEAT)
        return HF_ERR_WOULD_READ;
    if (type != AMQP_FRAME_METHOD && type != AMQP_FRAME_HEADER && type != AMQP_FRAME_BODY)
        return protocol_fault(fault, "it greets with another version of AMQP than 0-9-1");
    if (frame->channel == 0)
        return type == AMQP_FRAME_METHOD
                   ? take_connection_method(session, &frame->payload.method, event, fault)
                   : protocol_fault(fault, "content on channel 0");
    if (frame->channel > session->channel_count)
        return protocol_fault(fault, "a frame on a channel that was never opened");
    if (type == AMQP_FRAME_METHOD)
        return take_channel_method(session, frame->channel, &frame->payload.method, event, fault);
    if (!session->channels[frame->channel].open)
        return HF_ERR_WOULD_READ; /* what was on its way when the channel was closed */
    return type == AMQP_FRAME_HEADER ? take_header(session, frame, event, fault)
                                     : take_body(session, frame, event, fault);
}
