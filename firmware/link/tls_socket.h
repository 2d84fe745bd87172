#ifndef HF_LINK_TLS_SOCKET_H
#define HF_LINK_TLS_SOCKET_H

#include "link/tls_context.h"
#include "wire/fault.h"

#include <rabbitmq-c/amqp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A socket for rabbitmq-c whose TLS is Mbed TLS: what `rabbitmq-c/ssl_socket.h` is for OpenSSL.
 *
 * It implements the library's own `struct amqp_socket_class_t`, so a program that uses rabbitmq-c
 * as its manual says needs two lines of ours (the file depends on link/tls_*, dial, resolve,
 * clock and random, and on wire/err, fault, str and utf8, nothing else):
 *
 *     hf_tls_context_load(&(struct hf_tls_files){"ca.pem", "cert.pem", "key.pem"}, &tls, &fault);
 *     amqp_socket_t *socket = hf_tls_socket_new(connection, tls, NULL, &fault);
 *     amqp_socket_open_noblock(socket, "broker.example", 5671, &(struct timeval){.tv_sec = 10});
 *     amqp_login(connection, "/", 0, 131072, 10, AMQP_SASL_METHOD_EXTERNAL, "");
 *
 * or, from a poll() loop of its own, dials itself, then adopts, shakes hands and reads as below.
 * The time given to amqp_socket_open_noblock() covers name, TCP and TLS together; without one, as
 * with amqp_socket_open(), it is 30 s.
 *
 * What is always checked, with no way to switch it off: that the broker's certificate leads to a
 * CA of the context, is in date, is for a server, and was issued for the name (or address) that we
 * meant to reach. TLS 1.3 or 1.2 only; the name is also sent as SNI. (What "in date" means on a
 * board whose clock was never set is in link/tls_platform.h.)
 *
 * `amqp_socket.h`, which declares the class, is private to rabbitmq-c 0.15.0: compile this file
 * with the library's source folder on the include path. Not thread safe: a socket belongs to the
 * thread of its connection. The socket is owned by the connection once made, and freed with it.
 */

/*
 * Makes a socket and hands it to `connection`. `context` is borrowed and must outlive it.
 * `server_name`: the name to find in the certificate; NULL: the host given to amqp_socket_open.
 * NULL when memory is out (the fault says so).
 */
amqp_socket_t *hf_tls_socket_new(amqp_connection_state_t connection, struct hf_tls_context *context,
                                 const char *server_name, struct hf_fault *fault);

/* Why the last call on this socket failed, in words; also after a failing library call. */
const struct hf_fault *hf_tls_socket_fault(const amqp_socket_t *socket);

/* For a poll() loop. */

/*
 * Takes over `fd`, a connected non-blocking TCP socket, to speak TLS with `server_name` over it;
 * closes it in the end, also when this fails. HF_ERR_NO_MEMORY, HF_ERR_INVALID (no name).
 */
enum hf_err hf_tls_socket_adopt(amqp_socket_t *socket, int fd, const char *server_name,
                                struct hf_fault *fault);

/* One step of the handshake: HF_OK when done, HF_ERR_WOULD_READ or HF_ERR_WOULD_WRITE when the
 * descriptor must become readable or writable first, else the fault. The deadline is the caller's.
 */
enum hf_err hf_tls_socket_handshake(amqp_socket_t *socket, struct hf_fault *fault);

/*
 * From now on what is sent is gathered in a buffer of `bytes` and leaves with
 * hf_tls_socket_flush(), in records as full as can be. A send that does not fit waits for the
 * descriptor as rabbitmq-c does: ask hf_tls_socket_room() first. HF_ERR_NO_MEMORY.
 */
enum hf_err hf_tls_socket_buffer(amqp_socket_t *socket, size_t bytes, struct hf_fault *fault);

size_t hf_tls_socket_room(const amqp_socket_t *socket); /* bytes that the buffer still takes */
bool hf_tls_socket_unsent(const amqp_socket_t *socket); /* something waits for a flush */

/* HF_OK: all is with the kernel. HF_ERR_WOULD_WRITE, HF_ERR_WOULD_READ (rare: TLS itself must
 * read first), or the fault. */
enum hf_err hf_tls_socket_flush(amqp_socket_t *socket, struct hf_fault *fault);

/* Up to `size` decrypted bytes; `*got` is at least 1 on HF_OK. Call until HF_ERR_WOULD_READ
 * before polling: bytes may wait inside TLS. HF_ERR_CLOSED: orderly end. */
enum hf_err hf_tls_socket_read(amqp_socket_t *socket, void *out, size_t size, size_t *got,
                               struct hf_fault *fault);

/* Another read would be in vain, unless something has come since the last. False: perhaps. */
bool hf_tls_socket_drained(const amqp_socket_t *socket);

/* "TLSv1.3" and the cipher suite; "" before the handshake is done. */
const char *hf_tls_socket_version(const amqp_socket_t *socket);
const char *hf_tls_socket_cipher(const amqp_socket_t *socket);

/* Unix seconds at which the first of the certificates that made this connection ends, theirs or
 * ours; 0 before the handshake is done. */
int64_t hf_tls_socket_until(const amqp_socket_t *socket);

#endif
