/* From the greeting to open channels, with brokers that do not always play along. */
#include "line.h"

static struct broker broker;

/* The way it should be. */

static const amqp_field_value_t *find(const amqp_table_t *table, const char *key)
{
    for (int i = 0; i < table->num_entries; i++) {
        if (broker_same(table->entries[i].key, key))
            return &table->entries[i].value;
    }
    return NULL;
}

static bool has_capability(const amqp_table_t *properties, const char *name)
{
    const amqp_field_value_t *found = find(properties, "capabilities");
    if (found == NULL || found->kind != AMQP_FIELD_KIND_TABLE)
        return false;
    found = find(&found->value.table, name);
    return found != NULL && found->kind == AMQP_FIELD_KIND_BOOLEAN && found->value.boolean;
}

static void look_at_start_ok(mbedtls_ssl_context *ssl, int fd)
{
    static const char *const wanted[] = {"authentication_failure_close", "basic.nack",
                                         "connection.blocked", "consumer_cancel_notify",
                                         "publisher_confirms"};
    amqp_connection_tune_t tune = {.channel_max = 2047, .frame_max = 131072, .heartbeat = 60};
    (void)fd;
    broker_begin(&broker, ssl);
    broker_greet(&broker, "AMQPLAIN EXTERNAL PLAIN");
    const amqp_connection_start_ok_t *reply =
        broker_expect(&broker, 0, AMQP_CONNECTION_START_OK_METHOD);
    peer_must(broker_same(reply->mechanism, "EXTERNAL") && reply->response.len == 0, "mechanism");
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        peer_must(has_capability(&reply->client_properties, wanted[i]), wanted[i]);
    const amqp_field_value_t *name = find(&reply->client_properties, "connection_name");
    peer_must(name != NULL && broker_same(name->value.bytes, "pi-1"), "name");
    broker_method(&broker, 0, AMQP_CONNECTION_TUNE_METHOD, &tune);
    const amqp_connection_tune_ok_t *tuned =
        broker_expect(&broker, 0, AMQP_CONNECTION_TUNE_OK_METHOD);
    peer_must(tuned->channel_max == HF_SESSION_CHANNELS_MAX &&
                  tuned->frame_max == HF_SESSION_FRAME_MAX && tuned->heartbeat == 30,
              "tune-ok");
    const amqp_connection_open_t *open = broker_expect(&broker, 0, AMQP_CONNECTION_OPEN_METHOD);
    peer_must(broker_same(open->virtual_host, "holdfast"), "vhost");
    broker_open(&broker, 2);
    broker_end(&broker);
}

static void the_client_says_what_it_is_and_can(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_facts facts;
    line_up(&line, look_at_start_ok);
    hf_session_facts(line.session, &facts);
    assert_string_equal(facts.broker, "Scripted 1.2.3");
    assert_string_equal(facts.address, "127.0.0.1");
    assert_string_equal(facts.tls_version, "TLSv1.3");
    assert_int_equal(facts.heartbeat_s, 30);
    assert_true(facts.certificates_until_s > 0);
    line_close(&line);
}

static void look_for_a_password(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_begin(&broker, ssl);
    broker_greet(&broker, "PLAIN");
    const amqp_connection_start_ok_t *reply =
        broker_expect(&broker, 0, AMQP_CONNECTION_START_OK_METHOD);
    peer_must(broker_same(reply->mechanism, "PLAIN"), "mechanism");
    peer_must(reply->response.len == 14 &&
                  memcmp(reply->response.bytes, "\0board\0sesame!", 14) == 0,
              "response");
    broker_refuse(&broker, 403, "ACCESS_REFUSED - that was only a look");
}

static void a_user_and_password_go_by_sasl_plain(void **state)
{
    (void)state;
    struct line line;
    const struct peer_setup setup = {.play = look_for_a_password};
    line_prepare(&line);
    line.config.user = "board";
    line.config.password = "sesame!";
    line_start(&line, &setup);
    line_expect_down(&line, HF_ERR_AMQP_LOGIN, "ACCESS_REFUSED - that was only a look");
    line_free(&line);
    assert_int_equal(peer_end(&line.peer), PEER_PLAYED);
}

static void ask_for_less(mbedtls_ssl_context *ssl, int fd)
{
    amqp_connection_tune_t tune = {.channel_max = 2, .frame_max = 4096, .heartbeat = 5};
    (void)fd;
    broker_begin(&broker, ssl);
    broker_greet(&broker, "EXTERNAL");
    (void)broker_expect(&broker, 0, AMQP_CONNECTION_START_OK_METHOD);
    broker_method(&broker, 0, AMQP_CONNECTION_TUNE_METHOD, &tune);
    const amqp_connection_tune_ok_t *tuned =
        broker_expect(&broker, 0, AMQP_CONNECTION_TUNE_OK_METHOD);
    peer_must(tuned->channel_max == 2 && tuned->frame_max == 4096 && tuned->heartbeat == 5,
              "tune-ok");
    (void)broker_expect(&broker, 0, AMQP_CONNECTION_OPEN_METHOD);
    broker_open(&broker, 2);
    broker_end(&broker);
}

static void a_broker_may_ask_for_less(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_facts facts;
    line_up(&line, ask_for_less);
    hf_session_facts(line.session, &facts);
    assert_int_equal(facts.heartbeat_s, 5);
    line_close(&line);
}

static void leave_the_heartbeat_to_us(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_up(&broker, ssl, 0);
    broker_end(&broker);
}

static void a_broker_without_an_opinion_gets_our_heartbeat(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_facts facts;
    line_up(&line, leave_the_heartbeat_to_us);
    hf_session_facts(line.session, &facts);
    assert_int_equal(facts.heartbeat_s, 30);
    line_close(&line);
}

static void open_no_channel(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_begin(&broker, ssl);
    broker_greet(&broker, "EXTERNAL");
    broker_tune(&broker, 60);
    broker_open(&broker, 0);
    broker_end(&broker);
}

static void a_session_without_channels_is_up_all_the_same(void **state)
{
    (void)state;
    struct line line;
    struct hf_session_event event;
    const struct peer_setup setup = {.play = open_no_channel};
    line_prepare(&line);
    line.config.channels = 0;
    line_start(&line, &setup);
    line_expect(&line, HF_SESSION_UP, &event);
    line_close(&line);
}

/* The ways in which it ends before it began. */

static void check_fails(void (*play)(mbedtls_ssl_context *ssl, int fd), enum hf_err err,
                        const char *words)
{
    struct line line;
    const struct peer_setup setup = {.play = play};
    line_prepare(&line);
    line_start(&line, &setup);
    line_fails(&line, err, words);
}

static void refuse_login(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_begin(&broker, ssl);
    broker_greet(&broker, "EXTERNAL");
    (void)broker_expect(&broker, 0, AMQP_CONNECTION_START_OK_METHOD);
    broker_refuse(&broker, 403, "ACCESS_REFUSED - Login was refused");
}

static void refuse_vhost(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_begin(&broker, ssl);
    broker_greet(&broker, "EXTERNAL");
    broker_tune(&broker, 60);
    broker_refuse(&broker, 530, "NOT_ALLOWED - vhost holdfast not found");
}

static void fail_inside(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_begin(&broker, ssl);
    broker_greet(&broker, "EXTERNAL");
    broker_tune(&broker, 60);
    broker_refuse(&broker, 541, "INTERNAL_ERROR");
}

static void a_refusal_is_told_in_the_brokers_words(void **state)
{
    (void)state;
    check_fails(refuse_login, HF_ERR_AMQP_LOGIN, "403 ACCESS_REFUSED - Login was refused");
    check_fails(refuse_vhost, HF_ERR_AMQP_LOGIN, "530 NOT_ALLOWED - vhost holdfast not found");
    check_fails(fail_inside, HF_ERR_AMQP_CONNECTION, "541 INTERNAL_ERROR");
}

static void offer_passwords_only(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_begin(&broker, ssl);
    broker_greet(&broker, "PLAIN XEXTERNAL EXTERNALX");
    broker_end(&broker);
}

static void a_broker_that_takes_no_certificate_for_a_login_gets_a_hint(void **state)
{
    (void)state;
    check_fails(offer_passwords_only, HF_ERR_AMQP_LOGIN, "rabbitmq_auth_mechanism_ssl");
}

static void allow_one_channel(mbedtls_ssl_context *ssl, int fd)
{
    amqp_connection_tune_t tune = {.channel_max = 1, .frame_max = 131072};
    (void)fd;
    broker_begin(&broker, ssl);
    broker_greet(&broker, "EXTERNAL");
    (void)broker_expect(&broker, 0, AMQP_CONNECTION_START_OK_METHOD);
    broker_method(&broker, 0, AMQP_CONNECTION_TUNE_METHOD, &tune);
    broker_end(&broker);
}

static void too_few_channels_are_told_with_the_numbers(void **state)
{
    (void)state;
    check_fails(allow_one_channel, HF_ERR_AMQP, "allows 1 channels, 2 are needed");
}

static void refuse_channel(mbedtls_ssl_context *ssl, int fd)
{
    amqp_connection_open_ok_t open_ok = {0};
    amqp_channel_close_t close = {.reply_code = 504,
                                  .reply_text = amqp_literal_bytes("CHANNEL_ERROR")};
    (void)fd;
    broker_begin(&broker, ssl);
    broker_greet(&broker, "EXTERNAL");
    broker_tune(&broker, 60);
    broker_method(&broker, 0, AMQP_CONNECTION_OPEN_OK_METHOD, &open_ok);
    (void)broker_expect(&broker, 1, AMQP_CHANNEL_OPEN_METHOD);
    broker_method(&broker, 1, AMQP_CHANNEL_CLOSE_METHOD, &close);
    broker_end(&broker);
}

static void a_channel_that_is_not_opened_ends_the_login_at_once(void **state)
{
    (void)state;
    check_fails(refuse_channel, HF_ERR_AMQP_CHANNEL, "channel 1: 504 CHANNEL_ERROR");
}

static void skip_ahead(mbedtls_ssl_context *ssl, int fd)
{
    amqp_connection_open_ok_t open_ok = {0};
    (void)fd;
    broker_begin(&broker, ssl);
    broker_greet(&broker, "EXTERNAL");
    broker_method(&broker, 0, AMQP_CONNECTION_OPEN_OK_METHOD, &open_ok);
    broker_end(&broker);
}

static void start_twice(mbedtls_ssl_context *ssl, int fd)
{
    amqp_connection_start_t start = {.mechanisms = amqp_literal_bytes("EXTERNAL")};
    (void)fd;
    broker_begin(&broker, ssl);
    broker_greet(&broker, "EXTERNAL");
    broker_method(&broker, 0, AMQP_CONNECTION_START_METHOD, &start);
    broker_end(&broker);
}

static void steps_out_of_their_turn_are_a_broken_protocol(void **state)
{
    (void)state;
    check_fails(skip_ahead, HF_ERR_AMQP, "AMQP_CONNECTION_OPEN_OK_METHOD out of its turn");
    check_fails(start_twice, HF_ERR_AMQP, "AMQP_CONNECTION_START_METHOD out of its turn");
}

static void speak_another_version(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    peer_write(ssl, "AMQP\0\0\x9\x2", 8);
    peer_until_end(ssl);
}

static void speak_http(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    peer_write(ssl, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
    peer_until_end(ssl);
}

static void another_version_or_protocol_is_told_apart(void **state)
{
    (void)state;
    check_fails(speak_another_version, HF_ERR_AMQP, "another version of AMQP than 0-9-1");
    check_fails(speak_http, HF_ERR_AMQP, "no AMQP frame");
}

static void say_nothing(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    peer_until_end(ssl);
}

static void stop_amid_the_login(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_begin(&broker, ssl);
    broker_greet(&broker, "EXTERNAL");
    broker_end(&broker);
}

static void a_broker_that_never_answers_is_given_up_in_time(void **state)
{
    (void)state;
    void (*const plays[])(mbedtls_ssl_context *, int) = {say_nothing, stop_amid_the_login};
    for (int i = 0; i < 2; i++) {
        struct line line;
        const struct peer_setup setup = {.play = plays[i]};
        line_prepare(&line);
        line.config.login_ms = 150;
        line_start(&line, &setup);
        const int64_t began_ms = hf_clock_mono_ms();
        line_expect_down(&line, HF_ERR_TIMED_OUT, "AMQP login");
        assert_in_range(hf_clock_mono_ms() - began_ms, 150, 1500);
        line_free(&line);
        (void)peer_end(&line.peer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_client_says_what_it_is_and_can),
        cmocka_unit_test(a_user_and_password_go_by_sasl_plain),
        cmocka_unit_test(a_broker_may_ask_for_less),
        cmocka_unit_test(a_broker_without_an_opinion_gets_our_heartbeat),
        cmocka_unit_test(a_session_without_channels_is_up_all_the_same),
        cmocka_unit_test(a_refusal_is_told_in_the_brokers_words),
        cmocka_unit_test(a_broker_that_takes_no_certificate_for_a_login_gets_a_hint),
        cmocka_unit_test(too_few_channels_are_told_with_the_numbers),
        cmocka_unit_test(a_channel_that_is_not_opened_ends_the_login_at_once),
        cmocka_unit_test(steps_out_of_their_turn_are_a_broken_protocol),
        cmocka_unit_test(another_version_or_protocol_is_told_apart),
        cmocka_unit_test(a_broker_that_never_answers_is_given_up_in_time),
    };
    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
