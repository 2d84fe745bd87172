/* What a broker may say while a session is up, and the events that come of it. */
#include "line.h"

static struct broker broker;

static void check_text(struct hf_str text, const char *expected)
{
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.data, expected, text.len);
}

/* Deliveries. */

#define BODY_BYTES 50000

static unsigned char body_byte(size_t at)
{
    return (unsigned char)(at ^ (at >> 8));
}

static void deliver_in_pieces(mbedtls_ssl_context *ssl, int fd)
{
    static unsigned char body[BODY_BYTES];
    size_t at = 0;
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_USER_ID_FLAG,
        .message_id = amqp_literal_bytes("task-1"),
        .user_id = amqp_literal_bytes("manager"),
    };
    (void)fd;
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = body_byte(i);
    broker_up(&broker, ssl, 60);
    broker_deliver(&broker, 2, 77);
    broker_header(&broker, 2, BODY_BYTES, &properties);
    for (size_t len = 1; at < BODY_BYTES; len = len * 3 % (HF_SESSION_FRAME_MAX - 8) + 1) {
        const size_t piece = len < BODY_BYTES - at ? len : BODY_BYTES - at;
        broker_body(&broker, 2, body + at, piece);
        at += piece;
    }
    broker_end(&broker);
}

static void a_body_in_many_frames_arrives_whole_and_in_order(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    size_t at = 0;
    line_up(&line, deliver_in_pieces);
    line_expect(&line, HF_SESSION_DELIVERY, &event);
    assert_int_equal(event.channel, 2);
    assert_int_equal(event.tag, 77);
    assert_false(event.redelivered);
    assert_int_equal(event.body_size, BODY_BYTES);
    check_text(event.queue, "hf.q.tasks.default");
    check_text(event.envelope.message_id, "task-1");
    check_text(event.envelope.user_id, "manager");
    while (at < BODY_BYTES) {
        line_expect(&line, HF_SESSION_BODY, &event);
        for (size_t i = 0; i < event.bytes.len; i++)
            assert_int_equal((unsigned char)event.bytes.data[i], body_byte(at + i));
        at += event.bytes.len;
    }
    line_expect(&line, HF_SESSION_DELIVERED, &event);
    assert_int_equal(event.channel, 2);
    line_close(&line);
}

#define HEADERS_BYTES 100000

static void deliver_large_headers(mbedtls_ssl_context *ssl, int fd)
{
    static char text[HEADERS_BYTES];
    memset(text, 'a', sizeof text);
    amqp_table_entry_t entry = {.key = amqp_literal_bytes("x-large"),
                                .value = {.kind = AMQP_FIELD_KIND_UTF8}};
    entry.value.value.bytes = (amqp_bytes_t){sizeof text, text};
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_HEADERS_FLAG,
                                          .headers = {.num_entries = 1, .entries = &entry}};
    (void)fd;
    broker_up(&broker, ssl, 60);
    broker_deliver(&broker, 1, 1);
    broker_header(&broker, 1, 0, &properties);
    broker_end(&broker);
}

/* As a broker hands on what another client published in larger frames than ours. */
static void headers_larger_than_our_frames_arrive(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    line_up(&line, deliver_large_headers);
    line_expect(&line, HF_SESSION_DELIVERY, &event);
    line_expect(&line, HF_SESSION_DELIVERED, &event);
    line_close(&line);
}

static void deliver_empty(mbedtls_ssl_context *ssl, int fd)
{
    amqp_basic_deliver_t again = {.delivery_tag = 2, .redelivered = 1};
    (void)fd;
    broker_up(&broker, ssl, 60);
    broker_deliver(&broker, 1, 1);
    broker_header(&broker, 1, 0, NULL);
    broker_method(&broker, 1, AMQP_BASIC_DELIVER_METHOD, &again);
    broker_header(&broker, 1, 0, NULL);
    broker_end(&broker);
}

static void an_empty_body_is_complete_with_its_header(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    line_up(&line, deliver_empty);
    for (uint64_t tag = 1; tag <= 2; tag++) {
        line_expect(&line, HF_SESSION_DELIVERY, &event);
        check_text(event.queue, tag == 1 ? "hf.q.tasks.default" : "");
        assert_int_equal(event.tag, tag);
        assert_int_equal(event.body_size, 0);
        assert_int_equal(event.redelivered, tag == 2);
        assert_true(hf_session_deadline(line.session) == 0); /* the next event is there already */
        line_expect(&line, HF_SESSION_DELIVERED, &event);
    }
    line_close(&line);
}

static void deliver_on_two_channels(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_up(&broker, ssl, 60);
    broker_deliver(&broker, 1, 5);
    broker_deliver(&broker, 2, 5);
    broker_header(&broker, 2, 2, NULL);
    broker_header(&broker, 1, 3, NULL);
    broker_body(&broker, 1, "one", 3);
    broker_body(&broker, 2, "22", 2);
    broker_end(&broker);
}

static void channels_do_not_disturb_each_other(void **state)
{
    (void)state;
    static const struct {
        enum hf_session_event_kind kind;
        uint16_t channel;
        const char *text;
    } expected[] = {
        {HF_SESSION_DELIVERY, 2, ""},  {HF_SESSION_DELIVERY, 1, ""}, {HF_SESSION_BODY, 1, "one"},
        {HF_SESSION_DELIVERED, 1, ""}, {HF_SESSION_BODY, 2, "22"},   {HF_SESSION_DELIVERED, 2, ""},
    };
    struct line line;
    struct hf_session_event event;
    line_up(&line, deliver_on_two_channels);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        line_expect(&line, expected[i].kind, &event);
        assert_int_equal(event.channel, expected[i].channel);
        if (event.kind == HF_SESSION_BODY)
            check_text(event.bytes, expected[i].text);
    }
    line_close(&line);
}

/* Answers to what we publish. */

static void confirm(mbedtls_ssl_context *ssl, int fd)
{
    amqp_basic_ack_t ack = {.delivery_tag = 1}, many = {.delivery_tag = 4, .multiple = 1};
    amqp_basic_nack_t nack = {.delivery_tag = 5};
    (void)fd;
    broker_up(&broker, ssl, 60);
    broker_method(&broker, 1, AMQP_BASIC_ACK_METHOD, &ack);
    broker_method(&broker, 1, AMQP_BASIC_ACK_METHOD, &many);
    broker_method(&broker, 2, AMQP_BASIC_NACK_METHOD, &nack);
    broker_end(&broker);
}

static void confirms_come_one_by_one_and_many_at_once(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    line_up(&line, confirm);
    line_expect(&line, HF_SESSION_CONFIRMED, &event);
    assert_int_equal(event.sequence, 1);
    assert_false(event.multiple);
    line_expect(&line, HF_SESSION_CONFIRMED, &event);
    assert_int_equal(event.sequence, 4);
    assert_true(event.multiple);
    line_expect(&line, HF_SESSION_NACKED, &event);
    assert_int_equal(event.sequence, 5);
    assert_int_equal(event.channel, 2);
    line_close(&line);
}

static void return_then_ack(mbedtls_ssl_context *ssl, int fd)
{
    char text[200];
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_MESSAGE_ID_FLAG,
                                          .message_id = amqp_literal_bytes("task-9")};
    amqp_basic_return_t no_route = {.reply_code = 312,
                                    .reply_text = amqp_literal_bytes("NO_ROUTE")};
    amqp_basic_return_t wordy = {.reply_code = 313, .reply_text = {.bytes = text, .len = 200}};
    amqp_basic_ack_t ack = {.delivery_tag = 1};
    (void)fd;
    memset(text, 't', sizeof text);
    broker_up(&broker, ssl, 60);
    broker_method(&broker, 1, AMQP_BASIC_RETURN_METHOD, &no_route);
    broker_header(&broker, 1, 6, &properties);
    broker_body(&broker, 1, "result", 6);
    broker_method(&broker, 1, AMQP_BASIC_ACK_METHOD, &ack);
    broker_method(&broker, 1, AMQP_BASIC_RETURN_METHOD, &wordy);
    broker_header(&broker, 1, 0, &properties);
    broker_end(&broker);
}

static void what_comes_back_is_one_event_and_its_confirm_follows(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    line_up(&line, return_then_ack);
    line_expect(&line, HF_SESSION_RETURNED, &event);
    assert_int_equal(event.code, 312);
    check_text(event.text, "NO_ROUTE");
    check_text(event.envelope.message_id, "task-9");
    line_expect(&line, HF_SESSION_CONFIRMED, &event); /* the body that came back is no event */
    line_expect(&line, HF_SESSION_RETURNED, &event);
    assert_int_equal(event.code, 313);
    assert_int_equal(event.text.len, 127);
    line_close(&line);
}

/* What ends or pauses things. */

static void cancel(mbedtls_ssl_context *ssl, int fd)
{
    amqp_basic_cancel_t quiet = {.consumer_tag = amqp_literal_bytes("hf.q.tasks.default"),
                                 .nowait = 1};
    amqp_basic_cancel_t asking = {.consumer_tag = amqp_literal_bytes("hf.q.tasks.default")};
    (void)fd;
    broker_up(&broker, ssl, 60);
    broker_method(&broker, 1, AMQP_BASIC_CANCEL_METHOD, &quiet);
    broker_method(&broker, 2, AMQP_BASIC_CANCEL_METHOD, &asking);
    const amqp_basic_cancel_ok_t *reply = broker_expect(&broker, 2, AMQP_BASIC_CANCEL_OK_METHOD);
    peer_must(broker_same(reply->consumer_tag, "hf.q.tasks.default"), "consumer tag");
    broker_end(&broker);
}

static void a_consumer_that_is_cancelled_is_an_event_answered_if_asked_for(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    line_up(&line, cancel);
    line_expect(&line, HF_SESSION_CONSUMER_CANCELLED, &event);
    assert_int_equal(event.channel, 1);
    check_text(event.queue, "hf.q.tasks.default");
    line_expect(&line, HF_SESSION_CONSUMER_CANCELLED, &event);
    assert_int_equal(event.channel, 2);
    line_close(&line);
}

static void close_channel(mbedtls_ssl_context *ssl, int fd)
{
    amqp_channel_close_t close = {.reply_code = 404,
                                  .reply_text = amqp_literal_bytes("NOT_FOUND - no queue")};
    (void)fd;
    broker_up(&broker, ssl, 60);
    broker_deliver(&broker, 1, 1);
    broker_header(&broker, 1, 100, NULL);
    broker_method(&broker, 1, AMQP_CHANNEL_CLOSE_METHOD, &close);
    (void)broker_expect(&broker, 1, AMQP_CHANNEL_CLOSE_OK_METHOD);
    broker_body(&broker, 1, "late", 4);
    broker_deliver(&broker, 2, 1);
    broker_header(&broker, 2, 0, NULL);
    broker_end(&broker);
}

static void a_closed_channel_is_an_event_and_the_others_live_on(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    line_up(&line, close_channel);
    line_expect(&line, HF_SESSION_DELIVERY, &event);
    line_expect(&line, HF_SESSION_CHANNEL_CLOSED, &event);
    assert_int_equal(event.channel, 1);
    assert_int_equal(event.code, 404);
    check_text(event.text, "NOT_FOUND - no queue");
    assert_int_equal(hf_session_ack(line.session, 1, 1, false), HF_ERR_ILLEGAL);
    assert_int_equal(hf_session_consume(line.session, 1, "q", 1), HF_ERR_ILLEGAL);
    line_expect(&line, HF_SESSION_DELIVERY, &event); /* what came late is let be */
    assert_int_equal(event.channel, 2);
    line_expect(&line, HF_SESSION_DELIVERED, &event);
    assert_int_equal(hf_session_ack(line.session, 2, 1, false), HF_ERR_OK);
    line_close(&line);
}

static void block(mbedtls_ssl_context *ssl, int fd)
{
    amqp_connection_blocked_t blocked = {.reason = amqp_literal_bytes("low on memory")};
    amqp_connection_unblocked_t unblocked = {0};
    (void)fd;
    broker_up(&broker, ssl, 60);
    broker_method(&broker, 0, AMQP_CONNECTION_BLOCKED_METHOD, &blocked);
    broker_method(&broker, 0, AMQP_CONNECTION_UNBLOCKED_METHOD, &unblocked);
    broker_end(&broker);
}

static void a_broker_may_take_no_publishes_for_a_while(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    line_up(&line, block);
    line_expect(&line, HF_SESSION_BLOCKED, &event);
    check_text(event.text, "low on memory");
    assert_true(hf_session_is_blocked(line.session));
    line_expect(&line, HF_SESSION_UNBLOCKED, &event);
    assert_false(hf_session_is_blocked(line.session));
    line_close(&line);
}

static void stop_the_flow(mbedtls_ssl_context *ssl, int fd)
{
    amqp_channel_flow_t flow = {.active = 0};
    (void)fd;
    broker_up(&broker, ssl, 60);
    broker_method(&broker, 1, AMQP_CHANNEL_FLOW_METHOD, &flow);
    const amqp_channel_flow_ok_t *reply = broker_expect(&broker, 1, AMQP_CHANNEL_FLOW_OK_METHOD);
    peer_must(!reply->active, "flow-ok");
    broker_refuse(&broker, 320, "CONNECTION_FORCED - shutdown");
}

static void flow_is_answered_and_a_forced_close_told(void **state)
{
    (void)state;
    struct line line;
    line_up(&line, stop_the_flow);
    line_expect_down(&line, HF_ERR_AMQP_CONNECTION, "320 CONNECTION_FORCED - shutdown");
    line_free(&line);
    assert_int_equal(peer_end(&line.peer), PEER_PLAYED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_in_many_frames_arrives_whole_and_in_order),
        cmocka_unit_test(headers_larger_than_our_frames_arrive),
        cmocka_unit_test(an_empty_body_is_complete_with_its_header),
        cmocka_unit_test(channels_do_not_disturb_each_other),
        cmocka_unit_test(confirms_come_one_by_one_and_many_at_once),
        cmocka_unit_test(what_comes_back_is_one_event_and_its_confirm_follows),
        cmocka_unit_test(a_consumer_that_is_cancelled_is_an_event_answered_if_asked_for),
        cmocka_unit_test(a_closed_channel_is_an_event_and_the_others_live_on),
        cmocka_unit_test(a_broker_may_take_no_publishes_for_a_while),
        cmocka_unit_test(flow_is_answered_and_a_forced_close_told),
    };
    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
