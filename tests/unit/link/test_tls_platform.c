/* Whole handshakes in memory, with a broker whose certificate begins or ends when a test says. */
#include "../cmocka_all.h"
#include "link/tls_platform.h"
#include "link/tls_socket.h"
#include "pki/issue.h"
#include "pki/key.h"

#include <fcntl.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DAY_S   INT64_C(86400)
#define LEAF_S  (HF_PKI_LEAF_DAYS * DAY_S)
#define SUBJECT "CN=Test CA,O=Holdfast"

struct broker {
    char folder[64];
    char ca_path[80];
    mbedtls_pk_context ca_key, key;
    mbedtls_x509_crt cert;
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
    int fd;
};

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void issue(struct broker *broker, enum hf_pki_kind kind, int64_t now_s, char *pem)
{
    struct hf_pki_names names = {0};
    hf_pki_names_add(&names, "localhost", NULL);
    const bool ca = kind == HF_PKI_CA;
    const struct hf_pki_request request = {.kind = kind,
                                           .common_name = ca ? "Test CA" : "broker",
                                           .names = ca ? NULL : &names,
                                           .now_s = now_s};
    assert_int_equal(hf_pki_issue(&request, ca ? &broker->ca_key : &broker->key, &broker->ca_key,
                                  ca ? NULL : SUBJECT, pem, NULL),
                     HF_ERR_OK);
}

/* A certificate that begins at `now_s` less HF_PKI_BACKDATE_S, under a CA that is old. */
static void start_broker(struct broker *broker, int64_t now_s)
{
    static char pem[HF_PKI_PEM_MAX];
    memset(broker, 0, sizeof *broker);
    (void)snprintf(broker->folder, sizeof broker->folder, "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(broker->folder));
    (void)snprintf(broker->ca_path, sizeof broker->ca_path, "%s/ca.pem", broker->folder);
    assert_int_equal(hf_pki_key_make(&broker->ca_key, NULL), HF_ERR_OK);
    assert_int_equal(hf_pki_key_make(&broker->key, NULL), HF_ERR_OK);

    const int64_t ca_s = time(NULL) - 1000 * DAY_S;
    issue(broker, HF_PKI_CA, ca_s > HF_PKI_CLOCK_MIN_S ? ca_s : HF_PKI_CLOCK_MIN_S, pem);
    put(broker->ca_path, pem);

    issue(broker, HF_PKI_SERVER, now_s, pem);
    mbedtls_x509_crt_init(&broker->cert);
    assert_int_equal(
        mbedtls_x509_crt_parse(&broker->cert, (const unsigned char *)pem, strlen(pem) + 1), 0);
    mbedtls_ssl_config_init(&broker->config);
    mbedtls_ssl_init(&broker->ssl);
    assert_int_equal(mbedtls_ssl_config_defaults(&broker->config, MBEDTLS_SSL_IS_SERVER,
                                                 MBEDTLS_SSL_TRANSPORT_STREAM,
                                                 MBEDTLS_SSL_PRESET_DEFAULT),
                     0);
    mbedtls_ssl_conf_rng(&broker->config, hf_tls_random, NULL);
    assert_int_equal(mbedtls_ssl_conf_own_cert(&broker->config, &broker->cert, &broker->key), 0);
    assert_int_equal(mbedtls_ssl_setup(&broker->ssl, &broker->config), 0);
}

static void stop_broker(struct broker *broker)
{
    mbedtls_ssl_free(&broker->ssl);
    mbedtls_ssl_config_free(&broker->config);
    mbedtls_x509_crt_free(&broker->cert);
    mbedtls_pk_free(&broker->key);
    mbedtls_pk_free(&broker->ca_key);
    (void)unlink(broker->ca_path);
    (void)rmdir(broker->folder);
}

static int broker_send(void *context, const unsigned char *data, size_t len)
{
    const ssize_t sent = send(*(int *)context, data, len, MSG_NOSIGNAL);
    return sent < 0 ? MBEDTLS_ERR_SSL_WANT_WRITE : (int)sent;
}

static int broker_recv(void *context, unsigned char *data, size_t len)
{
    const ssize_t got = recv(*(int *)context, data, len, 0);
    return got < 0 ? MBEDTLS_ERR_SSL_WANT_READ : (int)got;
}

/* What the board's side of a handshake comes to. */
static enum hf_err shake_hands(struct broker *broker, int64_t *until_s, struct hf_fault *fault)
{
    int pair[2];
    struct hf_tls_context *context = NULL;
    const struct hf_tls_files files = {.ca = broker->ca_path};
    assert_int_equal(hf_tls_context_load(&files, &context, NULL), HF_ERR_OK);
    assert_int_equal(hf_tls_context_dates(context, NULL, NULL), HF_ERR_NOT_FOUND);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    broker->fd = pair[1];
    assert_int_equal(mbedtls_ssl_session_reset(&broker->ssl), 0);
    mbedtls_ssl_set_bio(&broker->ssl, &broker->fd, broker_send, broker_recv, NULL);

    amqp_connection_state_t amqp = amqp_new_connection();
    amqp_socket_t *socket = hf_tls_socket_new(amqp, context, NULL, NULL);
    assert_non_null(socket);
    enum hf_err err = hf_tls_socket_adopt(socket, pair[0], "localhost", fault);
    assert_int_equal(err, HF_ERR_OK);
    assert_true(hf_tls_socket_until(socket) == 0);
    for (int turn = 0; turn < 100; turn++) {
        err = hf_tls_socket_handshake(socket, fault);
        if (err != HF_ERR_WOULD_READ && err != HF_ERR_WOULD_WRITE)
            break;
        (void)mbedtls_ssl_handshake(&broker->ssl);
    }
    *until_s = hf_tls_socket_until(socket);
    (void)amqp_destroy_connection(amqp);
    (void)close(pair[1]);
    hf_tls_context_free(context);
    return err;
}

static enum hf_err outcome(int64_t issued_s, int64_t floor_s, bool trusted, struct hf_fault *fault)
{
    struct broker broker;
    int64_t until_s = 0;
    hf_tls_platform_set_floor(0, true);
    start_broker(&broker, issued_s);
    hf_tls_platform_set_floor(floor_s, trusted);
    assert_int_equal(hf_tls_platform_clock_trusted(), trusted);
    const enum hf_err err = shake_hands(&broker, &until_s, fault);
    hf_tls_platform_set_floor(0, true);
    assert_true(until_s == (err == HF_ERR_OK ? issued_s + LEAF_S : 0));
    stop_broker(&broker);
    return err;
}

static void a_certificate_in_date_is_taken_and_its_end_known(void **state)
{
    (void)state;
    assert_int_equal(outcome(time(NULL), 0, true, NULL), HF_ERR_OK);
    assert_int_equal(outcome(time(NULL), 0, false, NULL), HF_ERR_OK);
}

static void one_that_is_not_valid_yet_is_refused_when_the_clock_is_set(void **state)
{
    (void)state;
    struct hf_fault fault;
    assert_int_equal(outcome(time(NULL) + 40 * DAY_S, 0, true, &fault), HF_ERR_TLS_NOT_YET_VALID);
    assert_non_null(strstr(fault.text, "not valid before"));
}

static void one_that_is_not_valid_yet_is_taken_when_the_clock_is_unset(void **state)
{
    (void)state;
    assert_int_equal(outcome(time(NULL) + 40 * DAY_S, 0, false, NULL), HF_ERR_OK);
}

static void one_that_has_expired_by_the_floor_is_refused_whatever_the_clock(void **state)
{
    (void)state;
    struct hf_fault fault;
    const int64_t now_s = time(NULL);
    assert_int_equal(outcome(now_s, now_s + LEAF_S - DAY_S, false, NULL), HF_ERR_OK);
    assert_int_equal(outcome(now_s, now_s + LEAF_S + DAY_S, false, &fault), HF_ERR_TLS_EXPIRED);
    assert_non_null(strstr(fault.text, "expired at"));
    assert_int_equal(outcome(now_s, now_s + LEAF_S + DAY_S, true, NULL), HF_ERR_TLS_EXPIRED);
}

static void a_floor_in_the_past_does_not_hold_the_clock_back(void **state)
{
    (void)state;
    const int64_t issued_s = time(NULL) - LEAF_S - DAY_S;
    if (issued_s < HF_PKI_CLOCK_MIN_S)
        skip();
    assert_int_equal(outcome(issued_s, issued_s, false, NULL), HF_ERR_TLS_EXPIRED);
}

static void the_dates_of_our_own_certificate_are_known(void **state)
{
    (void)state;
    static char pem[HF_PKI_PEM_MAX];
    struct broker broker;
    struct hf_tls_context *context = NULL;
    char cert[96], key[96];
    int64_t from_s = 0, until_s = 0;
    const int64_t now_s = time(NULL);
    start_broker(&broker, now_s);
    (void)snprintf(cert, sizeof cert, "%s/cert.pem", broker.folder);
    (void)snprintf(key, sizeof key, "%s/cert.key", broker.folder);
    issue(&broker, HF_PKI_SERVER, now_s, pem);
    put(cert, pem);
    assert_int_equal(hf_pki_key_save(&broker.key, key, NULL), HF_ERR_OK);
    const struct hf_tls_files files = {.ca = broker.ca_path, .cert = cert, .key = key};
    assert_int_equal(hf_tls_context_load(&files, &context, NULL), HF_ERR_OK);
    assert_int_equal(hf_tls_context_dates(context, &from_s, &until_s), HF_ERR_OK);
    assert_true(from_s == now_s - HF_PKI_BACKDATE_S);
    assert_true(until_s == now_s + LEAF_S);
    hf_tls_context_free(context);
    (void)unlink(cert);
    (void)unlink(key);
    stop_broker(&broker);
}

int main(void)
{
    assert_int_equal(hf_tls_platform_init(NULL), HF_ERR_OK);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_in_date_is_taken_and_its_end_known),
        cmocka_unit_test(one_that_is_not_valid_yet_is_refused_when_the_clock_is_set),
        cmocka_unit_test(one_that_is_not_valid_yet_is_taken_when_the_clock_is_unset),
        cmocka_unit_test(one_that_has_expired_by_the_floor_is_refused_whatever_the_clock),
        cmocka_unit_test(a_floor_in_the_past_does_not_hold_the_clock_back),
        cmocka_unit_test(the_dates_of_our_own_certificate_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
