#ifndef HF_LINK_TLS_ERROR_H
#define HF_LINK_TLS_ERROR_H

#include "wire/fault.h"

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <stdint.h>

/*
 * From what Mbed TLS reports to words that a person can act on. One place maps its numbers; the
 * raw number stays in the fault for the log.
 */

#define HF_TLS_TIME_MAX 80 /* enough for whatever numbers a certificate claims */

/* What was learnt of the other side's certificate while it was verified. */
struct hf_tls_peer {
    char names[128]; /* "localhost, 127.0.0.1": what it was issued for; cut when longer */
    char issuer[96]; /* "CN=..." of who signed it */
    char valid_from[HF_TLS_TIME_MAX]; /* "2026-01-31 12:00:00", UTC; of the certificate that is at
                                         fault */
    char valid_to[HF_TLS_TIME_MAX];
    int64_t until_s; /* Unix seconds: the earliest end in the chain; 0: nothing noted yet */
    uint32_t flags;  /* MBEDTLS_X509_BADCERT_*, of the whole chain */
};

/* A certificate's time -> Unix seconds. */
int64_t hf_tls_unix_s(const mbedtls_x509_time *time);

/* Notes `cert` at `depth` (0: the other side itself) with its verify flags. */
void hf_tls_peer_note(struct hf_tls_peer *peer, const mbedtls_x509_crt *cert, int depth,
                      uint32_t flags);

/* The verify flags -> an error and a text naming both names, dates or the CA at issue. */
enum hf_err hf_tls_verify_fault(const struct hf_tls_peer *peer, const char *name,
                                struct hf_fault *fault);

/*
 * Any negative return of mbedtls_ssl_handshake, _read or _write that is not a wish to wait.
 * A fatal alert is looked up in `ssl`; with TLS 1.3 a refused client certificate arrives so at the
 * first read after a handshake that looked fine (RFC 8446, 4.4.2.4).
 */
enum hf_err hf_tls_fault(const mbedtls_ssl_context *ssl, int code, const struct hf_tls_peer *peer,
                         const char *name, struct hf_fault *fault);

#endif
