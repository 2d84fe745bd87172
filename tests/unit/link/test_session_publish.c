/* What we say while a session is up, as the broker hears it. */
#include "line.h"

static struct broker broker;

/* Consuming. */

static void hear_a_consumer(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_up(&broker, ssl, 60);
    const amqp_basic_qos_t *qos = broker_expect(&broker, 2, AMQP_BASIC_QOS_METHOD);
    peer_must(qos->prefetch_count == 1 && qos->prefetch_size == 0 && !qos->global, "qos");
    const amqp_basic_consume_t *consume = broker_expect(&broker, 2, AMQP_BASIC_CONSUME_METHOD);
    peer_must(broker_same(consume->queue, "hf.q.tasks.default") && !consume->no_ack &&
                  !consume->exclusive && !consume->nowait,
              "consume");
    const amqp_basic_ack_t *ack = broker_expect(&broker, 2, AMQP_BASIC_ACK_METHOD);
    peer_must(ack->delivery_tag == 7 && !ack->multiple, "ack");
    ack = broker_expect(&broker, 2, AMQP_BASIC_ACK_METHOD);
    peer_must(ack->delivery_tag == UINT64_MAX && ack->multiple, "ack of many");
    const amqp_basic_reject_t *reject = broker_expect(&broker, 2, AMQP_BASIC_REJECT_METHOD);
    peer_must(reject->delivery_tag == 9 && reject->requeue, "reject");
    reject = broker_expect(&broker, 2, AMQP_BASIC_REJECT_METHOD);
    peer_must(reject->delivery_tag == 10 && !reject->requeue, "reject for good");
    const amqp_basic_cancel_t *cancel = broker_expect(&broker, 2, AMQP_BASIC_CANCEL_METHOD);
    peer_must(broker_same(cancel->consumer_tag, "hf.q.tasks.default"), "cancel");
    broker_end(&broker);
}

static void prefetch_comes_before_consume_and_every_answer_as_it_was_given(void **state)
{
    (void)state;
    struct line line;
    line_up(&line, hear_a_consumer);
    struct hf_session *session = line.session;
    assert_int_equal(hf_session_consume(session, 2, "hf.q.tasks.default", 1), HF_ERR_OK);
    assert_int_equal(hf_session_ack(session, 2, 7, false), HF_ERR_OK);
    assert_int_equal(hf_session_ack(session, 2, UINT64_MAX, true), HF_ERR_OK);
    assert_int_equal(hf_session_reject(session, 2, 9, true), HF_ERR_OK);
    assert_int_equal(hf_session_reject(session, 2, 10, false), HF_ERR_OK);
    assert_int_equal(hf_session_cancel(session, 2, "hf.q.tasks.default"), HF_ERR_OK);
    line_close(&line);
}

static void grant_one_of_two(mbedtls_ssl_context *ssl, int fd)
{
    amqp_basic_consume_ok_t granted = {.consumer_tag = amqp_literal_bytes("yes")};
    amqp_channel_close_t closed = {.reply_code = 404, .reply_text = amqp_literal_bytes("no queue")};
    (void)fd;
    broker_up(&broker, ssl, 60);
    (void)broker_expect(&broker, 1, AMQP_BASIC_QOS_METHOD);
    (void)broker_expect(&broker, 1, AMQP_BASIC_CONSUME_METHOD);
    (void)broker_expect(&broker, 2, AMQP_BASIC_QOS_METHOD);
    (void)broker_expect(&broker, 2, AMQP_BASIC_CONSUME_METHOD);
    broker_method(&broker, 1, AMQP_BASIC_CONSUME_OK_METHOD, &granted);
    broker_method(&broker, 2, AMQP_CHANNEL_CLOSE_METHOD, &closed);
    broker_end(&broker);
}

static void consumers_that_the_broker_has_granted_are_counted(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    line_up(&line, grant_one_of_two);
    assert_int_equal(hf_session_consume(line.session, 1, "yes", 1), HF_ERR_OK);
    assert_int_equal(hf_session_consume(line.session, 2, "no", 1), HF_ERR_OK);
    assert_int_equal(hf_session_consumers(line.session, 1), 0);
    line_expect(&line, HF_SESSION_CHANNEL_CLOSED, &event);
    assert_int_equal(hf_session_consumers(line.session, 1), 1);
    assert_int_equal(hf_session_consumers(line.session, 2), 0);
    assert_int_equal(hf_session_consumers(line.session, 100), 0);
    line_close(&line);
}

/* Publishing. */

static unsigned char body_byte(uint64_t message, size_t at)
{
    return (unsigned char)((message * 31 + at) ^ (at >> 8));
}

/* The next message must be the `number`-th, with a body of `size`. */
static void hear_message(uint16_t channel, uint64_t number, size_t size)
{
    amqp_frame_t frame;
    size_t at = 0;
    const amqp_basic_publish_t *publish =
        broker_expect(&broker, channel, AMQP_BASIC_PUBLISH_METHOD);
    peer_must(broker_same(publish->exchange, "hf.results") &&
                  broker_same(publish->routing_key, "result.pi-1") && publish->mandatory &&
                  !publish->immediate,
              "publish");
    peer_must(broker_frame(&broker, &frame) && frame.frame_type == AMQP_FRAME_HEADER &&
                  frame.channel == channel && frame.payload.properties.body_size == size,
              "header");
    const amqp_basic_properties_t *properties = frame.payload.properties.decoded;
    peer_must(broker_same(properties->message_id, "task-1") &&
                  broker_same(properties->user_id, "pi-1") && properties->delivery_mode == 2 &&
                  properties->headers.num_entries == 1 &&
                  properties->headers.entries[0].value.value.i64 == (int64_t)number,
              "properties");
    while (at < size) {
        peer_must(broker_frame(&broker, &frame) && frame.frame_type == AMQP_FRAME_BODY &&
                      frame.channel == channel,
                  "body");
        const amqp_bytes_t piece = frame.payload.body_fragment;
        peer_must(piece.len > 0 && piece.len <= HF_SESSION_FRAME_MAX - 8 && piece.len <= size - at,
                  "length of a body frame");
        for (size_t i = 0; i < piece.len; i++)
            peer_must(((const unsigned char *)piece.bytes)[i] == body_byte(number, at + i),
                      "a byte of a body");
        at += piece.len;
    }
}

static enum hf_err begin_message(struct line *line, uint16_t channel, uint64_t number, size_t size,
                                 uint64_t *sequence)
{
    struct hf_envelope envelope = {.persistent = true};
    envelope.message_id = hf_str("task-1");
    envelope.user_id = hf_str("pi-1");
    assert_true(hf_envelope_add_number(&envelope, "number", (int64_t)number));
    const struct hf_publish message = {.exchange = "hf.results",
                                       .routing_key = "result.pi-1",
                                       .envelope = &envelope,
                                       .body_size = size,
                                       .mandatory = true};
    return hf_session_publish(line->session, channel, &message, sequence);
}

/* Sends what is buffered and, when the kernel did not take it all, waits until it would. */
static void turn(struct line *line)
{
    struct hf_session_event event;
    struct pollfd ready;
    assert_int_equal(hf_session_next(line->session, line_now(line), &event), HF_ERR_WOULD_READ);
    hf_session_pollfd(line->session, &ready);
    if (ready.events & POLLOUT)
        line_sleep(line, LINE_MS);
}

/* How often it had to wait for room. */
static int say_message(struct line *line, uint16_t channel, uint64_t number, size_t size,
                       uint64_t expected_sequence)
{
    int waits = 0;
    unsigned char piece[5000];
    uint64_t sequence = 0;
    enum hf_err err;
    while ((err = begin_message(line, channel, number, size, &sequence)) == HF_ERR_WOULD_WRITE) {
        turn(line);
        waits++;
    }
    assert_int_equal(err, HF_ERR_OK);
    assert_int_equal(sequence, expected_sequence);
    for (size_t at = 0, taken = 0; at < size; at += taken) {
        const size_t len = size - at < sizeof piece ? size - at : sizeof piece;
        for (size_t i = 0; i < len; i++)
            piece[i] = body_byte(number, at + i);
        err = hf_session_publish_body(line->session, channel, piece, len, &taken);
        if (err == HF_ERR_WOULD_WRITE) {
            assert_int_equal(taken, 0);
            turn(line);
            waits++;
        } else {
            assert_int_equal(err, HF_ERR_OK);
            assert_true(taken > 0);
        }
    }
    return waits;
}

#define LARGE 300000 /* many times the send buffer */

static void hear_messages(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_up(&broker, ssl, 60);
    hear_message(1, 1, 0);
    hear_message(1, 2, 5);
    hear_message(2, 3, 1);
    hear_message(1, 4, LARGE);
    hear_message(1, 5, HF_SESSION_FRAME_MAX);
    broker_end(&broker);
}

static void bodies_of_any_size_arrive_whole_and_are_counted_by_channel(void **state)
{
    (void)state;
    struct line line;
    line_up(&line, hear_messages);
    (void)say_message(&line, 1, 1, 0, 1);
    (void)say_message(&line, 1, 2, 5, 2);
    (void)say_message(&line, 2, 3, 1, 1);
    (void)say_message(&line, 1, 4, LARGE, 3);
    (void)say_message(&line, 1, 5, HF_SESSION_FRAME_MAX, 4);
    line_close(&line);
}

#define MANY       300
#define MANY_BYTES 3000

static void hear_many_slowly(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_up(&broker, ssl, 60);
    for (uint64_t i = 1; i <= MANY; i++) {
        hear_message(1, i, MANY_BYTES);
        const amqp_basic_ack_t *ack = broker_expect(&broker, 2, AMQP_BASIC_ACK_METHOD);
        peer_must(ack->delivery_tag == i, "ack");
        (void)usleep(200);
    }
    broker_end(&broker);
}

static void a_slow_broker_makes_us_wait_and_loses_nothing(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    struct pollfd ready;
    const int bytes = 8192;
    int waits = 0;
    const struct peer_setup setup = {.play = hear_many_slowly, .receive_bytes = 16384};
    line_prepare(&line);
    line_start(&line, &setup);
    line_expect(&line, HF_SESSION_UP, &event);
    hf_session_pollfd(line.session, &ready);
    assert_int_equal(setsockopt(ready.fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), 0);
    for (uint64_t i = 1; i <= MANY; i++) {
        waits += say_message(&line, 1, i, MANY_BYTES, i);
        while (hf_session_ack(line.session, 2, i, false) == HF_ERR_WOULD_WRITE) {
            turn(&line);
            waits++;
        }
    }
    assert_true(waits > 0);
    line_close(&line);
}

/* What is not sent. */

static void hear_one_message(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_up(&broker, ssl, 60);
    hear_message(1, 1, 5);
    broker_end(&broker);
}

static void a_body_is_exactly_as_long_as_announced(void **state)
{
    (void)state;
    struct line line;
    uint64_t sequence = 0;
    size_t taken = 0;
    line_up(&line, hear_one_message);
    unsigned char body[6];
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = body_byte(1, i);
    assert_int_equal(begin_message(&line, 1, 1, 5, &sequence), HF_ERR_OK);
    assert_int_equal(hf_session_publish_body(line.session, 1, body, 2, &taken), HF_ERR_OK);
    assert_int_equal(begin_message(&line, 1, 2, 5, &sequence), HF_ERR_ILLEGAL);
    assert_int_equal(hf_session_publish_body(line.session, 1, body, 4, &taken), HF_ERR_ILLEGAL);
    assert_int_equal(taken, 0);
    assert_int_equal(hf_session_publish_body(line.session, 1, body + 2, 3, &taken), HF_ERR_OK);
    assert_int_equal(hf_session_publish_body(line.session, 1, body, 1, &taken), HF_ERR_ILLEGAL);
    assert_int_equal(sequence, 1);
    line_close(&line);
}

static enum hf_err publish_with(struct line *line, const struct hf_envelope *envelope,
                                const char *key)
{
    uint64_t sequence = 0;
    const struct hf_publish message = {
        .exchange = "hf.results", .routing_key = key, .envelope = envelope};
    return hf_session_publish(line->session, 1, &message, &sequence);
}

static void properties_that_amqp_cannot_carry_send_nothing_at_all(void **state)
{
    (void)state;
    static char text[20000];
    struct line line;
    struct hf_envelope envelope = {.priority = 0};
    memset(text, 't', sizeof text - 1);
    line_up(&line, hear_one_message);
    assert_true(hf_envelope_add_text(&envelope, "hf-log-tail", hf_str(text)));
    assert_int_equal(publish_with(&line, &envelope, "k"), HF_ERR_TOO_LARGE);

    text[256] = '\0';
    envelope = (struct hf_envelope){.message_id = hf_str(text)};
    assert_int_equal(publish_with(&line, &envelope, "k"), HF_ERR_TOO_LARGE);
    envelope = (struct hf_envelope){.priority = 0};
    assert_int_equal(publish_with(&line, &envelope, text), HF_ERR_TOO_LARGE);
    assert_true(hf_envelope_add_number(&envelope, text, 1));
    assert_int_equal(publish_with(&line, &envelope, "k"), HF_ERR_TOO_LARGE);
    (void)say_message(&line, 1, 1, 5, 1);
    line_close(&line);
}

static void channels_that_are_not_open_take_nothing(void **state)
{
    (void)state;
    struct line line;
    uint64_t sequence = 0;
    line_up(&line, hear_one_message);
    static const uint16_t others[] = {0, 3, HF_SESSION_CHANNELS_MAX, 65535};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(begin_message(&line, others[i], 1, 5, &sequence), HF_ERR_ILLEGAL);
        assert_int_equal(hf_session_ack(line.session, others[i], 1, false), HF_ERR_ILLEGAL);
        assert_int_equal(hf_session_cancel(line.session, others[i], "q"), HF_ERR_ILLEGAL);
    }
    (void)say_message(&line, 1, 1, 5, 1);
    line_close(&line);
}

static void stay_up(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_up(&broker, ssl, 60);
    broker_end(&broker);
}

static void a_message_of_the_room_left_is_taken_whole(void **state)
{
    (void)state;
    static unsigned char body[65536];
    struct line line;
    uint64_t sequence = 0;
    size_t taken = 0;
    line_up(&line, stay_up);
    const size_t size = hf_session_room(line.session) - 8192;
    assert_true(size >= 2 * HF_SESSION_FRAME_MAX && size <= sizeof body);
    assert_int_equal(begin_message(&line, 1, 1, size, &sequence), HF_ERR_OK);
    assert_int_equal(hf_session_publish_body(line.session, 1, body, size, &taken), HF_ERR_OK);
    assert_int_equal(taken, size);
    line_close(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefetch_comes_before_consume_and_every_answer_as_it_was_given),
        cmocka_unit_test(consumers_that_the_broker_has_granted_are_counted),
        cmocka_unit_test(bodies_of_any_size_arrive_whole_and_are_counted_by_channel),
        cmocka_unit_test(a_slow_broker_makes_us_wait_and_loses_nothing),
        cmocka_unit_test(a_body_is_exactly_as_long_as_announced),
        cmocka_unit_test(properties_that_amqp_cannot_carry_send_nothing_at_all),
        cmocka_unit_test(channels_that_are_not_open_take_nothing),
        cmocka_unit_test(a_message_of_the_room_left_is_taken_whole),
    };
    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
