#include "link/properties.h"
#include "link/session_internal.h"
#include "link/tls_socket.h"

#define FRAME_OVERHEAD 8    /* type, channel, size, end (AMQP 0-9-1, 4.2.3) */
#define BODY_PIECE_MIN 1024 /* smaller pieces wait for room: a frame each would be waste */

enum hf_err hf_session_send(struct hf_session *session, uint16_t channel, amqp_method_number_t id,
                            void *method, struct hf_fault *fault)
{
    if (hf_tls_socket_room(session->socket) < HF_SESSION_METHOD_ROOM) {
        (void)hf_tls_socket_flush(session->socket, NULL);
        if (hf_tls_socket_room(session->socket) < HF_SESSION_METHOD_ROOM)
            return hf_fault_set(fault, HF_ERR_WOULD_WRITE, 0, "the send buffer is full");
    }
    const int status = amqp_send_method(session->amqp, channel, id, method);
    if (status != AMQP_STATUS_OK)
        return hf_fault_set(fault, HF_ERR_AMQP, status, "a frame could not be sent: %s",
                            amqp_error_string2(status));
    return HF_ERR_OK;
}

static struct hf_channel *open_channel(struct hf_session *session, uint16_t number)
{
    if (session->phase != HF_PHASE_UP || number == 0 || number > session->channel_count ||
        !session->channels[number].open)
        return NULL;
    return &session->channels[number];
}

enum hf_err hf_session_consume(struct hf_session *session, uint16_t channel, const char *queue,
                               uint16_t prefetch)
{
    amqp_basic_qos_t qos = {.prefetch_count = prefetch};
    amqp_basic_consume_t consume = {.queue = amqp_cstring_bytes(queue),
                                    .consumer_tag = amqp_cstring_bytes(queue)};
    if (open_channel(session, channel) == NULL)
        return HF_ERR_ILLEGAL;
    if (hf_tls_socket_room(session->socket) < 2 * (size_t)HF_SESSION_METHOD_ROOM)
        return HF_ERR_WOULD_WRITE;
    enum hf_err err = hf_session_send(session, channel, AMQP_BASIC_QOS_METHOD, &qos, NULL);
    if (err == HF_ERR_OK)
        err = hf_session_send(session, channel, AMQP_BASIC_CONSUME_METHOD, &consume, NULL);
    return err;
}

enum hf_err hf_session_cancel(struct hf_session *session, uint16_t channel, const char *queue)
{
    amqp_basic_cancel_t cancel = {.consumer_tag = amqp_cstring_bytes(queue)};
    if (open_channel(session, channel) == NULL)
        return HF_ERR_ILLEGAL;
    return hf_session_send(session, channel, AMQP_BASIC_CANCEL_METHOD, &cancel, NULL);
}

enum hf_err hf_session_ack(struct hf_session *session, uint16_t channel, uint64_t tag,
                           bool multiple)
{
    amqp_basic_ack_t ack = {.delivery_tag = tag, .multiple = multiple};
    if (open_channel(session, channel) == NULL)
        return HF_ERR_ILLEGAL;
    return hf_session_send(session, channel, AMQP_BASIC_ACK_METHOD, &ack, NULL);
}

enum hf_err hf_session_reject(struct hf_session *session, uint16_t channel, uint64_t tag,
                              bool requeue)
{
    amqp_basic_reject_t reject = {.delivery_tag = tag, .requeue = requeue};
    if (open_channel(session, channel) == NULL)
        return HF_ERR_ILLEGAL;
    return hf_session_send(session, channel, AMQP_BASIC_REJECT_METHOD, &reject, NULL);
}

/* At most what the properties take when encoded. */
static size_t properties_bytes(const struct hf_envelope *envelope)
{
    size_t bytes = 64 + envelope->message_id.len + envelope->correlation_id.len +
                   envelope->type.len + envelope->user_id.len + envelope->content_type.len;
    for (size_t i = 0; i < envelope->header_count; i++)
        bytes += 16 + envelope->headers[i].name.len + envelope->headers[i].text.len;
    return bytes;
}

/* What AMQP counts with one byte: more would be cut by the codec, or found out too late. */
static bool all_short(const struct hf_publish *message)
{
    const struct hf_envelope *envelope = message->envelope;
    const struct hf_str texts[] = {hf_str(message->exchange),
                                   hf_str(message->routing_key),
                                   envelope->message_id,
                                   envelope->correlation_id,
                                   envelope->type,
                                   envelope->user_id,
                                   envelope->content_type};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].len > UINT8_MAX)
            return false;
    }
    for (size_t i = 0; i < envelope->header_count; i++) {
        if (envelope->headers[i].name.len > UINT8_MAX)
            return false;
    }
    return true;
}

static int send_header_frame(struct hf_session *session, uint16_t number,
                             const struct hf_publish *message)
{
    amqp_table_entry_t entries[HF_ENVELOPE_HEADERS_MAX];
    amqp_basic_properties_t properties;
    hf_properties_from_envelope(message->envelope, entries, &properties);
    amqp_frame_t header = {.frame_type = AMQP_FRAME_HEADER, .channel = number};
    header.payload.properties.class_id = AMQP_BASIC_CLASS;
    header.payload.properties.body_size = message->body_size;
    header.payload.properties.decoded = &properties;
    return amqp_send_frame(session->amqp, &header);
}

enum hf_err hf_session_publish(struct hf_session *session, uint16_t channel,
                               const struct hf_publish *message, uint64_t *sequence)
{
    struct hf_channel *state = open_channel(session, channel);
    amqp_basic_publish_t publish = {.exchange = amqp_cstring_bytes(message->exchange),
                                    .routing_key = amqp_cstring_bytes(message->routing_key),
                                    .mandatory = message->mandatory};
    const size_t header_bytes = properties_bytes(message->envelope);
    if (state == NULL || state->body_to_send > 0)
        return HF_ERR_ILLEGAL;
    if (header_bytes + FRAME_OVERHEAD > session->frame_max || !all_short(message))
        return HF_ERR_TOO_LARGE;
    if (hf_tls_socket_room(session->socket) <
        HF_SESSION_METHOD_ROOM + header_bytes + FRAME_OVERHEAD)
        return HF_ERR_WOULD_WRITE;
    const enum hf_err err =
        hf_session_send(session, channel, AMQP_BASIC_PUBLISH_METHOD, &publish, NULL);
    if (err != HF_ERR_OK)
        return err;
    if (send_header_frame(session, channel, message) != AMQP_STATUS_OK)
        return HF_ERR_AMQP;
    state->body_to_send = message->body_size;
    *sequence = state->next_sequence++;
    return HF_ERR_OK;
}

/* How much of `len` can leave as one frame now; 0: wait for room. */
static size_t piece_size(const struct hf_session *session, size_t len)
{
    const size_t frame = session->frame_max - FRAME_OVERHEAD;
    const size_t room = hf_tls_socket_room(session->socket);
    const size_t wanted = len < frame ? len : frame;
    const size_t least = wanted < BODY_PIECE_MIN ? wanted : BODY_PIECE_MIN;
    if (room < least + FRAME_OVERHEAD)
        return 0;
    return wanted < room - FRAME_OVERHEAD ? wanted : room - FRAME_OVERHEAD;
}

enum hf_err hf_session_publish_body(struct hf_session *session, uint16_t channel, const void *data,
                                    size_t len, size_t *taken)
{
    struct hf_channel *state = open_channel(session, channel);
    *taken = 0;
    if (state == NULL || len > state->body_to_send)
        return HF_ERR_ILLEGAL;
    while (*taken < len) {
        const size_t piece = piece_size(session, len - *taken);
        if (piece == 0)
            return *taken > 0 ? HF_ERR_OK : HF_ERR_WOULD_WRITE;
        amqp_frame_t body = {.frame_type = AMQP_FRAME_BODY, .channel = channel};
        body.payload.body_fragment =
            hf_str_to_amqp((struct hf_str){.data = (const char *)data + *taken, .len = piece});
        if (amqp_send_frame(session->amqp, &body) != AMQP_STATUS_OK)
            return HF_ERR_AMQP;
        *taken += piece;
        state->body_to_send -= piece;
    }
    return HF_ERR_OK;
}
