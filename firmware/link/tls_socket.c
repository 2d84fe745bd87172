#include "link/tls_socket.h"

#include "link/clock.h"
#include "link/dial.h"
#include "link/tls_error.h"
#include "link/tls_internal.h"
#include "link/tls_platform.h"
#include "wire/str.h"

#include <amqp_private.h>
#include <errno.h>
#include <limits.h>
#include <mbedtls/net_sockets.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAME_MAX_BYTES  256
#define OPEN_MS_DEFAULT 30000
#define OPEN_S_MAX      86400

struct tls_socket {
    const struct amqp_socket_class_t *klass; /* first: rabbitmq-c casts to struct amqp_socket_t_ */
    struct hf_tls_context *context;
    mbedtls_ssl_context ssl;
    int fd; /* -1: not open */
    bool secured;
    char name[NAME_MAX_BYTES]; /* as configured; empty: the host's */
    char peer_name[NAME_MAX_BYTES];
    struct hf_tls_peer peer;
    struct hf_fault fault;
    /* The send buffer: bytes [start, end) wait. Not used when size is 0. */
    unsigned char *out;
    size_t out_size, out_start, out_end;
    size_t in_flight; /* of them, what the last unfinished mbedtls_ssl_write was given */
};

static struct tls_socket *self_of(const amqp_socket_t *socket)
{
    return (struct tls_socket *)(uintptr_t)socket;
}

/* Mbed TLS <-> the descriptor. */

static int bio_result(ssize_t result, int would_block)
{
    if (result >= 0)
        return (int)result;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return would_block;
    if (errno == EPIPE || errno == ECONNRESET)
        return MBEDTLS_ERR_NET_CONN_RESET;
    return would_block == MBEDTLS_ERR_SSL_WANT_READ ? MBEDTLS_ERR_NET_RECV_FAILED
                                                    : MBEDTLS_ERR_NET_SEND_FAILED;
}

static int bio_send(void *context, const unsigned char *data, size_t len)
{
    const struct tls_socket *self = context;
    return bio_result(send(self->fd, data, len, MSG_NOSIGNAL), MBEDTLS_ERR_SSL_WANT_WRITE);
}

static int bio_recv(void *context, unsigned char *data, size_t len)
{
    const struct tls_socket *self = context;
    return bio_result(recv(self->fd, data, len, 0), MBEDTLS_ERR_SSL_WANT_READ);
}

static int note_peer(void *context, mbedtls_x509_crt *cert, int depth, uint32_t *flags)
{
    struct tls_socket *self = context;
    if (!hf_tls_platform_clock_trusted())
        *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_FUTURE;
    hf_tls_peer_note(&self->peer, cert, depth, *flags);
    return 0;
}

static enum hf_err failed(struct tls_socket *self, int code)
{
    if (code == MBEDTLS_ERR_NET_RECV_FAILED || code == MBEDTLS_ERR_NET_SEND_FAILED) {
        const int number = errno;
        return hf_fault_set(&self->fault, number == ETIMEDOUT ? HF_ERR_TIMED_OUT : HF_ERR_CLOSED,
                            number, "the link to %s broke: %s", self->peer_name, strerror(number));
    }
    return hf_tls_fault(&self->ssl, code, &self->peer, self->peer_name, &self->fault);
}

static enum hf_err outcome(struct tls_socket *self, int code)
{
    if (code == MBEDTLS_ERR_SSL_WANT_READ)
        return HF_ERR_WOULD_READ;
    if (code == MBEDTLS_ERR_SSL_WANT_WRITE)
        return HF_ERR_WOULD_WRITE;
    return failed(self, code);
}

static enum hf_err hand_over(const struct tls_socket *self, enum hf_err err, struct hf_fault *fault)
{
    if (fault != NULL && err != HF_ERR_OK && err != HF_ERR_WOULD_READ && err != HF_ERR_WOULD_WRITE)
        *fault = self->fault;
    return err;
}

static void close_fd(struct tls_socket *self)
{
    if (self->fd >= 0)
        (void)close(self->fd);
    self->fd = -1;
    self->secured = false;
    self->out_start = self->out_end = self->in_flight = 0;
}

static enum hf_err adopt(struct tls_socket *self, int fd, const char *name)
{
    int code;
    close_fd(self);
    self->fd = fd;
    memset(&self->peer, 0, sizeof self->peer);
    mbedtls_ssl_free(&self->ssl);
    mbedtls_ssl_init(&self->ssl);
    if (!hf_str_copy(self->peer_name, sizeof self->peer_name, hf_str(name)) || name[0] == '\0') {
        close_fd(self);
        return hf_fault_set(&self->fault, HF_ERR_INVALID, 0,
                            "a TLS connection needs the broker's name (1 to %d bytes)",
                            NAME_MAX_BYTES - 1);
    }
    code = mbedtls_ssl_setup(&self->ssl, &self->context->config);
    if (code == 0)
        code = mbedtls_ssl_set_hostname(&self->ssl, self->peer_name);
    if (code != 0) {
        close_fd(self);
        return hf_fault_set(&self->fault, HF_ERR_NO_MEMORY, code, "out of memory for TLS");
    }
    mbedtls_ssl_set_bio(&self->ssl, self, bio_send, bio_recv, NULL);
    mbedtls_ssl_set_verify(&self->ssl, note_peer, self);
    return HF_ERR_OK;
}

static enum hf_err handshake(struct tls_socket *self)
{
    int code;
    do {
        code = mbedtls_ssl_handshake(&self->ssl);
    } while (code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
    if (code != 0)
        return outcome(self, code);
    self->secured = true;
    return HF_ERR_OK;
}

/* At least one byte of `data` is written, or an error says why not. */
static enum hf_err write_some(struct tls_socket *self, const unsigned char *data, size_t len,
                              size_t *sent)
{
    /* After "would write" Mbed TLS wants the same call again; more bytes would be counted as sent
     * that are not. */
    const size_t offer = self->in_flight > 0 ? self->in_flight : len;
    const int code = mbedtls_ssl_write(&self->ssl, data, offer);
    if (code > 0) {
        self->in_flight = 0;
        *sent = (size_t)code;
        return HF_ERR_OK;
    }
    if (code == MBEDTLS_ERR_SSL_WANT_WRITE)
        self->in_flight = offer;
    return outcome(self, code);
}

static enum hf_err flush(struct tls_socket *self)
{
    while (self->out_start < self->out_end) {
        size_t sent = 0;
        const enum hf_err err =
            write_some(self, self->out + self->out_start, self->out_end - self->out_start, &sent);
        if (err != HF_ERR_OK)
            return err;
        self->out_start += sent;
    }
    self->out_start = self->out_end = 0;
    return HF_ERR_OK;
}

static enum hf_err read_some(struct tls_socket *self, void *out, size_t size, size_t *got)
{
    int code;
    do {
        code = mbedtls_ssl_read(&self->ssl, out, size < INT_MAX ? size : INT_MAX);
    } while (code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
    if (code > 0) {
        *got = (size_t)code;
        return HF_ERR_OK;
    }
    return outcome(self, code == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : code);
}

/* rabbitmq-c's class: its status numbers, its waiting. */

static ssize_t status_of(enum hf_err err)
{
    switch ((int)err) {
    case HF_ERR_WOULD_READ: return AMQP_PRIVATE_STATUS_SOCKET_NEEDREAD;
    case HF_ERR_WOULD_WRITE: return AMQP_PRIVATE_STATUS_SOCKET_NEEDWRITE;
    case HF_ERR_CLOSED: return AMQP_STATUS_CONNECTION_CLOSED;
    case HF_ERR_NO_MEMORY: return AMQP_STATUS_NO_MEMORY;
    case HF_ERR_TIMED_OUT: return AMQP_STATUS_TIMEOUT;
    case HF_ERR_RESOLVE: return AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED;
    case HF_ERR_TLS_WRONG_NAME: return AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED;
    case HF_ERR_TLS_UNKNOWN_CA:
    case HF_ERR_TLS_EXPIRED:
    case HF_ERR_TLS_NOT_YET_VALID: return AMQP_STATUS_SSL_PEER_VERIFY_FAILED;
    case HF_ERR_UNREACHABLE:
    case HF_ERR_REFUSED: return AMQP_STATUS_SOCKET_ERROR;
    default: return AMQP_STATUS_SSL_ERROR;
    }
}

static size_t buffer_room(const struct tls_socket *self)
{
    return self->out_size - (self->out_end - self->out_start);
}

static void buffer_append(struct tls_socket *self, const void *data, size_t len)
{
    if (self->out_size - self->out_end < len) {
        memmove(self->out, self->out + self->out_start, self->out_end - self->out_start);
        self->out_end -= self->out_start;
        self->out_start = 0;
    }
    memcpy(self->out + self->out_end, data, len);
    self->out_end += len;
}

static ssize_t class_send(void *base, const void *data, size_t len, int flags)
{
    struct tls_socket *self = base;
    size_t sent = 0;
    (void)flags;
    if (self->fd < 0 || !self->secured)
        return AMQP_STATUS_SOCKET_CLOSED;
    if (self->out_size == 0) {
        const enum hf_err err = write_some(self, data, len, &sent);
        return err == HF_ERR_OK ? (ssize_t)sent : status_of(err);
    }
    if (buffer_room(self) < len) {
        const enum hf_err err = flush(self);
        if (err != HF_ERR_OK)
            return status_of(err);
    }
    sent = len < self->out_size ? len : self->out_size;
    buffer_append(self, data, sent);
    return (ssize_t)sent;
}

static ssize_t class_recv(void *base, void *out, size_t size, int flags)
{
    struct tls_socket *self = base;
    size_t got = 0;
    (void)flags;
    if (self->fd < 0 || !self->secured)
        return AMQP_STATUS_SOCKET_CLOSED;
    enum hf_err err = flush(self);
    if (err == HF_ERR_OK || err == HF_ERR_WOULD_WRITE)
        err = read_some(self, out, size, &got);
    return err == HF_ERR_OK ? (ssize_t)got : status_of(err);
}

static enum hf_err wait_for(int fd, short events, int64_t until_ms, struct hf_fault *fault)
{
    struct pollfd wait = {.fd = fd, .events = events};
    const int64_t left_ms = until_ms - hf_clock_mono_ms();
    if (left_ms <= 0)
        return hf_fault_set(fault, HF_ERR_TIMED_OUT, 0, "no TLS connection within the time given");
    (void)poll(&wait, 1, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
    return HF_ERR_OK;
}

static uint32_t open_ms(const struct timeval *timeout)
{
    if (timeout == NULL)
        return OPEN_MS_DEFAULT;
    if (timeout->tv_sec < 0)
        return 0;
    if (timeout->tv_sec >= OPEN_S_MAX)
        return OPEN_S_MAX * 1000;
    return (uint32_t)(timeout->tv_sec * 1000 + timeout->tv_usec / 1000);
}

static int class_open(void *base, const char *host, int port, const struct timeval *timeout)
{
    struct tls_socket *self = base;
    int fd = -1;
    if (self->fd >= 0)
        return AMQP_STATUS_SOCKET_INUSE;
    const uint32_t most_ms = open_ms(timeout);
    const int64_t until_ms = hf_clock_mono_ms() + most_ms;
    enum hf_err err = hf_dial_wait(host, (uint16_t)port, most_ms, &fd, &self->fault);
    if (err == HF_ERR_OK)
        err = adopt(self, fd, self->name[0] != '\0' ? self->name : host);
    while (err == HF_ERR_OK && !self->secured) {
        err = handshake(self);
        if (err == HF_ERR_WOULD_READ)
            err = wait_for(self->fd, POLLIN, until_ms, &self->fault);
        else if (err == HF_ERR_WOULD_WRITE)
            err = wait_for(self->fd, POLLOUT, until_ms, &self->fault);
    }
    if (err == HF_ERR_OK)
        return AMQP_STATUS_OK;
    close_fd(self);
    return (int)status_of(err);
}

static int class_close(void *base, amqp_socket_close_enum force)
{
    struct tls_socket *self = base;
    if (self->fd < 0)
        return AMQP_STATUS_SOCKET_CLOSED;
    if (force == AMQP_SC_NONE && self->secured) {
        (void)flush(
            self); /* a goodbye that does not fit in the kernel's buffer is not waited for */
        (void)mbedtls_ssl_close_notify(&self->ssl);
    }
    close_fd(self);
    return AMQP_STATUS_OK;
}

static int class_fd(void *base)
{
    const struct tls_socket *self = base;
    return self->fd;
}

static void class_delete(void *base)
{
    struct tls_socket *self = base;
    if (self == NULL)
        return;
    (void)class_close(self, AMQP_SC_NONE);
    mbedtls_ssl_free(&self->ssl);
    free(self->out);
    free(self);
}

static const struct amqp_socket_class_t tls_class = {
    .send = class_send,
    .recv = class_recv,
    .open = class_open,
    .close = class_close,
    .get_sockfd = class_fd,
    .delete = class_delete,
};

amqp_socket_t *hf_tls_socket_new(amqp_connection_state_t connection, struct hf_tls_context *context,
                                 const char *server_name, struct hf_fault *fault)
{
    struct tls_socket *self = calloc(1, sizeof *self);
    if (self == NULL || !hf_str_copy(self->name, sizeof self->name,
                                     hf_str(server_name != NULL ? server_name : ""))) {
        free(self);
        (void)hf_fault_set(fault, self == NULL ? HF_ERR_NO_MEMORY : HF_ERR_INVALID, 0,
                           "no TLS socket: out of memory, or a server name over %d bytes",
                           NAME_MAX_BYTES - 1);
        return NULL;
    }
    self->klass = &tls_class;
    self->context = context;
    self->fd = -1;
    mbedtls_ssl_init(&self->ssl);
    amqp_set_socket(connection, (amqp_socket_t *)self);
    return (amqp_socket_t *)self;
}

const struct hf_fault *hf_tls_socket_fault(const amqp_socket_t *socket)
{
    return &self_of(socket)->fault;
}

enum hf_err hf_tls_socket_adopt(amqp_socket_t *socket, int fd, const char *server_name,
                                struct hf_fault *fault)
{
    struct tls_socket *self = self_of(socket);
    return hand_over(self, adopt(self, fd, server_name), fault);
}

enum hf_err hf_tls_socket_handshake(amqp_socket_t *socket, struct hf_fault *fault)
{
    struct tls_socket *self = self_of(socket);
    return hand_over(self, handshake(self), fault);
}

enum hf_err hf_tls_socket_buffer(amqp_socket_t *socket, size_t bytes, struct hf_fault *fault)
{
    struct tls_socket *self = self_of(socket);
    unsigned char *out = malloc(bytes);
    if (out == NULL)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no %zu bytes for a send buffer", bytes);
    free(self->out);
    self->out = out;
    self->out_size = bytes;
    self->out_start = self->out_end = self->in_flight = 0;
    return HF_ERR_OK;
}

size_t hf_tls_socket_room(const amqp_socket_t *socket)
{
    return buffer_room(self_of(socket));
}

bool hf_tls_socket_unsent(const amqp_socket_t *socket)
{
    const struct tls_socket *self = self_of(socket);
    return self->out_start < self->out_end;
}

enum hf_err hf_tls_socket_flush(amqp_socket_t *socket, struct hf_fault *fault)
{
    struct tls_socket *self = self_of(socket);
    return hand_over(self, flush(self), fault);
}

enum hf_err hf_tls_socket_read(amqp_socket_t *socket, void *out, size_t size, size_t *got,
                               struct hf_fault *fault)
{
    struct tls_socket *self = self_of(socket);
    return hand_over(self, read_some(self, out, size, got), fault);
}

const char *hf_tls_socket_version(const amqp_socket_t *socket)
{
    const struct tls_socket *self = self_of(socket);
    return self->secured ? mbedtls_ssl_get_version(&self->ssl) : "";
}

int64_t hf_tls_socket_until(const amqp_socket_t *socket)
{
    const struct tls_socket *self = self_of(socket);
    int64_t own_s = 0, until_s = self->secured ? self->peer.until_s : 0;
    if (until_s != 0 && hf_tls_context_dates(self->context, NULL, &own_s) == HF_ERR_OK)
        until_s = own_s < until_s ? own_s : until_s;
    return until_s;
}

const char *hf_tls_socket_cipher(const amqp_socket_t *socket)
{
    const struct tls_socket *self = self_of(socket);
    return self->secured ? mbedtls_ssl_get_ciphersuite(&self->ssl) : "";
}
