#ifndef HF_LINK_TLS_STREAM_H
#define HF_LINK_TLS_STREAM_H

#include "link/tls_context.h"
#include "link/tls_error.h"
#include "wire/fault.h"

#include <mbedtls/ssl.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * TLS over a connected, non-blocking descriptor, without any of rabbitmq-c: what link/tls_socket.h
 * shows to the library and to the poll() loop is made of this. Nobody else's: its contracts about
 * names, certificates and errors are the ones over there.
 *
 * Bytes may wait inside TLS: whoever polls the descriptor has read until WOULD_READ before.
 *
 * Every error but WOULD_READ and WOULD_WRITE leaves its words in `fault`.
 */

#define HF_TLS_NAME_MAX 255  /* bytes of a server's name, without the final 0 */
#define HF_TLS_AHEAD    1024 /* bytes read ahead of Mbed TLS, which asks for 5, then for the rest */

struct hf_tls_stream {
    struct hf_tls_context *context; /* borrowed */
    mbedtls_ssl_context ssl;
    int fd;       /* -1: not open */
    bool secured; /* the handshake is done */
    char peer_name[HF_TLS_NAME_MAX + 1];
    struct hf_tls_peer peer;
    struct hf_fault fault;
    /* Read ahead: bytes [start, end) are Mbed TLS's next. */
    unsigned char ahead[HF_TLS_AHEAD];
    size_t ahead_start, ahead_end;
    bool ran_dry; /* the last read ahead took all that there was */
    /* The send buffer: bytes [start, end) wait. Not used when size is 0. */
    unsigned char *out;
    size_t out_size, out_start, out_end;
    size_t in_flight; /* of them, what the last unfinished mbedtls_ssl_write was given */
};

void hf_tls_stream_init(struct hf_tls_stream *stream, struct hf_tls_context *context);
void hf_tls_stream_free(struct hf_tls_stream *stream); /* closes, without a goodbye */

/* Takes over `fd` for a connection to `name`; closes it when this fails. */
enum hf_err hf_tls_stream_adopt(struct hf_tls_stream *stream, int fd, const char *name);

/* One step. */
enum hf_err hf_tls_stream_handshake(struct hf_tls_stream *stream);

/* At least one byte of `data` is written, or an error says why not. Not with a send buffer. */
enum hf_err hf_tls_stream_write(struct hf_tls_stream *stream, const unsigned char *data, size_t len,
                                size_t *sent);

/* At least one byte, or an error says why not; CLOSED at the end. */
enum hf_err hf_tls_stream_read(struct hf_tls_stream *stream, void *out, size_t size, size_t *got);

/* The descriptor held no more when it was read last, and nothing of that is left to be read here:
 * the next read would be in vain unless something has come since. False: perhaps. */
bool hf_tls_stream_drained(const struct hf_tls_stream *stream);

/* The send buffer: made, what it still takes, added to (`len` at most that), sent. */
enum hf_err hf_tls_stream_buffer(struct hf_tls_stream *stream, size_t bytes);
size_t hf_tls_stream_room(const struct hf_tls_stream *stream);
void hf_tls_stream_append(struct hf_tls_stream *stream, const void *data, size_t len);
enum hf_err hf_tls_stream_flush(struct hf_tls_stream *stream);

/* Sends what waits and TLS's close_notify; what does not fit in the kernel's buffer is not waited
 * for. */
void hf_tls_stream_goodbye(struct hf_tls_stream *stream);

/* Gives the descriptor back at once. Harmless when there is none. */
void hf_tls_stream_close(struct hf_tls_stream *stream);

#endif
