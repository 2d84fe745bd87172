#include "link/tls_stream.h"

#include "link/tls_internal.h"
#include "link/tls_platform.h"
#include "wire/str.h"

#include <errno.h>
#include <limits.h>
#include <mbedtls/net_sockets.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void hf_tls_stream_init(struct hf_tls_stream *stream, struct hf_tls_context *context)
{
    memset(stream, 0, sizeof *stream);
    stream->context = context;
    stream->fd = -1;
    mbedtls_ssl_init(&stream->ssl);
}

void hf_tls_stream_free(struct hf_tls_stream *stream)
{
    hf_tls_stream_close(stream);
    mbedtls_ssl_free(&stream->ssl);
    free(stream->out);
    stream->out = NULL;
    stream->out_size = 0;
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
    const struct hf_tls_stream *stream = context;
    return bio_result(send(stream->fd, data, len, MSG_NOSIGNAL), MBEDTLS_ERR_SSL_WANT_WRITE);
}

static int receive(const struct hf_tls_stream *stream, unsigned char *data, size_t len)
{
    return bio_result(recv(stream->fd, data, len, 0), MBEDTLS_ERR_SSL_WANT_READ);
}

static int take_ahead(struct hf_tls_stream *stream, unsigned char *data, size_t len)
{
    const size_t left = stream->ahead_end - stream->ahead_start;
    const size_t count = len < left ? len : left;
    memcpy(data, stream->ahead + stream->ahead_start, count);
    stream->ahead_start += count;
    return (int)count;
}

static int bio_recv(void *context, unsigned char *data, size_t len)
{
    struct hf_tls_stream *stream = context;
    if (stream->ahead_start < stream->ahead_end)
        return take_ahead(stream, data, len);
    stream->ran_dry = false;
    if (len >= sizeof stream->ahead)
        return receive(stream, data, len);
    const int got = receive(stream, stream->ahead, sizeof stream->ahead);
    if (got <= 0)
        return got;
    stream->ran_dry = (size_t)got < sizeof stream->ahead;
    stream->ahead_start = 0;
    stream->ahead_end = (size_t)got;
    return take_ahead(stream, data, len);
}

static int note_peer(void *context, mbedtls_x509_crt *cert, int depth, uint32_t *flags)
{
    struct hf_tls_stream *stream = context;
    if (!hf_tls_platform_clock_trusted())
        *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_FUTURE;
    hf_tls_peer_note(&stream->peer, cert, depth, *flags);
    return 0;
}

static enum hf_err failed(struct hf_tls_stream *stream, int code)
{
    if (code == MBEDTLS_ERR_NET_RECV_FAILED || code == MBEDTLS_ERR_NET_SEND_FAILED) {
        const int number = errno;
        return hf_fault_set(&stream->fault, number == ETIMEDOUT ? HF_ERR_TIMED_OUT : HF_ERR_CLOSED,
                            number, "the link to %s broke: %s", stream->peer_name,
                            strerror(number));
    }
    return hf_tls_fault(&stream->ssl, code, &stream->peer, stream->peer_name, &stream->fault);
}

static enum hf_err outcome(struct hf_tls_stream *stream, int code)
{
    if (code == MBEDTLS_ERR_SSL_WANT_READ)
        return HF_ERR_WOULD_READ;
    if (code == MBEDTLS_ERR_SSL_WANT_WRITE)
        return HF_ERR_WOULD_WRITE;
    return failed(stream, code);
}

void hf_tls_stream_close(struct hf_tls_stream *stream)
{
    if (stream->fd >= 0)
        (void)close(stream->fd);
    stream->fd = -1;
    stream->secured = false;
    stream->out_start = stream->out_end = stream->in_flight = 0;
    stream->ahead_start = stream->ahead_end = 0;
    stream->ran_dry = false;
}

enum hf_err hf_tls_stream_adopt(struct hf_tls_stream *stream, int fd, const char *name)
{
    int code;
    hf_tls_stream_close(stream);
    stream->fd = fd;
    memset(&stream->peer, 0, sizeof stream->peer);
    mbedtls_ssl_free(&stream->ssl);
    mbedtls_ssl_init(&stream->ssl);
    if (!hf_str_copy(stream->peer_name, sizeof stream->peer_name, hf_str(name)) ||
        name[0] == '\0') {
        hf_tls_stream_close(stream);
        return hf_fault_set(&stream->fault, HF_ERR_INVALID, 0,
                            "a TLS connection needs the broker's name (1 to %d bytes)",
                            HF_TLS_NAME_MAX);
    }
    code = mbedtls_ssl_setup(&stream->ssl, &stream->context->config);
    if (code == 0)
        code = mbedtls_ssl_set_hostname(&stream->ssl, stream->peer_name);
    if (code != 0) {
        hf_tls_stream_close(stream);
        return hf_fault_set(&stream->fault, HF_ERR_NO_MEMORY, code, "out of memory for TLS");
    }
    mbedtls_ssl_set_bio(&stream->ssl, stream, bio_send, bio_recv, NULL);
    mbedtls_ssl_set_verify(&stream->ssl, note_peer, stream);
    return HF_ERR_OK;
}

enum hf_err hf_tls_stream_handshake(struct hf_tls_stream *stream)
{
    int code;
    do {
        code = mbedtls_ssl_handshake(&stream->ssl);
    } while (code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
    if (code != 0)
        return outcome(stream, code);
    stream->secured = true;
    return HF_ERR_OK;
}

enum hf_err hf_tls_stream_write(struct hf_tls_stream *stream, const unsigned char *data, size_t len,
                                size_t *sent)
{
    /* After "would write" Mbed TLS wants the same call again; more bytes would be counted as sent
     * that are not. */
    const size_t offer = stream->in_flight > 0 ? stream->in_flight : len;
    const int code = mbedtls_ssl_write(&stream->ssl, data, offer);
    if (code > 0) {
        stream->in_flight = 0;
        *sent = (size_t)code;
        return HF_ERR_OK;
    }
    if (code == MBEDTLS_ERR_SSL_WANT_WRITE)
        stream->in_flight = offer;
    return outcome(stream, code);
}

enum hf_err hf_tls_stream_flush(struct hf_tls_stream *stream)
{
    while (stream->out_start < stream->out_end) {
        size_t sent = 0;
        const enum hf_err err = hf_tls_stream_write(stream, stream->out + stream->out_start,
                                                    stream->out_end - stream->out_start, &sent);
        if (err != HF_ERR_OK)
            return err;
        stream->out_start += sent;
    }
    stream->out_start = stream->out_end = 0;
    return HF_ERR_OK;
}

enum hf_err hf_tls_stream_read(struct hf_tls_stream *stream, void *out, size_t size, size_t *got)
{
    int code;
    do {
        code = mbedtls_ssl_read(&stream->ssl, out, size < INT_MAX ? size : INT_MAX);
    } while (code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
    if (code > 0) {
        *got = (size_t)code;
        return HF_ERR_OK;
    }
    return outcome(stream, code == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : code);
}

bool hf_tls_stream_drained(const struct hf_tls_stream *stream)
{
    return stream->ran_dry && stream->ahead_start == stream->ahead_end &&
           mbedtls_ssl_get_bytes_avail(&stream->ssl) == 0;
}

size_t hf_tls_stream_room(const struct hf_tls_stream *stream)
{
    return stream->out_size - (stream->out_end - stream->out_start);
}

void hf_tls_stream_append(struct hf_tls_stream *stream, const void *data, size_t len)
{
    if (stream->out_size - stream->out_end < len) {
        memmove(stream->out, stream->out + stream->out_start, stream->out_end - stream->out_start);
        stream->out_end -= stream->out_start;
        stream->out_start = 0;
    }
    memcpy(stream->out + stream->out_end, data, len);
    stream->out_end += len;
}

enum hf_err hf_tls_stream_buffer(struct hf_tls_stream *stream, size_t bytes)
{
    unsigned char *out = malloc(bytes);
    if (out == NULL)
        return hf_fault_set(&stream->fault, HF_ERR_NO_MEMORY, 0, "no %zu bytes for a send buffer",
                            bytes);
    free(stream->out);
    stream->out = out;
    stream->out_size = bytes;
    stream->out_start = stream->out_end = stream->in_flight = 0;
    return HF_ERR_OK;
}

void hf_tls_stream_goodbye(struct hf_tls_stream *stream)
{
    if (stream->fd < 0 || !stream->secured)
        return;
    (void)hf_tls_stream_flush(stream);
    (void)mbedtls_ssl_close_notify(&stream->ssl);
}
