/* What travels over a TLS socket in a poll() loop. */
#include "client.h"

/* Private to rabbitmq-c, as the class of sockets is. */
ssize_t amqp_socket_send(amqp_socket_t *socket, const void *data, size_t len, int flags);

static void check_echo(struct client *client)
{
    char back[13];
    assert_int_equal(hf_tls_socket_buffer(client->socket, 4096, NULL), HF_ERR_OK);
    assert_int_equal(amqp_send_header(client->amqp), AMQP_STATUS_OK);
    assert_true(hf_tls_socket_unsent(client->socket));
    assert_int_equal(hf_tls_socket_flush(client->socket, NULL), HF_ERR_OK);
    assert_false(hf_tls_socket_unsent(client->socket));
    client_read_all(client, back, 8);
    assert_memory_equal(back, "AMQP\0\0\x9\x1", 8);
}

/* Handshakes. */

static void both_versions_of_tls_are_spoken_with_certificates_on_both_sides(void **state)
{
    (void)state;
    static const int versions[] = {13, 12};
    static const char *const texts[] = {"TLSv1.3", "TLSv1.2"};
    for (int i = 0; i < 2; i++) {
        const struct peer_setup setup = {
            .version = versions[i], .client_ca = "board-ca.pem", .play = client_echo};
        struct client client;
        struct peer peer;
        client_connect(&client, &peer, &setup, "board.pem", "localhost");
        assert_string_equal(hf_tls_socket_version(client.socket), texts[i]);
        assert_non_null(strstr(hf_tls_socket_cipher(client.socket), "TLS"));
        check_echo(&client);
        client_free(&client);
        assert_int_equal(peer_end(&peer), PEER_PLAYED);
    }
}

static void a_broker_may_be_named_by_its_address(void **state)
{
    (void)state;
    const struct peer_setup setup = {.play = client_echo};
    struct client client;
    struct peer peer;
    client_connect(&client, &peer, &setup, NULL, "127.0.0.1");
    check_echo(&client);
    client_free(&client);
    assert_int_equal(peer_end(&peer), PEER_PLAYED);
}

static void an_address_that_is_not_in_the_certificate_is_a_wrong_name(void **state)
{
    (void)state;
    const struct peer_setup setup = {.cert = "elsewhere.pem"};
    struct client client;
    struct peer peer;
    peer_start(&peer, &setup);
    client_new(&client, NULL);
    assert_int_equal(client_handshake(&client, peer.port, "127.0.0.1", NULL),
                     HF_ERR_TLS_WRONG_NAME);
    client_free(&client);
    assert_int_equal(peer_end(&peer), PEER_NO_HANDSHAKE);
}

static void session_tickets_are_no_error(void **state)
{
    (void)state;
    static const int versions[] = {13, 12};
    for (int i = 0; i < 2; i++) {
        const struct peer_setup setup = {
            .version = versions[i], .tickets = true, .play = client_echo};
        struct client client;
        struct peer peer;
        client_connect(&client, &peer, &setup, NULL, "localhost");
        check_echo(&client);
        client_free(&client);
        assert_int_equal(peer_end(&peer), PEER_PLAYED);
    }
}

static void without_a_name_there_is_no_connection(void **state)
{
    (void)state;
    struct client client;
    struct hf_fault fault;
    client_new(&client, NULL);
    const int before = loopback_descriptors();
    assert_int_equal(hf_tls_socket_adopt(client.socket, dup(0), "", &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "name"));
    assert_int_equal(loopback_descriptors(), before); /* the descriptor was taken over and closed */
    char name[300];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_null(hf_tls_socket_new(client.amqp, client.tls, name, &fault));
    assert_int_equal(fault.err, HF_ERR_INVALID);
    client_free(&client);
}

/* Data. */

#define MUCH 1048576 /* 1 MiB */

/* Reads little and late, so that our writes run into a full window. */
static void count_slowly(mbedtls_ssl_context *ssl, int fd)
{
    unsigned char data[3000];
    size_t at = 0, got;
    (void)fd;
    while (at < MUCH && (got = peer_read(ssl, data, sizeof data)) > 0) {
        for (size_t i = 0; i < got; i++)
            peer_must(data[i] == client_pattern(at + i), "a byte is not the one that was sent");
        at += got;
        if (at % 8 == 0)
            (void)usleep(300);
    }
    peer_must(at == MUCH, "not all came");
    peer_write(ssl, "all", 3);
    peer_until_end(ssl);
}

/* Appends pattern bytes as rabbitmq-c appends a frame; how many. */
static size_t append(struct client *client, size_t at, size_t len)
{
    unsigned char data[8192];
    for (size_t i = 0; i < len; i++)
        data[i] = client_pattern(at + i);
    for (size_t done = 0; done < len;) {
        const ssize_t sent = amqp_socket_send(client->socket, data + done, len - done, 0);
        assert_true(sent > 0);
        done += (size_t)sent;
    }
    return len;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void a_slow_reader_gets_every_byte_once(void **state)
{
    (void)state;
    struct client client;
    struct peer peer;
    char all[3];
    size_t at = 0;
    int stalls = 0;
    client_connect_narrowly(&client, &peer, count_slowly);
    assert_int_equal(hf_tls_socket_buffer(client.socket, 16384, NULL), HF_ERR_OK);
    while (at < MUCH || hf_tls_socket_unsent(client.socket)) {
        const size_t piece = smaller(1 + at * 31 % 8191, hf_tls_socket_room(client.socket));
        at += append(&client, at, smaller(piece, MUCH - at));
        const enum hf_err err = hf_tls_socket_flush(client.socket, NULL);
        if (err != HF_ERR_OK) {
            assert_int_equal(err, HF_ERR_WOULD_WRITE);
            stalls++;
            if (stalls % 3 == 0)
                client_wait(&client, err);
        }
    }
    assert_true(stalls > 10);
    client_read_all(&client, all, 3);
    client_free(&client);
    assert_int_equal(peer_end(&peer), PEER_PLAYED);
}

static void what_is_appended_after_would_write_is_sent_once_and_after_it(void **state)
{
    (void)state;
    struct client client;
    struct peer peer;
    enum hf_err err;
    char all[3];
    size_t at = 0;
    client_connect_narrowly(&client, &peer, count_slowly);
    (void)kill(peer.pid, SIGSTOP);
    assert_int_equal(hf_tls_socket_buffer(client.socket, 8192, NULL), HF_ERR_OK);
    do { /* one byte in the buffer when the kernel takes no more */
        at += append(&client, at, 1);
        err = hf_tls_socket_flush(client.socket, NULL);
    } while (err == HF_ERR_OK && at < MUCH);
    assert_int_equal(err, HF_ERR_WOULD_WRITE);
    at += append(&client, at, 5000);
    assert_int_equal(hf_tls_socket_flush(client.socket, NULL), HF_ERR_WOULD_WRITE);
    at += append(&client, at, 3000);
    (void)kill(peer.pid, SIGCONT);
    while (at < MUCH || hf_tls_socket_unsent(client.socket)) {
        if ((err = hf_tls_socket_flush(client.socket, NULL)) == HF_ERR_WOULD_WRITE)
            client_wait(&client, err);
        at += append(&client, at,
                     smaller(smaller(8192, MUCH - at), hf_tls_socket_room(client.socket)));
    }
    client_read_all(&client, all, 3);
    client_free(&client);
    assert_int_equal(peer_end(&peer), PEER_PLAYED);
}

static void send_records(mbedtls_ssl_context *ssl, int fd)
{
    unsigned char data[4000];
    (void)fd;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = client_pattern(i);
    peer_write(ssl, data, sizeof data);
    peer_until_end(ssl);
}

static void bytes_that_wait_inside_tls_come_without_polling(void **state)
{
    (void)state;
    const struct peer_setup setup = {.play = send_records};
    struct client client;
    struct peer peer;
    unsigned char data[4000];
    size_t got = 0, at;
    client_connect(&client, &peer, &setup, NULL, "localhost");
    assert_int_equal(client_read(&client, data, 7, &got, NULL), HF_ERR_OK);
    for (at = got; at < sizeof data; at += got)
        assert_int_equal(
            hf_tls_socket_read(client.socket, data + at, smaller(7, sizeof data - at), &got, NULL),
            HF_ERR_OK);
    for (size_t i = 0; i < sizeof data; i++)
        assert_int_equal(data[i], client_pattern(i));
    assert_int_equal(hf_tls_socket_read(client.socket, data, 7, &got, NULL), HF_ERR_WOULD_READ);
    client_free(&client);
    assert_int_equal(peer_end(&peer), PEER_PLAYED);
}

/* Ends. */

static void say_goodbye(mbedtls_ssl_context *ssl, int fd)
{
    (void)fd;
    (void)mbedtls_ssl_close_notify(ssl);
}

static void reset(mbedtls_ssl_context *ssl, int fd)
{
    const struct linger at_once = {.l_onoff = 1};
    (void)ssl;
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)close(fd);
}

static void leave(mbedtls_ssl_context *ssl, int fd)
{
    (void)ssl;
    (void)close(fd);
}

static void every_end_of_the_other_side_is_closed(void **state)
{
    (void)state;
    void (*const ends[])(mbedtls_ssl_context *, int) = {say_goodbye, reset, leave};
    for (int i = 0; i < 3; i++) {
        const struct peer_setup setup = {.play = ends[i]};
        struct client client;
        struct peer peer;
        struct hf_fault fault;
        char data[8];
        size_t got = 0;
        client_connect(&client, &peer, &setup, NULL, "localhost");
        assert_int_equal(peer_end(&peer), PEER_PLAYED);
        assert_int_equal(client_read(&client, data, sizeof data, &got, &fault), HF_ERR_CLOSED);
        assert_string_equal(fault.text, "localhost closed the connection");
        client_free(&client);
    }
}

static void writing_to_one_that_is_gone_is_an_error_and_no_signal(void **state)
{
    (void)state;
    const struct peer_setup setup = {.play = reset};
    struct client client;
    struct peer peer;
    client_connect(&client, &peer, &setup, NULL, "localhost");
    assert_int_equal(peer_end(&peer), PEER_PLAYED);
    assert_int_equal(hf_tls_socket_buffer(client.socket, 4096, NULL), HF_ERR_OK);
    (void)append(&client, 0, 100);
    assert_int_equal(hf_tls_socket_flush(client.socket, NULL), HF_ERR_CLOSED);
    (void)append(&client, 0, 100);
    assert_int_equal(hf_tls_socket_flush(client.socket, NULL), HF_ERR_CLOSED);
    client_free(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_versions_of_tls_are_spoken_with_certificates_on_both_sides),
        cmocka_unit_test(a_broker_may_be_named_by_its_address),
        cmocka_unit_test(an_address_that_is_not_in_the_certificate_is_a_wrong_name),
        cmocka_unit_test(session_tickets_are_no_error),
        cmocka_unit_test(without_a_name_there_is_no_connection),
        cmocka_unit_test(a_slow_reader_gets_every_byte_once),
        cmocka_unit_test(what_is_appended_after_would_write_is_sent_once_and_after_it),
        cmocka_unit_test(bytes_that_wait_inside_tls_come_without_polling),
        cmocka_unit_test(every_end_of_the_other_side_is_closed),
        cmocka_unit_test(writing_to_one_that_is_gone_is_an_error_and_no_signal),
    };
    assert_int_equal(hf_tls_platform_init(NULL), HF_ERR_OK);
    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
