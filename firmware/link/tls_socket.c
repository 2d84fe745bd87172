#include "link/tls_socket.h"

#include "link/clock.h"
#include "link/dial.h"
#include "link/tls_stream.h"
#include "wire/str.h"

#include <amqp_private.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_MS_DEFAULT 30000
#define OPEN_S_MAX      86400

struct tls_socket {
    const struct amqp_socket_class_t *klass; /* first: rabbitmq-c casts to struct amqp_socket_t_ */
    char name[HF_TLS_NAME_MAX + 1];          /* as configured; empty: the host's */
    struct hf_tls_stream stream;
};

static struct tls_socket *self_of(const amqp_socket_t *socket)
{
    return (struct tls_socket *)(uintptr_t)socket;
}

static enum hf_err hand_over(const struct tls_socket *self, enum hf_err err, struct hf_fault *fault)
{
    if (fault != NULL && err != HF_ERR_OK && err != HF_ERR_WOULD_READ && err != HF_ERR_WOULD_WRITE)
        *fault = self->stream.fault;
    return err;
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

static ssize_t class_send(void *base, const void *data, size_t len, int flags)
{
    struct tls_socket *self = base;
    size_t sent = 0;
    (void)flags;
    if (self->stream.fd < 0 || !self->stream.secured)
        return AMQP_STATUS_SOCKET_CLOSED;
    if (self->stream.out_size == 0) {
        const enum hf_err err = hf_tls_stream_write(&self->stream, data, len, &sent);
        return err == HF_ERR_OK ? (ssize_t)sent : status_of(err);
    }
    if (hf_tls_stream_room(&self->stream) < len) {
        const enum hf_err err = hf_tls_stream_flush(&self->stream);
        if (err != HF_ERR_OK)
            return status_of(err);
    }
    sent = len < self->stream.out_size ? len : self->stream.out_size;
    hf_tls_stream_append(&self->stream, data, sent);
    return (ssize_t)sent;
}

static ssize_t class_recv(void *base, void *out, size_t size, int flags)
{
    struct tls_socket *self = base;
    size_t got = 0;
    (void)flags;
    if (self->stream.fd < 0 || !self->stream.secured)
        return AMQP_STATUS_SOCKET_CLOSED;
    enum hf_err err = hf_tls_stream_flush(&self->stream);
    if (err == HF_ERR_OK || err == HF_ERR_WOULD_WRITE)
        err = hf_tls_stream_read(&self->stream, out, size, &got);
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
    if (self->stream.fd >= 0)
        return AMQP_STATUS_SOCKET_INUSE;
    const uint32_t most_ms = open_ms(timeout);
    const int64_t until_ms = hf_clock_mono_ms() + most_ms;
    enum hf_err err = hf_dial_wait(host, (uint16_t)port, most_ms, &fd, &self->stream.fault);
    if (err == HF_ERR_OK)
        err = hf_tls_stream_adopt(&self->stream, fd, self->name[0] != '\0' ? self->name : host);
    while (err == HF_ERR_OK && !self->stream.secured) {
        err = hf_tls_stream_handshake(&self->stream);
        if (err == HF_ERR_WOULD_READ)
            err = wait_for(self->stream.fd, POLLIN, until_ms, &self->stream.fault);
        else if (err == HF_ERR_WOULD_WRITE)
            err = wait_for(self->stream.fd, POLLOUT, until_ms, &self->stream.fault);
    }
    if (err == HF_ERR_OK)
        return AMQP_STATUS_OK;
    hf_tls_stream_close(&self->stream);
    return (int)status_of(err);
}

static int class_close(void *base, amqp_socket_close_enum force)
{
    struct tls_socket *self = base;
    if (self->stream.fd < 0)
        return AMQP_STATUS_SOCKET_CLOSED;
    if (force == AMQP_SC_NONE)
        hf_tls_stream_goodbye(&self->stream);
    hf_tls_stream_close(&self->stream);
    return AMQP_STATUS_OK;
}

static int class_fd(void *base)
{
    const struct tls_socket *self = base;
    return self->stream.fd;
}

static void class_delete(void *base)
{
    struct tls_socket *self = base;
    if (self == NULL)
        return;
    (void)class_close(self, AMQP_SC_NONE);
    hf_tls_stream_free(&self->stream);
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
                           HF_TLS_NAME_MAX);
        return NULL;
    }
    self->klass = &tls_class;
    hf_tls_stream_init(&self->stream, context);
    amqp_set_socket(connection, (amqp_socket_t *)self);
    return (amqp_socket_t *)self;
}

const struct hf_fault *hf_tls_socket_fault(const amqp_socket_t *socket)
{
    return &self_of(socket)->stream.fault;
}

enum hf_err hf_tls_socket_adopt(amqp_socket_t *socket, int fd, const char *server_name,
                                struct hf_fault *fault)
{
    struct tls_socket *self = self_of(socket);
    return hand_over(self, hf_tls_stream_adopt(&self->stream, fd, server_name), fault);
}

enum hf_err hf_tls_socket_handshake(amqp_socket_t *socket, struct hf_fault *fault)
{
    struct tls_socket *self = self_of(socket);
    return hand_over(self, hf_tls_stream_handshake(&self->stream), fault);
}

enum hf_err hf_tls_socket_buffer(amqp_socket_t *socket, size_t bytes, struct hf_fault *fault)
{
    struct tls_socket *self = self_of(socket);
    return hand_over(self, hf_tls_stream_buffer(&self->stream, bytes), fault);
}

size_t hf_tls_socket_room(const amqp_socket_t *socket)
{
    return hf_tls_stream_room(&self_of(socket)->stream);
}

bool hf_tls_socket_unsent(const amqp_socket_t *socket)
{
    const struct tls_socket *self = self_of(socket);
    return self->stream.out_start < self->stream.out_end;
}

enum hf_err hf_tls_socket_flush(amqp_socket_t *socket, struct hf_fault *fault)
{
    struct tls_socket *self = self_of(socket);
    return hand_over(self, hf_tls_stream_flush(&self->stream), fault);
}

enum hf_err hf_tls_socket_read(amqp_socket_t *socket, void *out, size_t size, size_t *got,
                               struct hf_fault *fault)
{
    struct tls_socket *self = self_of(socket);
    return hand_over(self, hf_tls_stream_read(&self->stream, out, size, got), fault);
}

bool hf_tls_socket_drained(const amqp_socket_t *socket)
{
    return hf_tls_stream_drained(&self_of(socket)->stream);
}

const char *hf_tls_socket_version(const amqp_socket_t *socket)
{
    const struct tls_socket *self = self_of(socket);
    return self->stream.secured ? mbedtls_ssl_get_version(&self->stream.ssl) : "";
}

int64_t hf_tls_socket_until(const amqp_socket_t *socket)
{
    const struct tls_socket *self = self_of(socket);
    int64_t own_s = 0, until_s = self->stream.secured ? self->stream.peer.until_s : 0;
    if (until_s != 0 && hf_tls_context_dates(self->stream.context, NULL, &own_s) == HF_ERR_OK)
        until_s = own_s < until_s ? own_s : until_s;
    return until_s;
}

const char *hf_tls_socket_cipher(const amqp_socket_t *socket)
{
    const struct tls_socket *self = self_of(socket);
    return self->stream.secured ? mbedtls_ssl_get_ciphersuite(&self->stream.ssl) : "";
}
