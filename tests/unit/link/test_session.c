/* The life of a session: how it begins and how it ends. */
#include "line.h"

static struct broker broker;

static void stay_up(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_up(&broker, ssl, 60);
    broker_end(&broker);
}

static void say_nothing(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    peer_until_end(ssl);
}

static void stall(int fd)
{
    char hello[1024];
    while (read(fd, hello, sizeof hello) > 0) {
    }
}

static void a_session_may_be_begun_again_after_each_end(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    const struct peer_setup setup = {.play = stay_up, .lives = 2};
    line_prepare(&line);
    line_start(&line, &setup);
    line_expect(&line, HF_SESSION_UP, &event);
    assert_true(hf_session_is_up(line.session));
    assert_int_equal(hf_session_start(line.session, line_now(&line)), HF_ERR_ILLEGAL);
    hf_session_close(line.session, line_now(&line));
    line_expect_down(&line, HF_ERR_OK, "");
    assert_int_equal(hf_session_start(line.session, line_now(&line)), HF_ERR_OK);
    line_expect(&line, HF_SESSION_UP, &event);
    line_close(&line);
}

static void how_far_a_connection_has_come_only_grows_until_it_is_up(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    const struct peer_setup setup = {.play = stay_up};
    enum hf_session_stage before = HF_STAGE_RESOLVE;
    line_prepare(&line);
    line_start(&line, &setup);
    while (!line_event(&line, &event, 0)) {
        const enum hf_session_stage now = hf_session_stage(line.session);
        assert_in_range(now, before, HF_STAGE_CHANNELS);
        before = now;
        line_sleep(&line, LINE_MS);
    }
    assert_int_equal(event.kind, HF_SESSION_UP);
    assert_int_equal(hf_session_stage(line.session), HF_STAGE_UP);
    assert_in_range(before, HF_STAGE_TLS, HF_STAGE_CHANNELS); /* it was seen on its way */
    hf_session_close(line.session, line_now(&line));
    assert_int_equal(hf_session_stage(line.session), HF_STAGE_CLOSED);
    line_expect_down(&line, HF_ERR_OK, "");
    assert_int_equal(hf_session_stage(line.session), HF_STAGE_CLOSED);
    line_free(&line);
    assert_int_equal(peer_end(&line.peer), PEER_PLAYED);
}

static void the_next_start_may_go_to_another_broker(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    const struct peer_setup setup = {.play = stay_up}, other = {.play = stay_up};
    char name[HF_SESSION_FRAME_MAX];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    line_prepare(&line);
    line_start(&line, &setup);
    line_expect(&line, HF_SESSION_UP, &event);
    assert_int_equal(hf_session_aim(line.session, "localhost", 1, NULL), HF_ERR_ILLEGAL);
    hf_session_close(line.session, line_now(&line));
    line_expect_down(&line, HF_ERR_OK, "");
    assert_int_equal(peer_end(&line.peer), PEER_PLAYED);

    peer_start(&line.peer, &other);
    const uint16_t port = line.peer.port;
    assert_int_equal(hf_session_aim(line.session, "localhost", port, NULL), HF_ERR_OK);
    assert_int_equal(hf_session_aim(line.session, name, port, NULL), HF_ERR_TOO_LARGE);
    assert_int_equal(hf_session_aim(line.session, "x", port, name), HF_ERR_TOO_LARGE);
    assert_int_equal(hf_session_aim(line.session, "", port, "x"), HF_ERR_INVALID);
    assert_int_equal(hf_session_aim(line.session, "x", 0, NULL), HF_ERR_INVALID);
    assert_int_equal(hf_session_start(line.session, line_now(&line)), HF_ERR_OK);
    line_expect(&line, HF_SESSION_UP, &event);
    line_close(&line);
}

/* How it does not come up. */

static void a_port_where_nothing_listens_is_told_and_nothing_asked_for_after_it(void **state)
{
    (void)state;
    struct line line;
    const int bound = loopback_bind(&line.peer.port);
    const uint16_t port = line.peer.port;
    line_prepare(&line);
    line.config.port = port;
    line_start(&line, NULL);
    line_expect_down(&line, HF_ERR_REFUSED, "is the broker up");
    line_free(&line);
    (void)close(bound);
}

static void a_foreign_broker_is_told(void **state)
{
    (void)state;
    struct line line;
    const struct peer_setup setup = {.cert = "foreign.pem"};
    line_prepare(&line);
    line_start(&line, &setup);
    line_fails(&line, HF_ERR_TLS_UNKNOWN_CA, "other-ca");
}

static void ask_for_a_certificate(mbedtls_ssl_context *ssl, int fd)
{
    (void)mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, 116);
    (void)shutdown(fd, SHUT_WR);
    peer_until_end(ssl);
}

static void a_certificate_that_is_required_is_told_although_the_handshake_was_done(void **state)
{
    (void)state;
    struct line line;
    const struct peer_setup setup = {.play = ask_for_a_certificate, .version = 13};
    line_prepare(&line);
    line_start(&line, &setup);
    line_fails(&line, HF_ERR_TLS_CERT_REQUIRED, "tls.cert");
}

static void a_handshake_that_stalls_is_given_up_in_time(void **state)
{
    (void)state;
    struct line line;
    const struct peer_setup setup = {.raw = stall};
    line_prepare(&line);
    line.config.tls_ms = 150;
    line_start(&line, &setup);
    line_fails(&line, HF_ERR_TIMED_OUT, "TLS handshake");
}

static void a_connect_that_stalls_is_given_up_in_time(void **state)
{
    (void)state;
    struct line line;
    uint16_t port = 0;
    int fds[LOOPBACK_FULL];
    assert_true(loopback_full(&port, fds));
    line_prepare(&line);
    line.config.port = port;
    line.config.connect_ms = 150;
    line_start(&line, NULL);
    line_expect_down(&line, HF_ERR_TIMED_OUT, "cannot reach 127.0.0.1");
    line_free(&line);
    loopback_close(fds, LOOPBACK_FULL);
}

/* How it ends. */

static void hang_up(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_up(&broker, ssl, 60);
}

static void a_broker_that_hangs_up_is_closed(void **state)
{
    (void)state;
    struct line line;
    line_up(&line, hang_up);
    line_fails(&line, HF_ERR_CLOSED, "localhost closed the connection");
}

static void last_words(mbedtls_ssl_context *ssl, int fd)
{
    const struct linger at_once = {.l_onoff = 1};
    amqp_connection_close_t close_it = {.reply_code = 320,
                                        .reply_text = amqp_literal_bytes("CONNECTION_FORCED")};
    broker_up(&broker, ssl, 60);
    broker_method(&broker, 0, AMQP_CONNECTION_CLOSE_METHOD, &close_it);
    (void)usleep(50000);
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)close(fd);
}

static void the_last_words_of_a_broker_that_is_gone_are_heard(void **state)
{
    (void)state;
    struct line line;
    line_up(&line, last_words);
    assert_int_equal(peer_end(&line.peer), PEER_PLAYED);
    assert_int_equal(hf_session_ack(line.session, 1, 1, false), HF_ERR_OK);
    line_expect_down(&line, HF_ERR_AMQP_CONNECTION, "320 CONNECTION_FORCED");
    line_free(&line);
}

static void ignore_goodbye(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_up(&broker, ssl, 60);
    (void)broker_expect(&broker, 1, AMQP_BASIC_ACK_METHOD);
    (void)broker_expect(&broker, 0, AMQP_CONNECTION_CLOSE_METHOD);
    peer_until_end(ssl);
}

static void a_goodbye_takes_what_is_buffered_along_and_is_not_waited_for_long(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    line_up(&line, ignore_goodbye);
    assert_int_equal(hf_session_ack(line.session, 1, 7, false), HF_ERR_OK);
    hf_session_close(line.session, line_now(&line));
    assert_int_equal(hf_session_ack(line.session, 1, 8, false), HF_ERR_ILLEGAL);
    assert_false(line_event(&line, &event, 20));
    line.ahead_ms += 2000;
    line_expect_down(&line, HF_ERR_OK, "");
    line_free(&line);
    assert_int_equal(peer_end(&line.peer), PEER_PLAYED);
}

/* Turns the session until poll() would wait, without waiting for its end. */
static void advance(struct line *line)
{
    struct hf_session_event event;
    (void)line_event(line, &event, 50);
}

static void it_may_be_closed_or_freed_at_any_time(void **state)
{
    (void)state;
    const struct peer_setup setups[] = {{.raw = stall}, {.play = say_nothing}, {.play = stay_up}};
    const int before = loopback_descriptors();
    for (size_t i = 0; i < 2 * (1 + sizeof setups / sizeof *setups); i++) {
        const struct peer_setup *setup = i < 2 ? NULL : &setups[i / 2 - 1];
        struct line line;
        uint16_t port = 0;
        int fds[LOOPBACK_FULL];
        assert_true(loopback_full(&port, fds));
        line_prepare(&line);
        line.config.port = port;
        line_start(&line, setup);
        advance(&line);
        if (i % 2 == 0) {
            hf_session_close(line.session, line_now(&line));
            line_expect_down(&line, HF_ERR_OK, "");
        }
        line_free(&line);
        loopback_close(fds, LOOPBACK_FULL);
        if (setup != NULL)
            (void)peer_end(&line.peer);
    }
    assert_int_equal(loopback_descriptors(), before);
    assert_true(loopback_no_children());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_may_be_begun_again_after_each_end),
        cmocka_unit_test(how_far_a_connection_has_come_only_grows_until_it_is_up),
        cmocka_unit_test(the_next_start_may_go_to_another_broker),
        cmocka_unit_test(a_port_where_nothing_listens_is_told_and_nothing_asked_for_after_it),
        cmocka_unit_test(a_foreign_broker_is_told),
        cmocka_unit_test(a_certificate_that_is_required_is_told_although_the_handshake_was_done),
        cmocka_unit_test(a_handshake_that_stalls_is_given_up_in_time),
        cmocka_unit_test(a_connect_that_stalls_is_given_up_in_time),
        cmocka_unit_test(a_broker_that_hangs_up_is_closed),
        cmocka_unit_test(the_last_words_of_a_broker_that_is_gone_are_heard),
        cmocka_unit_test(a_goodbye_takes_what_is_buffered_along_and_is_not_waited_for_long),
        cmocka_unit_test(it_may_be_closed_or_freed_at_any_time),
    };
    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
