#ifndef HF_TESTS_FUZZ_PIPE_H
#define HF_TESTS_FUZZ_PIPE_H

#include <amqp_socket.h>
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <stdint.h>
#include <string.h>

/*
 * A socket of rabbitmq-c without a network: what is sent is kept while there is room, the rest is
 * dropped; nothing is received.
 */

#define PIPE_BYTES 65536

struct pipe_socket {
    const struct amqp_socket_class_t *klass; /* first: rabbitmq-c sees nothing but this */
    uint8_t sent[PIPE_BYTES];
    size_t len;
};

static inline ssize_t pipe_send(void *self, const void *data, size_t len, int flags)
{
    struct pipe_socket *pipe = self;
    (void)flags;
    if (len <= sizeof pipe->sent - pipe->len) {
        memcpy(pipe->sent + pipe->len, data, len);
        pipe->len += len;
    }
    return (ssize_t)len;
}

static inline int pipe_close(void *self, amqp_socket_close_enum force)
{
    (void)self;
    (void)force;
    return AMQP_STATUS_OK;
}

static inline int pipe_fd(void *self)
{
    (void)self;
    return -1;
}

static inline void pipe_delete(void *self)
{
    (void)self; /* it lives longer than any connection */
}

static const struct amqp_socket_class_t pipe_class = {
    .send = pipe_send, .close = pipe_close, .get_sockfd = pipe_fd, .delete = pipe_delete};

#endif
