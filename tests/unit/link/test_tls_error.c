/* Each way in which a broker and a board cannot come together, with a real TLS server, and the
 * words that it is told in. */
#include "client.h"
#include "link/tls_error.h"

static void check_words(const struct hf_fault *fault, const char *const words[3])
{
    for (int i = 0; i < 3 && words[i] != NULL; i++) {
        if (strstr(fault->text, words[i]) == NULL)
            fail_msg("'%s' is not in '%s'", words[i], fault->text);
    }
}

/* The handshake and, when that went well, the first read. */
static enum hf_err meet(const struct peer_setup *setup, const char *our_cert,
                        struct hf_fault *fault)
{
    struct peer peer;
    struct client client;
    char data[16];
    size_t got = 0;
    hf_fault_clear(fault);
    peer_start(&peer, setup);
    client_new(&client, our_cert);
    enum hf_err err = client_handshake(&client, peer.port, "localhost", fault);
    if (err == HF_ERR_OK)
        err = client_read(&client, data, sizeof data, &got, fault);
    client_free(&client);
    (void)peer_end(&peer);
    return err;
}

static void check(struct peer_setup setup, const char *our_cert, enum hf_err expected,
                  const char *first, const char *second, const char *third)
{
    static const int versions[] = {13, 12};
    for (int i = 0; i < 2; i++) {
        struct hf_fault fault;
        setup.version = versions[i];
        const enum hf_err err = meet(&setup, our_cert, &fault);
        if (err != expected)
            fail_msg("TLS 1.%d: %s instead of %s: %s", versions[i] - 10, hf_err_name(err),
                     hf_err_name(expected), fault.text);
        assert_int_equal(fault.err, expected);
        check_words(&fault, (const char *[]){first, second, third});
    }
}

/* The broker's certificate. */

static void a_foreign_ca_is_named(void **state)
{
    (void)state;
    check((struct peer_setup){.cert = "foreign.pem"}, NULL, HF_ERR_TLS_UNKNOWN_CA, "localhost",
          "'CN=other-ca, O=Holdfast'", "tls.ca");
}

static void a_wrong_name_is_told_with_the_right_ones(void **state)
{
    (void)state;
    check((struct peer_setup){.cert = "elsewhere.pem"}, NULL, HF_ERR_TLS_WRONG_NAME,
          "broker.example", "2001:db8:0:0:0:0:0:7", "not for localhost");
}

static void an_expired_certificate_is_told_with_its_date(void **state)
{
    (void)state;
    check((struct peer_setup){.cert = "expired.pem"}, NULL, HF_ERR_TLS_EXPIRED,
          "expired at 2024-07-03 09:46:40 UTC", "renew it", "clock");
}

static void one_that_is_not_valid_yet_asks_for_the_clock(void **state)
{
    (void)state;
    check((struct peer_setup){.cert = "future.pem"}, NULL, HF_ERR_TLS_NOT_YET_VALID,
          "not valid before 2096-10-01 07:06:40 UTC", "clock may be behind", NULL);
}

static void a_clients_certificate_does_not_pass_for_a_brokers(void **state)
{
    (void)state;
    check((struct peer_setup){.cert = "client.pem", .any_usage = true}, NULL, HF_ERR_TLS,
          "may not serve as a TLS server's", "localhost", NULL);
}

static mbedtls_x509_crt *load(const char *name)
{
    static mbedtls_x509_crt cert;
    mbedtls_x509_crt_free(&cert);
    mbedtls_x509_crt_init(&cert);
    assert_int_equal(mbedtls_x509_crt_parse_file(&cert, certs_path(name)), 0);
    return &cert;
}

static void the_date_is_that_of_the_certificate_at_fault(void **state)
{
    (void)state;
    struct hf_tls_peer peer = {.flags = 0};
    struct hf_fault fault;
    /* In Mbed TLS's order: the authority first, the broker's own last. */
    hf_tls_peer_note(&peer, load("old-ca.pem"), 1, MBEDTLS_X509_BADCERT_EXPIRED);
    hf_tls_peer_note(&peer, load("old.pem"), 0, 0);
    assert_int_equal(hf_tls_verify_fault(&peer, "localhost", &fault), HF_ERR_TLS_EXPIRED);
    assert_non_null(strstr(fault.text, "expired at 2024-07-03"));
    assert_int_equal(peer.until_s, CERTS_PASSED);

    memset(&peer, 0, sizeof peer);
    hf_tls_peer_note(&peer, load("ca.pem"), 1, 0);
    hf_tls_peer_note(&peer, load("expired.pem"), 0, MBEDTLS_X509_BADCERT_EXPIRED);
    assert_int_equal(hf_tls_verify_fault(&peer, "localhost", &fault), HF_ERR_TLS_EXPIRED);
    assert_non_null(strstr(fault.text, "expired at 2024-07-03"));
    mbedtls_x509_crt_free(load("ca.pem"));
}

static void a_foreign_ca_outweighs_whatever_else_is_wrong(void **state)
{
    (void)state;
    struct hf_tls_peer peer = {.flags = 0};
    hf_tls_peer_note(&peer, load("expired.pem"), 0,
                     MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_NOT_TRUSTED |
                         MBEDTLS_X509_BADCERT_CN_MISMATCH);
    assert_int_equal(hf_tls_verify_fault(&peer, "x", NULL), HF_ERR_TLS_UNKNOWN_CA);
    mbedtls_x509_crt_free(load("ca.pem"));
}

static void names_too_long_to_show_are_cut_and_not_left_out(void **state)
{
    (void)state;
    char name[64];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct hf_tls_peer peer = {.flags = 0};
    certs_authority(name, (struct certs_span){.from_s = time(NULL)});
    char file[80];
    (void)snprintf(file, sizeof file, "%s.pem", name);
    mbedtls_x509_crt *cert = load(file);
    /* Of an organisation with a name as long as its authority's. */
    cert->issuer.next->val = cert->issuer.val;
    hf_tls_peer_note(&peer, cert, 0, 0);
    assert_non_null(strstr(peer.issuer, name));
    assert_in_range(strlen(peer.issuer), 60, sizeof peer.issuer - 1);
    mbedtls_x509_crt_free(load("ca.pem"));
}

/* Our certificate. With TLS 1.3 a broker's verdict comes after our handshake is done (RFC 8446,
 * 4.4.2.4). Mbed TLS's own server protects that alert with the wrong keys, so the peer takes the
 * certificate at first and judges it as RabbitMQ does. */

static void judge(mbedtls_ssl_context *ssl, int fd)
{
    const uint32_t flags = mbedtls_ssl_get_verify_result(ssl);
    const unsigned char alert = flags & MBEDTLS_X509_BADCERT_MISSING
                                    ? 116
                                    : (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED ? 48 : 43);
    if (flags == 0)
        return;
    (void)mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, alert);
    (void)shutdown(fd, SHUT_WR);
    peer_until_end(ssl);
}

static enum hf_err present(const char *our_cert, const char *their_ca, struct hf_fault *fault)
{
    const struct peer_setup setup = {
        .client_ca = their_ca, .judge_late = true, .version = 13, .play = judge};
    return meet(&setup, our_cert, fault);
}

static void a_broker_that_wants_a_certificate_says_so(void **state)
{
    (void)state;
    struct hf_fault fault;
    assert_int_equal(present(NULL, "board-ca.pem", &fault), HF_ERR_TLS_CERT_REQUIRED);
    check_words(&fault, (const char *[]){"localhost refused", "tls.cert and tls.key", NULL});
}

static void a_certificate_of_a_foreign_ca_is_refused_in_words(void **state)
{
    (void)state;
    struct hf_fault fault;
    const struct peer_setup older = {.client_ca = "board-ca.pem", .version = 12};
    assert_int_equal(present("stranger.pem", "board-ca.pem", &fault), HF_ERR_TLS_CERT_REFUSED);
    check_words(&fault, (const char *[]){"(unknown_ca)", "CA that the broker trusts", NULL});
    assert_int_equal(meet(&older, "stranger.pem", &fault), HF_ERR_TLS_CERT_REFUSED);
    check_words(&fault, (const char *[]){"(unknown_ca)", "CA that the broker trusts", NULL});
}

static void one_for_a_server_is_refused_too(void **state)
{
    (void)state;
    struct hf_fault fault;
    const struct peer_setup older = {.client_ca = "ca.pem", .version = 12};
    assert_int_equal(present("server.pem", "ca.pem", &fault), HF_ERR_TLS_CERT_REFUSED);
    check_words(&fault, (const char *[]){"not one for a client", NULL, NULL});
    assert_int_equal(meet(&older, "server.pem", &fault), HF_ERR_TLS_CERT_REFUSED);
}

static void the_right_one_is_taken(void **state)
{
    (void)state;
    struct hf_fault fault;
    const struct peer_setup older = {.client_ca = "board-ca.pem", .version = 12, .play = judge};
    assert_int_equal(present("board.pem", "board-ca.pem", &fault), HF_ERR_CLOSED);
    assert_int_equal(meet(&older, "board.pem", &fault), HF_ERR_CLOSED);
}

/* Alerts. */

static uint8_t alert_to_send;

static void send_alert(mbedtls_ssl_context *ssl, int fd)
{
    (void)mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, alert_to_send);
    (void)shutdown(fd, SHUT_WR);
    peer_until_end(ssl);
}

static void drain(int fd)
{
    char data[1024];
    (void)shutdown(fd, SHUT_WR);
    while (read(fd, data, sizeof data) > 0) {
    }
}

static void answer(int fd, const void *data, size_t len)
{
    char hello[1024];
    peer_must(read(fd, hello, sizeof hello) > 0, "no hello");
    peer_must(write(fd, data, len) == (ssize_t)len, "cannot write");
    drain(fd);
}

static void alert_the_hello(int fd)
{
    const uint8_t record[] = {21, 3, 3, 0, 2, 2, alert_to_send};
    answer(fd, record, sizeof record);
}

static void each_alert_of_a_broker_has_its_meaning(void **state)
{
    (void)state;
    static const struct {
        uint8_t alert;
        enum hf_err err;
        const char *word;
    } cases[] = {
        {41, HF_ERR_TLS_CERT_REQUIRED, "tls.cert"},
        {42, HF_ERR_TLS_CERT_REFUSED, "bad_certificate"},
        {43, HF_ERR_TLS_CERT_REFUSED, "not one for a client"},
        {44, HF_ERR_TLS_CERT_REFUSED, "enroll this board again"},
        {45, HF_ERR_TLS_CERT_REFUSED, "certificate_expired"},
        {46, HF_ERR_TLS_CERT_REFUSED, "certificate_unknown"},
        {48, HF_ERR_TLS_CERT_REFUSED, "unknown_ca"},
        {49, HF_ERR_TLS_CERT_REFUSED, "access_denied"},
        {70, HF_ERR_TLS_PROTOCOL, "protocol_version"},
        {80, HF_ERR_TLS, "TLS alert 80"},
        {112, HF_ERR_TLS_WRONG_NAME, "unrecognized_name"},
        {116, HF_ERR_TLS_CERT_REQUIRED, "tls.cert"},
    };
    const struct peer_setup after = {.play = send_alert}, amid = {.raw = alert_the_hello};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hf_fault fault;
        alert_to_send = cases[i].alert;
        assert_int_equal(meet(&after, NULL, &fault), cases[i].err);
        check_words(&fault, (const char *[]){cases[i].word, "localhost", NULL});
        assert_int_equal(meet(&amid, NULL, &fault), cases[i].err);
        check_words(&fault, (const char *[]){cases[i].word, "localhost", NULL});
    }
}

static void a_broker_that_ends_at_our_hello_has_nothing_in_common_with_us(void **state)
{
    (void)state;
    static const uint8_t alerts[] = {40, 71}; /* handshake_failure, insufficient_security */
    const struct peer_setup amid = {.raw = alert_the_hello};
    for (size_t i = 0; i < sizeof alerts; i++) {
        struct hf_fault fault;
        alert_to_send = alerts[i];
        assert_int_equal(meet(&amid, NULL, &fault), HF_ERR_TLS_PROTOCOL);
        check_words(&fault, (const char *[]){"localhost", "(X25519, P-256)", "P-384"});
    }
}

static void a_handshake_failure_after_our_hello_is_about_our_certificate(void **state)
{
    (void)state;
    struct hf_fault fault;
    const struct peer_setup after = {.play = send_alert};
    alert_to_send = 40;
    assert_int_equal(meet(&after, NULL, &fault), HF_ERR_TLS_PROTOCOL);
    check_words(&fault, (const char *[]){"localhost", "wants a client certificate", NULL});
}

/* No TLS at all. */

static void answer_http(int fd)
{
    static const char text[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    answer(fd, text, sizeof text - 1);
}

static void answer_amqp(int fd)
{
    answer(fd, "AMQP\0\0\x9\x1", 8);
}

/* A ServerHello of TLS 1.1, as far as it goes. */
static void answer_old_tls(int fd)
{
    unsigned char hello[5 + 42] = {22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2};
    hello[5 + 4 + 2 + 32] = 0;    /* no session id */
    hello[5 + 4 + 2 + 33] = 0xc0; /* ECDHE-ECDSA with AES-128-CBC */
    hello[5 + 4 + 2 + 34] = 0x09;
    answer(fd, hello, sizeof hello);
}

static void hang_up(int fd)
{
    drain(fd);
}

static void a_server_without_tls_is_told_apart(void **state)
{
    (void)state;
    struct hf_fault fault;
    const struct peer_setup http = {.raw = answer_http}, amqp = {.raw = answer_amqp};
    assert_int_equal(meet(&http, NULL, &fault), HF_ERR_TLS_PROTOCOL);
    check_words(&fault, (const char *[]){"localhost", "does not speak TLS", "5671"});
    assert_int_equal(meet(&amqp, NULL, &fault), HF_ERR_TLS_PROTOCOL);
    check_words(&fault, (const char *[]){"localhost", "does not speak TLS", "5671"});
}

static void an_older_tls_is_told_as_such(void **state)
{
    (void)state;
    struct hf_fault fault;
    const struct peer_setup setup = {.raw = answer_old_tls};
    assert_int_equal(meet(&setup, NULL, &fault), HF_ERR_TLS_PROTOCOL);
    check_words(&fault, (const char *[]){"localhost", "older", NULL});
}

static void one_that_hangs_up_at_once_is_closed_with_a_hint(void **state)
{
    (void)state;
    struct hf_fault fault;
    const struct peer_setup setup = {.raw = hang_up};
    assert_int_equal(meet(&setup, NULL, &fault), HF_ERR_CLOSED);
    check_words(&fault, (const char *[]){"localhost closed", "TLS handshake", "5671"});
}

static void break_the_record(mbedtls_ssl_context *ssl, int fd)
{
    (void)ssl;
    peer_must(write(fd, "HTTP/1.1 200 OK\r\n\r\n", 19) == 19, "cannot write");
    drain(fd);
}

static void nonsense_on_a_connection_that_stood_is_not_taken_for_a_wrong_port(void **state)
{
    (void)state;
    struct hf_fault fault;
    const struct peer_setup setup = {.play = break_the_record};
    assert_int_equal(meet(&setup, NULL, &fault), HF_ERR_TLS);
    check_words(&fault, (const char *[]){"localhost broke the TLS protocol", NULL, NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_foreign_ca_is_named),
        cmocka_unit_test(a_wrong_name_is_told_with_the_right_ones),
        cmocka_unit_test(an_expired_certificate_is_told_with_its_date),
        cmocka_unit_test(one_that_is_not_valid_yet_asks_for_the_clock),
        cmocka_unit_test(a_clients_certificate_does_not_pass_for_a_brokers),
        cmocka_unit_test(the_date_is_that_of_the_certificate_at_fault),
        cmocka_unit_test(a_foreign_ca_outweighs_whatever_else_is_wrong),
        cmocka_unit_test(names_too_long_to_show_are_cut_and_not_left_out),
        cmocka_unit_test(a_broker_that_wants_a_certificate_says_so),
        cmocka_unit_test(a_certificate_of_a_foreign_ca_is_refused_in_words),
        cmocka_unit_test(one_for_a_server_is_refused_too),
        cmocka_unit_test(the_right_one_is_taken),
        cmocka_unit_test(each_alert_of_a_broker_has_its_meaning),
        cmocka_unit_test(a_broker_that_ends_at_our_hello_has_nothing_in_common_with_us),
        cmocka_unit_test(a_handshake_failure_after_our_hello_is_about_our_certificate),
        cmocka_unit_test(a_server_without_tls_is_told_apart),
        cmocka_unit_test(an_older_tls_is_told_as_such),
        cmocka_unit_test(one_that_hangs_up_at_once_is_closed_with_a_hint),
        cmocka_unit_test(nonsense_on_a_connection_that_stood_is_not_taken_for_a_wrong_port),
    };
    assert_int_equal(hf_tls_platform_init(NULL), HF_ERR_OK);
    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
