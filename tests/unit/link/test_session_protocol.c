/* Brokers that break the protocol of AMQP 0-9-1 while a session is up. */
#include "line.h"

static struct broker broker;

/* Each begins with a delivery on channel 1 that is under way. */

static void too_long(void)
{
    broker_header(&broker, 1, 3, NULL);
    broker_body(&broker, 1, "four", 4);
}

static void header_without_method(void)
{
    broker_header(&broker, 1, 0, NULL);
    broker_header(&broker, 1, 0, NULL);
}

/* Its properties are not basic's: headers read from them would be an address of the peer's. */
static void header_of_another_class(void)
{
    static const unsigned char exchange[14] = {0, AMQP_EXCHANGE_CLASS, [11] = 1};
    broker_say(&broker, AMQP_FRAME_HEADER, 1, exchange, sizeof exchange);
}

/* Each word says that another one follows; basic's properties have one word. */
static void property_flags_of_many_words(void)
{
    static const unsigned char words[12 + 8] = {
        0, AMQP_BASIC_CLASS, [13] = 1, [15] = 1, [17] = 1, [18] = 0xff};
    broker_say(&broker, AMQP_FRAME_HEADER, 1, words, sizeof words);
}

static void body_without_header(void)
{
    broker_body(&broker, 1, "body", 4);
}

static void second_delivery_amid_the_first(void)
{
    broker_header(&broker, 1, 10, NULL);
    broker_deliver(&broker, 1, 2);
}

static void channel_never_opened(void)
{
    broker_deliver(&broker, 3, 1);
}

static void content_on_channel_0(void)
{
    broker_body(&broker, 0, "body", 4);
}

static void unknown_frame_type(void)
{
    broker_say(&broker, 5, 1, "what", 4);
}

static void garbage(void)
{
    peer_write(broker.ssl, "\xde\xad\xbe\xef\xde\xad\xbe\xef\xde\xad\xbe\xef", 12);
}

static void no_end_octet(void)
{
    peer_write(broker.ssl, "\x08\0\0\0\0\0\0\x01", 8);
}

static void frame_over_the_limit(void)
{
    peer_write(broker.ssl, "\x03\0\x01\0\x02\0\0", 7); /* 128 KB of body, as it says */
}

static void client_method(void)
{
    amqp_basic_qos_t qos = {0};
    broker_method(&broker, 1, AMQP_BASIC_QOS_METHOD, &qos);
}

static void late_login_method(void)
{
    amqp_connection_tune_t tune = {0};
    broker_method(&broker, 0, AMQP_CONNECTION_TUNE_METHOD, &tune);
}

static void (*breaking)(void);

static void play_breaking(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    broker_up(&broker, ssl, 60);
    broker_deliver(&broker, 1, 1);
    breaking();
    broker_end(&broker);
}

static void a_broken_protocol_ends_the_connection_with_what_broke_it(void **state)
{
    (void)state;
    static const struct {
        void (*what)(void);
        const char *words;
    } cases[] = {
        {too_long, "longer than announced"},
        {header_without_method, "header that nothing announced"},
        {header_of_another_class, "another class than basic"},
        {property_flags_of_many_words, "no AMQP frame"},
        {body_without_header, "body that nothing announced"},
        {second_delivery_amid_the_first, "amid another's body"},
        {channel_never_opened, "channel that was never opened"},
        {content_on_channel_0, "content on channel 0"},
        {unknown_frame_type, "unknown type"},
        {garbage, "no AMQP frame"},
        {no_end_octet, "no AMQP frame"},
        {frame_over_the_limit, "no AMQP frame"},
        {client_method, "unexpected method on a channel"},
        {late_login_method, "unexpected method on channel 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct line line;
        struct hf_session_event event;
        breaking = cases[i].what;
        line_up(&line, play_breaking);
        do {
            assert_true(line_event(&line, &event, LINE_MS));
        } while (event.kind != HF_SESSION_DOWN);
        assert_int_equal(event.fault.err, HF_ERR_AMQP);
        if (strstr(event.fault.text, cases[i].words) == NULL)
            fail_msg("'%s' is not in '%s'", cases[i].words, event.fault.text);
        line_free(&line);
        (void)peer_end(&line.peer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broken_protocol_ends_the_connection_with_what_broke_it),
    };
    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
