/* What keeps a session up: heartbeats, of 1 s here while the clock is put forward, in quiet times,
 * with a line that is stuck, and under a flood. */
#include "line.h"

static struct broker broker;

static void stay_up(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_up(&broker, ssl, 60);
    broker_end(&broker);
}

static void begin_with_beats(struct line *line, void (*play)(mbedtls_ssl_context *ssl, int fd))
{
    const struct peer_setup setup = {.play = play};
    struct hf_session_event event;
    line_prepare(line);
    line->config.heartbeat_s = 1;
    line_start(line, &setup);
    line_expect(line, HF_SESSION_UP, &event);
}

static void a_broker_that_falls_silent_is_given_up_after_two_beats(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    begin_with_beats(&line, stay_up);
    line.ahead_ms += 1500;
    assert_false(line_event(&line, &event, 1));
    assert_true(hf_session_deadline(line.session) - line_now(&line) <= 500);
    line.ahead_ms += 500;
    line_fails(&line, HF_ERR_HEARTBEAT, "nothing came from 127.0.0.1 for 2 s");
}

static void answer_beats(mbedtls_ssl_context *ssl, int fd)
{
    amqp_frame_t frame;
    (void)fd;
    broker_up(&broker, ssl, 1);
    for (int i = 0; i < 6; i++) {
        peer_must(broker_frame(&broker, &frame) && frame.frame_type == AMQP_FRAME_HEARTBEAT,
                  "no heartbeat");
        broker_say(&broker, AMQP_FRAME_HEARTBEAT, 0, NULL, 0);
    }
    broker_end(&broker);
}

static void beats_keep_both_sides_content(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    begin_with_beats(&line, answer_beats);
    for (int i = 0; i < 6; i++) {
        line.ahead_ms += 600; /* more than half a beat: one is due */
        assert_false(line_event(&line, &event, 60));
        assert_true(hf_session_is_up(line.session));
    }
    line_close(&line);
}

static void fill_the_line(struct line *line)
{
    static const char body[4096];
    const struct hf_envelope envelope = {.persistent = true};
    const struct hf_publish message = {
        .exchange = "x", .routing_key = "k", .envelope = &envelope, .body_size = sizeof body};
    struct hf_session_event event;
    struct pollfd ready;
    const int bytes = 8192;
    hf_session_pollfd(line->session, &ready);
    assert_int_equal(setsockopt(ready.fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), 0);
    for (int full = 0; full < 3;) {
        uint64_t sequence = 0;
        size_t taken = 0;
        if (hf_session_room(line->session) < 8192) {
            full++;
            assert_false(line_event(line, &event, 1));
            continue;
        }
        full = 0;
        assert_int_equal(hf_session_publish(line->session, 1, &message, &sequence), HF_ERR_OK);
        assert_int_equal(hf_session_publish_body(line->session, 1, body, sizeof body, &taken),
                         HF_ERR_OK);
        assert_int_equal(taken, sizeof body);
    }
}

static void a_line_that_is_stuck_is_waited_for_and_not_spun_on(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    struct pollfd ready;
    const struct peer_setup setup = {.play = stay_up, .receive_bytes = 16384};
    line_prepare(&line);
    line.config.heartbeat_s = 2;
    line_start(&line, &setup);
    line_expect(&line, HF_SESSION_UP, &event);
    (void)kill(line.peer.pid, SIGSTOP);
    fill_the_line(&line);
    line.ahead_ms += 1500; /* a beat is due, but no room for it */
    assert_int_equal(hf_session_next(line.session, line_now(&line), &event), HF_ERR_WOULD_READ);
    assert_true(hf_session_deadline(line.session) > line_now(&line));
    hf_session_pollfd(line.session, &ready);
    assert_int_equal(ready.events, POLLIN | POLLOUT);
    line.ahead_ms += 2600;
    line_expect_down(&line, HF_ERR_HEARTBEAT, "nothing came");
    line_free(&line);
    peer_stop(&line.peer);
}

/* A broker that sends without a pause. */

#define MUCH 1048576

static void send_much(mbedtls_ssl_context *ssl, int fd)
{
    static const char piece[4096];
    amqp_connection_unblocked_t sign = {0};
    amqp_frame_t frame;
    (void)fd;
    broker_up(&broker, ssl, 60);
    broker_deliver(&broker, 1, 1);
    broker_header(&broker, 1, MUCH, NULL);
    for (size_t at = 0; at < MUCH; at += sizeof piece)
        broker_body(&broker, 1, piece, sizeof piece);
    peer_must(broker_frame(&broker, &frame) && frame.frame_type == AMQP_FRAME_HEARTBEAT,
              "no heartbeat came while much was sent");
    broker_method(&broker, 0, AMQP_CONNECTION_UNBLOCKED_METHOD, &sign);
    broker_end(&broker);
}

/* Takes what comes until the session says that no more is to be had; slower than it is sent. True
 * when the broker's sign was among it. */
static bool take_slowly(struct line *line, size_t *bytes)
{
    struct hf_session_event event;
    bool signed_off = false;
    while (hf_session_next(line->session, line_now(line), &event) == HF_ERR_OK) {
        *bytes += event.kind == HF_SESSION_BODY ? event.bytes.len : 0;
        signed_off = signed_off || event.kind == HF_SESSION_UNBLOCKED;
        (void)usleep(300);
    }
    return signed_off;
}

static void much_input_leaves_others_their_turn_and_the_broker_its_beat(void **state)
{
    (void)state;
    struct line line;
    size_t got = 0;
    line_up(&line, send_much);
    (void)usleep(50000);
    assert_false(take_slowly(&line, &got));
    assert_in_range(got, 200 * 1024, 300 * 1024);
    assert_true(hf_session_deadline(line.session) <= line_now(&line));
    line.ahead_ms += 16000; /* past half a beat of 30 s */
    while (!take_slowly(&line, &got))
        line_sleep(&line, LINE_MS);
    assert_int_equal(got, MUCH);
    line_close(&line);
}

/* --- told what poll() says --- */

static struct pollfd poll_once(const struct line *line, int ms)
{
    struct pollfd ready;
    hf_session_pollfd(line->session, &ready);
    (void)poll(&ready, 1, ms);
    return ready;
}

static void answer_a_beat(mbedtls_ssl_context *ssl, int fd)
{
    amqp_connection_unblocked_t sign = {0};
    amqp_frame_t frame;
    (void)fd;
    broker_up(&broker, ssl, 60);
    peer_must(broker_frame(&broker, &frame) && frame.frame_type == AMQP_FRAME_HEARTBEAT,
              "no heartbeat");
    broker_method(&broker, 0, AMQP_CONNECTION_UNBLOCKED_METHOD, &sign);
    broker_end(&broker);
}

static void nothing_is_read_before_poll_says_that_there_is_something(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    struct pollfd ready = {0};
    line_up(&line, answer_a_beat);
    line.ahead_ms += 16000; /* past half a beat of 30 s */
    assert_int_equal(hf_session_next(line.session, line_now(&line), &event), HF_ERR_WOULD_READ);
    hf_session_polled(line.session, &ready);
    ready = poll_once(&line, LINE_MS);
    assert_int_equal(ready.revents, POLLIN);
    assert_int_equal(hf_session_next(line.session, line_now(&line), &event), HF_ERR_WOULD_READ);
    hf_session_polled(line.session, &ready);
    assert_int_equal(hf_session_next(line.session, line_now(&line), &event), HF_ERR_OK);
    assert_int_equal(event.kind, HF_SESSION_UNBLOCKED);
    assert_int_equal(hf_session_next(line.session, line_now(&line), &event), HF_ERR_WOULD_READ);
    ready = (struct pollfd){.revents = POLLIN};
    hf_session_polled(line.session, &ready);
    line_close(&line);
}

static void much_input_is_taken_whole_by_one_who_tells(void **state)
{
    (void)state;
    struct line line;
    size_t got = 0;
    bool over = false;
    line_up(&line, send_much);
    line.ahead_ms += 16000;
    for (int turns = 0; !over && turns < 100000; turns++) {
        const bool due = hf_session_deadline(line.session) <= line_now(&line);
        const struct pollfd ready = poll_once(&line, due ? 0 : LINE_MS);
        hf_session_polled(line.session, &ready);
        over = take_slowly(&line, &got);
    }
    assert_true(over);
    assert_int_equal(got, MUCH);
    line_close(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broker_that_falls_silent_is_given_up_after_two_beats),
        cmocka_unit_test(beats_keep_both_sides_content),
        cmocka_unit_test(a_line_that_is_stuck_is_waited_for_and_not_spun_on),
        cmocka_unit_test(much_input_leaves_others_their_turn_and_the_broker_its_beat),
        cmocka_unit_test(nothing_is_read_before_poll_says_that_there_is_something),
        cmocka_unit_test(much_input_is_taken_whole_by_one_who_tells),
    };
    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
