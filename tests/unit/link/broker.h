#ifndef HF_TEST_LINK_BROKER_H
#define HF_TEST_LINK_BROKER_H

/*
 * A broker that keeps to a script: the other side of a session, for what a real RabbitMQ does
 * rarely or never. It runs in a peer's child process; rabbitmq-c's codec reads what we send and
 * writes what it answers.
 */

#include "peer.h"

#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>

#define BROKER_FRAME_MAX 131072 /* bytes; more than we ask for, as headers may have */

struct broker {
    mbedtls_ssl_context *ssl;
    amqp_connection_state_t codec;
    amqp_channel_t held; /* channel whose last frame's memory is still in use */
    unsigned char in[4096];
    size_t start, end;
};

/* What we sent. */

/* The next frame, heartbeats too; false at the end. It is valid until the next one. */
static inline bool broker_frame(struct broker *broker, amqp_frame_t *frame)
{
    amqp_maybe_release_buffers_on_channel(broker->codec, broker->held);
    for (;;) {
        while (broker->start < broker->end) {
            const amqp_bytes_t bytes = {.bytes = broker->in + broker->start,
                                        .len = broker->end - broker->start};
            const int used = amqp_handle_input(broker->codec, bytes, frame);
            if (used < 0)
                peer_fail(PEER_WRONG, "what came is no frame", used);
            broker->start += (size_t)used;
            broker->held = frame->channel;
            if (frame->frame_type != 0)
                return true;
        }
        broker->start = 0;
        broker->end = peer_read(broker->ssl, broker->in, sizeof broker->in);
        if (broker->end == 0)
            return false;
    }
}

/* The next frame but heartbeats must be this method; its fields. */
static inline void *broker_expect(struct broker *broker, amqp_channel_t channel,
                                  amqp_method_number_t id)
{
    amqp_frame_t frame;
    do {
        peer_must(broker_frame(broker, &frame), "an end instead of a method");
    } while (frame.frame_type == AMQP_FRAME_HEARTBEAT);
    if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != id)
        peer_fail(PEER_WRONG, "another frame than expected",
                  frame.frame_type == AMQP_FRAME_METHOD ? (int)frame.payload.method.id
                                                        : frame.frame_type);
    peer_must(frame.channel == channel, "a method on another channel than expected");
    return frame.payload.method.decoded;
}

static inline bool broker_same(amqp_bytes_t bytes, const char *text)
{
    return bytes.len == strlen(text) && memcmp(bytes.bytes, text, bytes.len) == 0;
}

/* What it says. */

static inline void broker_say(struct broker *broker, uint8_t type, amqp_channel_t channel,
                              const void *payload, size_t len)
{
    static unsigned char frame[BROKER_FRAME_MAX];
    frame[0] = type;
    frame[1] = (unsigned char)(channel >> 8);
    frame[2] = (unsigned char)channel;
    for (int i = 0; i < 4; i++)
        frame[3 + i] = (unsigned char)(len >> (24 - 8 * i));
    if (len > 0)
        memcpy(frame + 7, payload, len);
    frame[7 + len] = AMQP_FRAME_END;
    peer_write(broker->ssl, frame, len + 8);
}

static inline void broker_method(struct broker *broker, amqp_channel_t channel,
                                 amqp_method_number_t id, void *fields)
{
    unsigned char payload[4096] = {(unsigned char)(id >> 24), (unsigned char)(id >> 16),
                                   (unsigned char)(id >> 8), (unsigned char)id};
    const amqp_bytes_t rest = {.bytes = payload + 4, .len = sizeof payload - 4};
    const int len = amqp_encode_method(id, fields, rest);
    if (len < 0)
        peer_fail(PEER_WRONG, "a method that cannot be written", len);
    broker_say(broker, AMQP_FRAME_METHOD, channel, payload, (size_t)len + 4);
}

static inline void broker_header(struct broker *broker, amqp_channel_t channel, uint64_t body_size,
                                 amqp_basic_properties_t *properties)
{
    static unsigned char payload[BROKER_FRAME_MAX - 8] = {AMQP_BASIC_CLASS >> 8,
                                                          AMQP_BASIC_CLASS & 0xff};
    const amqp_bytes_t rest = {.bytes = payload + 12, .len = sizeof payload - 12};
    amqp_basic_properties_t none = {0};
    for (int i = 0; i < 8; i++)
        payload[4 + i] = (unsigned char)(body_size >> (56 - 8 * i));
    const int len =
        amqp_encode_properties(AMQP_BASIC_CLASS, properties != NULL ? properties : &none, rest);
    if (len < 0)
        peer_fail(PEER_WRONG, "properties that cannot be written", len);
    broker_say(broker, AMQP_FRAME_HEADER, channel, payload, (size_t)len + 12);
}

static inline void broker_body(struct broker *broker, amqp_channel_t channel, const void *data,
                               size_t len)
{
    broker_say(broker, AMQP_FRAME_BODY, channel, data, len);
}

static inline void broker_deliver(struct broker *broker, amqp_channel_t channel, uint64_t tag)
{
    amqp_basic_deliver_t deliver = {.consumer_tag = amqp_literal_bytes("hf.q.tasks.default"),
                                    .delivery_tag = tag,
                                    .exchange = amqp_literal_bytes("hf.tasks"),
                                    .routing_key = amqp_literal_bytes("default")};
    broker_method(broker, channel, AMQP_BASIC_DELIVER_METHOD, &deliver);
}

/* Closes the connection for a reason and waits for the answer. */
static inline void broker_refuse(struct broker *broker, uint16_t code, const char *text)
{
    amqp_connection_close_t close = {.reply_code = code, .reply_text = amqp_cstring_bytes(text)};
    broker_method(broker, 0, AMQP_CONNECTION_CLOSE_METHOD, &close);
    (void)broker_expect(broker, 0, AMQP_CONNECTION_CLOSE_OK_METHOD);
}

/* The login. */

static inline void broker_begin(struct broker *broker, mbedtls_ssl_context *ssl)
{
    *broker = (struct broker){.ssl = ssl, .codec = amqp_new_connection()};
    peer_must(broker->codec != NULL, "no memory");
}

static inline void broker_greet(struct broker *broker, const char *mechanisms)
{
    amqp_table_entry_t about[] = {
        {.key = amqp_literal_bytes("product"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_literal_bytes("Scripted")}},
        {.key = amqp_literal_bytes("version"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_literal_bytes("1.2.3")}},
    };
    amqp_connection_start_t start = {.version_minor = 9,
                                     .server_properties = {.num_entries = 2, .entries = about},
                                     .mechanisms = amqp_cstring_bytes(mechanisms),
                                     .locales = amqp_literal_bytes("en_US")};
    amqp_frame_t frame;
    peer_must(broker_frame(broker, &frame) && frame.frame_type == 'A', "no greeting");
    broker_method(broker, 0, AMQP_CONNECTION_START_METHOD, &start);
}

/* As a broker that leaves everything to the client but the heartbeat. */
static inline void broker_tune(struct broker *broker, uint16_t heartbeat_s)
{
    amqp_connection_tune_t tune = {
        .channel_max = 2047, .frame_max = 131072, .heartbeat = heartbeat_s};
    (void)broker_expect(broker, 0, AMQP_CONNECTION_START_OK_METHOD);
    broker_method(broker, 0, AMQP_CONNECTION_TUNE_METHOD, &tune);
    (void)broker_expect(broker, 0, AMQP_CONNECTION_TUNE_OK_METHOD);
    (void)broker_expect(broker, 0, AMQP_CONNECTION_OPEN_METHOD);
}

static inline void broker_open(struct broker *broker, uint16_t channels)
{
    amqp_connection_open_ok_t open_ok = {0};
    amqp_channel_open_ok_t channel_ok = {0};
    amqp_confirm_select_ok_t confirm_ok = {0};
    broker_method(broker, 0, AMQP_CONNECTION_OPEN_OK_METHOD, &open_ok);
    for (uint16_t i = 1; i <= channels; i++) {
        (void)broker_expect(broker, i, AMQP_CHANNEL_OPEN_METHOD);
        broker_method(broker, i, AMQP_CHANNEL_OPEN_OK_METHOD, &channel_ok);
        (void)broker_expect(broker, i, AMQP_CONFIRM_SELECT_METHOD);
        broker_method(broker, i, AMQP_CONFIRM_SELECT_OK_METHOD, &confirm_ok);
    }
}

/* All of it, with two channels and a heartbeat of `heartbeat_s`. */
static inline void broker_up(struct broker *broker, mbedtls_ssl_context *ssl, uint16_t heartbeat_s)
{
    broker_begin(broker, ssl);
    broker_greet(broker, "PLAIN EXTERNAL");
    broker_tune(broker, heartbeat_s);
    broker_open(broker, 2);
}

/* Whatever comes, until we say goodbye or are gone. */
static inline void broker_end(struct broker *broker)
{
    amqp_connection_close_ok_t reply = {0};
    amqp_frame_t frame;
    while (broker_frame(broker, &frame)) {
        if (frame.frame_type == AMQP_FRAME_METHOD &&
            frame.payload.method.id == AMQP_CONNECTION_CLOSE_METHOD)
            broker_method(broker, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &reply);
    }
}

#endif
