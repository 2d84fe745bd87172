#ifndef HF_TEST_LINK_CLIENT_H
#define HF_TEST_LINK_CLIENT_H

/* Our side of a connection to a peer: a TLS socket driven as a poll() loop would. */

#include "link/dial.h"
#include "link/tls_socket.h"
#include "peer.h"

#define CLIENT_MS 10000

struct client {
    struct hf_tls_context *tls;
    amqp_connection_state_t amqp;
    amqp_socket_t *socket;
};

/* `cert`: file of our certificate, or NULL: none. */
static inline void client_new(struct client *client, const char *cert)
{
    struct hf_fault fault;
    const struct hf_tls_files files = {.ca = certs_path("ca.pem"),
                                       .cert = cert != NULL ? certs_path(cert) : NULL,
                                       .key = cert != NULL ? certs_path("leaf.key") : NULL};
    if (hf_tls_context_load(&files, &client->tls, &fault) != HF_ERR_OK)
        fail_msg("%s", fault.text);
    client->amqp = amqp_new_connection();
    client->socket = hf_tls_socket_new(client->amqp, client->tls, NULL, NULL);
    assert_non_null(client->socket);
}

static inline void client_free(struct client *client)
{
    (void)amqp_destroy_connection(client->amqp);
    hf_tls_context_free(client->tls);
}

/* Waits for what `err` asks for. */
static inline void client_wait(const struct client *client, enum hf_err err)
{
    struct pollfd ready = {.fd = amqp_get_sockfd(client->amqp),
                           .events = err == HF_ERR_WOULD_WRITE ? POLLOUT : POLLIN};
    assert_int_equal(poll(&ready, 1, CLIENT_MS), 1);
}

static inline enum hf_err client_handshake(struct client *client, uint16_t port, const char *name,
                                           struct hf_fault *fault)
{
    int fd = -1;
    assert_int_equal(hf_dial_wait("127.0.0.1", port, CLIENT_MS, &fd, fault), HF_ERR_OK);
    enum hf_err err = hf_tls_socket_adopt(client->socket, fd, name, fault);
    while (err == HF_ERR_OK) {
        err = hf_tls_socket_handshake(client->socket, fault);
        if (err != HF_ERR_WOULD_READ && err != HF_ERR_WOULD_WRITE)
            break;
        client_wait(client, err);
        err = HF_ERR_OK;
    }
    return err;
}

/* At least one byte, or why not. */
static inline enum hf_err client_read(struct client *client, void *out, size_t size, size_t *got,
                                      struct hf_fault *fault)
{
    enum hf_err err;
    while ((err = hf_tls_socket_read(client->socket, out, size, got, fault)) == HF_ERR_WOULD_READ)
        client_wait(client, err);
    return err;
}

/* `len` bytes, however they come. */
static inline void client_read_all(struct client *client, void *out, size_t len)
{
    struct hf_fault fault;
    for (size_t got = 0, at = 0; at < len; at += got) {
        if (client_read(client, (char *)out + at, len - at, &got, &fault) != HF_ERR_OK)
            fail_msg("%s", fault.text);
    }
}

/* A pattern in which a byte lost, doubled or moved shows. */
static inline unsigned char client_pattern(size_t at)
{
    return (unsigned char)(at ^ (at >> 8) ^ (at >> 16));
}

/* What the peer plays. */
static inline void client_echo(mbedtls_ssl_context *ssl, int fd)
{
    unsigned char data[4096];
    size_t got;
    (void)fd;
    while ((got = peer_read(ssl, data, sizeof data)) > 0)
        peer_write(ssl, data, got);
}

static inline void client_connect(struct client *client, struct peer *peer,
                                  const struct peer_setup *setup, const char *our_cert,
                                  const char *name)
{
    struct hf_fault fault;
    peer_start(peer, setup);
    client_new(client, our_cert);
    if (client_handshake(client, peer->port, name, &fault) != HF_ERR_OK)
        fail_msg("%s", fault.text);
}

/* Small buffers in the kernel, so that it is soon full. */
static inline void client_connect_narrowly(struct client *client, struct peer *peer,
                                           void (*play)(mbedtls_ssl_context *ssl, int fd))
{
    const struct peer_setup setup = {.play = play, .receive_bytes = 16384};
    const int bytes = 8192;
    client_connect(client, peer, &setup, NULL, "localhost");
    assert_int_equal(
        setsockopt(amqp_get_sockfd(client->amqp), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), 0);
}

#endif
