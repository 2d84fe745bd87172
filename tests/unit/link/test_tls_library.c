/* The TLS socket in rabbitmq-c's own way, with the library's waits. */
#include "client.h"
#include "link/clock.h"

#include <rabbitmq-c/framing.h>
#include <sys/time.h>

static int open_within(struct client *client, uint16_t port, int ms)
{
    const struct timeval most = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    return amqp_socket_open_noblock(client->socket, "localhost", port, &most);
}

static void the_plain_way_connects_sends_and_receives(void **state)
{
    (void)state;
    const struct peer_setup setup = {.client_ca = "board-ca.pem", .play = client_echo};
    struct client client;
    struct peer peer;
    amqp_frame_t frame;
    peer_start(&peer, &setup);
    client_new(&client, "board.pem");
    assert_string_equal(hf_tls_socket_version(client.socket), "");
    assert_int_equal(open_within(&client, peer.port, CLIENT_MS), AMQP_STATUS_OK);
    assert_int_equal(open_within(&client, peer.port, CLIENT_MS), AMQP_STATUS_SOCKET_INUSE);
    assert_int_equal(amqp_send_header(client.amqp), AMQP_STATUS_OK);
    assert_int_equal(amqp_simple_wait_frame(client.amqp, &frame), AMQP_STATUS_OK);
    assert_int_equal(frame.frame_type, 'A');
    assert_int_equal(frame.payload.protocol_header.protocol_version_minor, 1);
    client_free(&client);
    assert_int_equal(peer_end(&peer), PEER_PLAYED);
}

#define FRAME_BYTES 60000
#define FRAMES      16

static void take_frames(mbedtls_ssl_context *ssl, int fd)
{
    static unsigned char data[FRAMES * (FRAME_BYTES + 8)];
    size_t at = 0, got;
    (void)fd;
    while (at < sizeof data && (got = peer_read(ssl, data + at, 5000)) > 0) {
        at += got;
        (void)usleep(200);
    }
    peer_must(at == sizeof data, "not all came");
    for (size_t i = 0; i < FRAMES; i++) {
        const unsigned char *frame = data + i * (FRAME_BYTES + 8);
        peer_must(frame[0] == AMQP_FRAME_BODY && frame[FRAME_BYTES + 7] == AMQP_FRAME_END, "frame");
        for (size_t k = 0; k < FRAME_BYTES; k++)
            peer_must(frame[7 + k] == client_pattern(i + k), "a byte is not the one that was sent");
    }
    peer_until_end(ssl);
}

static void the_plain_way_waits_for_a_slow_reader(void **state)
{
    (void)state;
    static unsigned char data[FRAME_BYTES];
    struct client client;
    struct peer peer;
    client_connect_narrowly(&client, &peer, take_frames);
    for (size_t i = 0; i < FRAMES; i++) {
        for (size_t k = 0; k < FRAME_BYTES; k++)
            data[k] = client_pattern(i + k);
        amqp_frame_t frame = {.frame_type = AMQP_FRAME_BODY, .channel = 1};
        frame.payload.body_fragment = (amqp_bytes_t){.bytes = data, .len = sizeof data};
        assert_int_equal(amqp_send_frame(client.amqp, &frame), AMQP_STATUS_OK);
    }
    client_free(&client);
    assert_int_equal(peer_end(&peer), PEER_PLAYED);
}

static void stall(int fd)
{
    char hello[1024];
    while (read(fd, hello, sizeof hello) > 0) {
    }
    (void)pause();
}

static void check_times_out(struct client *client, uint16_t port, int ms)
{
    const int64_t began_ms = hf_clock_mono_ms();
    assert_int_equal(open_within(client, port, ms), AMQP_STATUS_TIMEOUT);
    assert_in_range(hf_clock_mono_ms() - began_ms, ms, ms + 700);
    assert_int_equal(hf_tls_socket_fault(client->socket)->err, HF_ERR_TIMED_OUT);
    assert_true(hf_tls_socket_fault(client->socket)->text[0] != '\0');
    assert_int_equal(amqp_get_sockfd(client->amqp), -1);
}

static void the_time_given_to_open_is_kept_whoever_stalls(void **state)
{
    (void)state;
    const struct peer_setup setup = {.raw = stall};
    struct client client;
    struct peer peer;
    uint16_t full_port = 0;
    int fds[LOOPBACK_FULL];
    peer_start(&peer, &setup);
    client_new(&client, NULL);
    check_times_out(&client, peer.port, 300);
    peer_stop(&peer);
    assert_true(loopback_full(&full_port, fds));
    check_times_out(&client, full_port, 300);
    loopback_close(fds, LOOPBACK_FULL);
    client_free(&client);
}

static void no_time_at_all_is_no_time_and_not_for_ever(void **state)
{
    (void)state;
    const struct peer_setup setup = {.raw = stall};
    struct client client;
    struct peer peer;
    peer_start(&peer, &setup);
    client_new(&client, NULL);
    check_times_out(&client, peer.port, 0);
    peer_stop(&peer);
    client_free(&client);
}

static void a_failed_open_tells_the_library_and_may_be_tried_again(void **state)
{
    (void)state;
    const struct peer_setup foreign = {.cert = "foreign.pem"}, right = {.play = client_echo};
    struct client client;
    struct peer peer;
    uint16_t nothing = 0;
    const int bound = loopback_bind(&nothing);
    client_new(&client, NULL);
    assert_int_equal(open_within(&client, nothing, CLIENT_MS), AMQP_STATUS_SOCKET_ERROR);
    assert_int_equal(hf_tls_socket_fault(client.socket)->err, HF_ERR_REFUSED);
    (void)close(bound);
    peer_start(&peer, &foreign);
    assert_int_equal(open_within(&client, peer.port, CLIENT_MS),
                     AMQP_STATUS_SSL_PEER_VERIFY_FAILED);
    assert_int_equal(hf_tls_socket_fault(client.socket)->err, HF_ERR_TLS_UNKNOWN_CA);
    assert_int_equal(peer_end(&peer), PEER_NO_HANDSHAKE);
    peer_start(&peer, &right);
    assert_int_equal(open_within(&client, peer.port, CLIENT_MS), AMQP_STATUS_OK);
    client_free(&client);
    assert_int_equal(peer_end(&peer), PEER_PLAYED);
}

static void the_name_to_find_may_differ_from_the_host_that_is_reached(void **state)
{
    (void)state;
    const struct peer_setup setup = {.cert = "elsewhere.pem"};
    struct client client;
    struct peer peer;
    peer_start(&peer, &setup);
    client_new(&client, NULL);
    client.socket = hf_tls_socket_new(client.amqp, client.tls, "broker.example", NULL);
    assert_int_equal(open_within(&client, peer.port, CLIENT_MS), AMQP_STATUS_OK);
    client_free(&client);
    assert_int_equal(peer_end(&peer), PEER_PLAYED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plain_way_connects_sends_and_receives),
        cmocka_unit_test(the_plain_way_waits_for_a_slow_reader),
        cmocka_unit_test(the_time_given_to_open_is_kept_whoever_stalls),
        cmocka_unit_test(no_time_at_all_is_no_time_and_not_for_ever),
        cmocka_unit_test(a_failed_open_tells_the_library_and_may_be_tried_again),
        cmocka_unit_test(the_name_to_find_may_differ_from_the_host_that_is_reached),
    };
    assert_int_equal(hf_tls_platform_init(NULL), HF_ERR_OK);
    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
