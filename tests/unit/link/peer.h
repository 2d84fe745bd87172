#ifndef HF_TEST_LINK_PEER_H
#define HF_TEST_LINK_PEER_H

/*
 * The other side of a connection: a real TLS server, Mbed TLS's, in a child process on a port of
 * its own, that takes one connection and plays its part. What it finds wrong goes to stderr and
 * shows in its exit status. It never outlives PEER_LIFE_S.
 */

#include "certs.h"
#include "link/tls_platform.h"
#include "loopback.h"

#include <mbedtls/net_sockets.h>
#include <mbedtls/oid.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/x509_crt.h>
#include <poll.h>
#include <signal.h>

#define PEER_LIFE_S 30

enum peer_end { PEER_PLAYED, PEER_WRONG, PEER_NO_HANDSHAKE };

struct peer_setup {
    const char *cert;      /* file; NULL: server.pem */
    const char *client_ca; /* file: a client certificate by it is asked for; NULL: none is */
    bool judge_late;       /* and looked at after the handshake: `play` finds the verdict */
    bool any_usage;        /* sends a certificate that is not for a server, too */
    int version;           /* 12 or 13: that TLS only; 0: both */
    bool tickets;
    int receive_bytes; /* SO_RCVBUF; 0: the system's */
    int lives;         /* connections that it takes, one after the other; 0: one */
    void (*play)(mbedtls_ssl_context *ssl, int fd); /* after the handshake; NULL: until it ends */
    void (*raw)(int fd);                            /* instead of any TLS */
};

struct peer {
    pid_t pid;
    uint16_t port;
};

/* In the child. */

_Noreturn static inline void peer_fail(enum peer_end how, const char *what, int number)
{
    (void)fprintf(stderr, "the peer: %s (%d)\n", what, number);
    _exit(how);
}

static inline void peer_must(bool right, const char *what)
{
    if (!right)
        peer_fail(PEER_WRONG, what, errno);
}

static inline int peer_bio_send(void *context, const unsigned char *data, size_t len)
{
    const ssize_t sent = send(*(const int *)context, data, len, MSG_NOSIGNAL);
    return sent >= 0 ? (int)sent : MBEDTLS_ERR_NET_SEND_FAILED;
}

static inline int peer_bio_recv(void *context, unsigned char *data, size_t len)
{
    const ssize_t got = recv(*(const int *)context, data, len, 0);
    return got >= 0 ? (int)got : MBEDTLS_ERR_NET_RECV_FAILED;
}

/* All of it, or the test is over. */
static inline void peer_write(mbedtls_ssl_context *ssl, const void *data, size_t len)
{
    const unsigned char *from = data;
    while (len > 0) {
        const int sent = mbedtls_ssl_write(ssl, from, len);
        if (sent <= 0)
            peer_fail(PEER_WRONG, "cannot write", sent);
        from += sent;
        len -= (size_t)sent;
    }
}

/* Bytes read; 0 at the end, however it came. */
static inline size_t peer_read(mbedtls_ssl_context *ssl, void *data, size_t size)
{
    const int got = mbedtls_ssl_read(ssl, data, size);
    return got > 0 ? (size_t)got : 0;
}

static inline void peer_until_end(mbedtls_ssl_context *ssl)
{
    unsigned char data[1024];
    while (peer_read(ssl, data, sizeof data) > 0) {
    }
}

struct peer_tls {
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_ticket_context tickets;
    mbedtls_x509_crt cert, client_ca;
    int fd;
};

static inline void peer_configure(struct peer_tls *tls, const struct peer_setup *setup)
{
    mbedtls_ssl_config *config = &tls->config;
    mbedtls_ssl_config_init(config);
    mbedtls_ssl_init(&tls->ssl);
    mbedtls_x509_crt_init(&tls->cert);
    mbedtls_x509_crt_init(&tls->client_ca);
    mbedtls_ssl_ticket_init(&tls->tickets);
    int bad = mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_SERVER,
                                          MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_rng(config, hf_tls_random, NULL);
    bad |= mbedtls_x509_crt_parse_file(&tls->cert,
                                       certs_path(setup->cert ? setup->cert : "server.pem"));
    if (setup->any_usage)
        tls->cert.MBEDTLS_PRIVATE(ext_types) &= ~MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE;
    bad |= mbedtls_ssl_conf_own_cert(config, &tls->cert, &certs_leaf_key);
    if (setup->client_ca != NULL) {
        bad |= mbedtls_x509_crt_parse_file(&tls->client_ca, certs_path(setup->client_ca));
        mbedtls_ssl_conf_ca_chain(config, &tls->client_ca, NULL);
        mbedtls_ssl_conf_authmode(config, setup->judge_late ? MBEDTLS_SSL_VERIFY_OPTIONAL
                                                            : MBEDTLS_SSL_VERIFY_REQUIRED);
    }
    if (setup->version == 12)
        mbedtls_ssl_conf_max_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
    if (setup->version == 13)
        mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_3);
    if (setup->tickets) {
        bad |= mbedtls_ssl_ticket_setup(&tls->tickets, hf_tls_random, NULL,
                                        MBEDTLS_CIPHER_AES_256_GCM, 86400);
        mbedtls_ssl_conf_session_tickets_cb(config, mbedtls_ssl_ticket_write,
                                            mbedtls_ssl_ticket_parse, &tls->tickets);
    }
    bad |= mbedtls_ssl_setup(&tls->ssl, config);
    peer_must(bad == 0, "no TLS server");
}

_Noreturn static inline void peer_play_tls(int fd, const struct peer_setup *setup)
{
    static struct peer_tls tls;
    tls.fd = fd;
    peer_configure(&tls, setup);
    mbedtls_ssl_set_bio(&tls.ssl, &tls.fd, peer_bio_send, peer_bio_recv, NULL);
    if (mbedtls_ssl_handshake(&tls.ssl) != 0) {
        /* Its alert must arrive, and a close with bytes unread would be a reset in its place. */
        unsigned char rest[1024];
        (void)shutdown(fd, SHUT_WR);
        while (recv(fd, rest, sizeof rest, 0) > 0) {
        }
        _exit(PEER_NO_HANDSHAKE);
    }
    if (setup->play != NULL)
        setup->play(&tls.ssl, fd);
    else
        peer_until_end(&tls.ssl);
    _exit(PEER_PLAYED);
}

_Noreturn static inline void peer_take(int listener, const struct peer_setup *setup)
{
    const int fd = accept(listener, NULL, NULL);
    peer_must(fd >= 0, "no connection");
    (void)close(listener);
    if (setup->raw == NULL)
        peer_play_tls(fd, setup);
    setup->raw(fd);
    _exit(PEER_PLAYED);
}

/* All of them must end well but the last, whose end is the peer's. */
_Noreturn static inline void peer_live(int listener, const struct peer_setup *setup)
{
    (void)alarm(PEER_LIFE_S);
    for (int i = 1; i < setup->lives; i++) {
        int status = 0;
        const pid_t life = fork();
        if (life == 0) {
            (void)alarm(PEER_LIFE_S);
            peer_take(listener, setup);
        }
        peer_must(life > 0 && waitpid(life, &status, 0) == life && status == 0, "a life");
    }
    peer_take(listener, setup);
}

/* In the test. */

static inline void peer_start(struct peer *peer, const struct peer_setup *setup)
{
    const int listener = loopback_bind(&peer->port);
    assert_true(listener >= 0);
    if (setup->receive_bytes > 0)
        assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &setup->receive_bytes,
                                    sizeof setup->receive_bytes),
                         0);
    assert_int_equal(listen(listener, 1), 0);
    (void)fflush(NULL);
    peer->pid = fork();
    assert_true(peer->pid >= 0);
    if (peer->pid == 0)
        peer_live(listener, setup);
    (void)close(listener);
}

/* How it ended; waits for that. */
static inline int peer_end(const struct peer *peer)
{
    int status = 0;
    assert_int_equal(waitpid(peer->pid, &status, 0), peer->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* For one that would go on. */
static inline void peer_stop(const struct peer *peer)
{
    (void)kill(peer->pid, SIGKILL);
    (void)waitpid(peer->pid, NULL, 0);
}

#endif
