#ifndef HF_WIRE_ERR_H
#define HF_WIRE_ERR_H

/*
 * The one list of error codes of Holdfast, on board and laptop alike.
 *
 * 0 is success and every error is negative. Functions return `enum hf_err` and hand results out
 * through pointers. Codes of other libraries (Mbed TLS, rabbitmq-c, SQLite, errno) are mapped
 * where they enter and never travel further; what a person needs to read about one occurrence is
 * in a `struct hf_fault` (wire/fault.h).
 */

/* X(name, value, text): the text completes the sentence "it failed: ...". */
#define HF_ERR_LIST(X)                                                                             \
    X(OK, 0, "ok")                                                                                 \
    /* Not failures: ask again when the descriptor is ready, or later. */                          \
    X(WOULD_READ, -1, "waiting for data to read")                                                  \
    X(WOULD_WRITE, -2, "waiting for room to write")                                                \
    X(CLOSED, -3, "closed by the other side")                                                      \
    X(TIMED_OUT, -4, "timed out")                                                                  \
    /* What was given cannot be used. */                                                           \
    X(INVALID, -10, "not a valid value")                                                           \
    X(MISSING, -11, "a required value is missing")                                                 \
    X(MALFORMED, -12, "not in the expected form")                                                  \
    X(TOO_LARGE, -13, "larger than the limit")                                                     \
    X(NOT_FOUND, -14, "not found")                                                                 \
    X(EXISTS, -15, "exists already")                                                               \
    X(DENIED, -16, "not permitted")                                                                \
    X(ILLEGAL, -17, "not allowed in this state")                                                   \
    /* This machine. */                                                                            \
    X(NO_MEMORY, -20, "out of memory")                                                             \
    X(IO, -21, "input or output failed")                                                           \
    X(NO_SPACE, -22, "no space left")                                                              \
    X(BUSY, -23, "in use by another process")                                                      \
    X(INTERRUPTED, -24, "ended by a person")                                                       \
    /* The way to the broker. */                                                                   \
    X(RESOLVE, -30, "the host name has no address")                                                \
    X(UNREACHABLE, -31, "the host cannot be reached")                                              \
    X(REFUSED, -32, "nothing listens at that address")                                             \
    X(HEARTBEAT, -33, "the other side fell silent (missed heartbeats)")                            \
    /* TLS; see link/tls_socket.h for what each asks of a person. */                               \
    X(TLS, -40, "the TLS connection failed")                                                       \
    X(TLS_UNKNOWN_CA, -41, "the certificate is not signed by a CA that is trusted here")           \
    X(TLS_EXPIRED, -42, "the certificate has expired")                                             \
    X(TLS_NOT_YET_VALID, -43, "the certificate is not valid yet")                                  \
    X(TLS_WRONG_NAME, -44, "the certificate was issued for another name")                          \
    X(TLS_CERT_REQUIRED, -45, "the other side requires a client certificate")                      \
    X(TLS_CERT_REFUSED, -46, "the other side refused our certificate")                             \
    X(TLS_PROTOCOL, -47, "the other side does not speak TLS 1.2 or 1.3 with our ciphers")          \
    /* AMQP 0-9-1 (the reply code of the broker is kept in the fault). */                          \
    X(AMQP, -50, "the broker broke the AMQP protocol")                                             \
    X(AMQP_LOGIN, -51, "the broker refused the login")                                             \
    X(AMQP_CHANNEL, -52, "the broker closed the channel")                                          \
    X(AMQP_CONNECTION, -53, "the broker closed the connection")                                    \
    /* The laptop side. */                                                                         \
    X(LEDGER, -60, "the ledger failed")                                                            \
    X(BROKER, -61, "the broker failed")                                                            \
    X(HTTP, -62, "the management API failed")

enum hf_err {
#define X(name, value, text) HF_ERR_##name = (value),
    HF_ERR_LIST(X)
#undef X
};

/* The text of a code from the list above; for a number outside it "unknown error". Static. */
const char *hf_err_text(enum hf_err err);

/* The name of a code without its prefix ("TLS_EXPIRED"), for logs; "?" outside the list. Static. */
const char *hf_err_name(enum hf_err err);

#endif
