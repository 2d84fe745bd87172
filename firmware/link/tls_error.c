/* The alert that ended a connection is only in the context's message buffer. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "link/tls_error.h"

#include <mbedtls/net_sockets.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct {
    uint32_t flag;
    enum hf_err err;
} verify_map[] = {
    /* In the order of what to mend first: a foreign CA makes the rest meaningless. */
    {MBEDTLS_X509_BADCERT_MISSING, HF_ERR_TLS_UNKNOWN_CA},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, HF_ERR_TLS_UNKNOWN_CA},
    {MBEDTLS_X509_BADCERT_REVOKED, HF_ERR_TLS_UNKNOWN_CA},
    {MBEDTLS_X509_BADCERT_EXPIRED, HF_ERR_TLS_EXPIRED},
    {MBEDTLS_X509_BADCERT_FUTURE, HF_ERR_TLS_NOT_YET_VALID},
    {MBEDTLS_X509_BADCERT_CN_MISMATCH, HF_ERR_TLS_WRONG_NAME},
};

static const struct {
    uint8_t alert; /* RFC 8446, 6.2 */
    enum hf_err err;
    const char *text;
} alert_map[] = {
    {MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE, HF_ERR_TLS_PROTOCOL,
     "to shake hands (handshake_failure): it wants a client certificate that it trusts"},
    {MBEDTLS_SSL_ALERT_MSG_BAD_CERT, HF_ERR_TLS_CERT_REFUSED,
     "our certificate (bad_certificate): it may be damaged or of the wrong kind"},
    {MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT, HF_ERR_TLS_CERT_REFUSED,
     "our certificate (unsupported_certificate): it is not one for a client"},
    {MBEDTLS_SSL_ALERT_MSG_CERT_REVOKED, HF_ERR_TLS_CERT_REFUSED,
     "our certificate (certificate_revoked): enroll this board again"},
    {MBEDTLS_SSL_ALERT_MSG_CERT_EXPIRED, HF_ERR_TLS_CERT_REFUSED,
     "our certificate (certificate_expired): enroll this board again"},
    {MBEDTLS_SSL_ALERT_MSG_CERT_UNKNOWN, HF_ERR_TLS_CERT_REFUSED,
     "our certificate (certificate_unknown)"},
    {MBEDTLS_SSL_ALERT_MSG_UNKNOWN_CA, HF_ERR_TLS_CERT_REFUSED,
     "our certificate (unknown_ca): it was not signed by the CA that the broker trusts"},
    {MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED, HF_ERR_TLS_CERT_REFUSED,
     "our certificate (access_denied)"},
    {MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION, HF_ERR_TLS_PROTOCOL,
     "TLS 1.2 and 1.3 (protocol_version)"},
    {MBEDTLS_SSL_ALERT_MSG_UNRECOGNIZED_NAME, HF_ERR_TLS_WRONG_NAME,
     "the name that we asked for (unrecognized_name)"},
    {116 /* certificate_required, RFC 8446 */, HF_ERR_TLS_CERT_REQUIRED,
     "to go on without a client certificate: set tls.cert and tls.key"},
    {MBEDTLS_SSL_ALERT_MSG_NO_CERT, HF_ERR_TLS_CERT_REQUIRED,
     "to go on without a client certificate: set tls.cert and tls.key"},
};

static void format_time(char out[HF_TLS_TIME_MAX], const mbedtls_x509_time *time)
{
    (void)snprintf(out, HF_TLS_TIME_MAX, "%04d-%02d-%02d %02d:%02d:%02d", time->year, time->mon,
                   time->day, time->hour, time->min, time->sec);
}

int64_t hf_tls_unix_s(const mbedtls_x509_time *time)
{
    struct tm utc = {.tm_year = time->year - 1900,
                     .tm_mon = time->mon - 1,
                     .tm_mday = time->day,
                     .tm_hour = time->hour,
                     .tm_min = time->min,
                     .tm_sec = time->sec};
    return timegm(&utc);
}

static void append(char *to, size_t size, const char *text, size_t len)
{
    const size_t used = strlen(to);
    (void)snprintf(to + used, size - used, "%s%.*s", used > 0 ? ", " : "", (int)len, text);
}

static void append_address(char *to, size_t size, const mbedtls_x509_buf *address)
{
    char text[48] = "";
    const unsigned char *b = address->p;
    if (address->len == 4) {
        (void)snprintf(text, sizeof text, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
    } else if (address->len == 16) {
        size_t used = 0;
        for (size_t i = 0; i < 16; i += 2)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%x", i > 0 ? ":" : "",
                                     (unsigned)(b[i] << 8 | b[i + 1]));
    }
    append(to, size, text, strlen(text));
}

/* A name that is too long is cut: Mbed TLS leaves what fits, with its final 0. */
static void note_dn(char *to, size_t size, const mbedtls_x509_name *name)
{
    to[0] = '\0';
    (void)mbedtls_x509_dn_gets(to, size, name);
}

static void note_names(struct hf_tls_peer *peer, const mbedtls_x509_crt *cert)
{
    peer->names[0] = '\0';
    for (const mbedtls_x509_sequence *alt = &cert->subject_alt_names; alt != NULL && alt->buf.p;
         alt = alt->next) {
        const int kind = alt->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
        if (kind == MBEDTLS_X509_SAN_DNS_NAME)
            append(peer->names, sizeof peer->names, (const char *)alt->buf.p, alt->buf.len);
        else if (kind == MBEDTLS_X509_SAN_IP_ADDRESS)
            append_address(peer->names, sizeof peer->names, &alt->buf);
    }
    if (peer->names[0] == '\0')
        note_dn(peer->names, sizeof peer->names, &cert->subject);
}

void hf_tls_peer_note(struct hf_tls_peer *peer, const mbedtls_x509_crt *cert, int depth,
                      uint32_t flags)
{
    const uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    if (depth == 0) {
        note_names(peer, cert);
        note_dn(peer->issuer, sizeof peer->issuer, &cert->issuer);
    }
    /* The peer's own certificate comes last: it must not take the place of a CA that is at fault */
    if ((flags & dates) != 0 || (depth == 0 && (peer->flags & dates) == 0)) {
        format_time(peer->valid_from, &cert->valid_from);
        format_time(peer->valid_to, &cert->valid_to);
    }
    const int64_t until_s = hf_tls_unix_s(&cert->valid_to);
    if (peer->until_s == 0 || until_s < peer->until_s)
        peer->until_s = until_s;
    peer->flags |= flags;
}

enum hf_err hf_tls_verify_fault(const struct hf_tls_peer *peer, const char *name,
                                struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_TLS;
    for (size_t i = 0; i < sizeof verify_map / sizeof *verify_map; i++) {
        if (peer->flags & verify_map[i].flag) {
            err = verify_map[i].err;
            break;
        }
    }
    const long raw = (long)peer->flags;
    if (err == HF_ERR_TLS_UNKNOWN_CA)
        return hf_fault_set(fault, err, raw,
                            "the certificate of %s was signed by '%s', not by a CA in tls.ca: "
                            "is this the right broker, and tls.ca its CA?",
                            name, peer->issuer);
    if (err == HF_ERR_TLS_EXPIRED)
        return hf_fault_set(fault, err, raw,
                            "the certificate of %s expired at %s UTC: renew it, or set this "
                            "machine's clock",
                            name, peer->valid_to);
    if (err == HF_ERR_TLS_NOT_YET_VALID)
        return hf_fault_set(fault, err, raw,
                            "the certificate of %s is not valid before %s UTC: this machine's "
                            "clock may be behind",
                            name, peer->valid_from);
    if (err == HF_ERR_TLS_WRONG_NAME)
        return hf_fault_set(fault, err, raw,
                            "the certificate was issued for %s, not for %s: use one of those "
                            "names, or have it issued for this one too",
                            peer->names, name);
    return hf_fault_set(fault, err, raw,
                        "the certificate of %s may not serve as a TLS server's (flags 0x%lx)", name,
                        (unsigned long)peer->flags);
}

static const char on_p384_mend[] = "turn on TLS 1.3 there, or give it one for a P-256 or RSA key";

/* OpenSSL says so of a certificate that it may not show us, too; Erlang shows it. */
static bool finds_nothing_in_common(const mbedtls_ssl_context *ssl, uint8_t alert)
{
    return ssl->state == MBEDTLS_SSL_SERVER_HELLO &&
           (alert == MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE ||
            alert == MBEDTLS_SSL_ALERT_MSG_INSUFFICIENT_SECURITY);
}

static enum hf_err alert_fault(const mbedtls_ssl_context *ssl, int code, const char *name,
                               struct hf_fault *fault)
{
    const uint8_t alert = ssl->in_msg != NULL ? ssl->in_msg[1] : 0;
    if (finds_nothing_in_common(ssl, alert))
        return hf_fault_set(fault, HF_ERR_TLS_PROTOCOL, code,
                            "%s has no cipher or key exchange (X25519, P-256) in common with us; "
                            "if its certificate is on P-384: %s",
                            name, on_p384_mend);
    for (size_t i = 0; i < sizeof alert_map / sizeof *alert_map; i++) {
        if (alert_map[i].alert == alert)
            return hf_fault_set(fault, alert_map[i].err, code, "%s refused %s", name,
                                alert_map[i].text);
    }
    return hf_fault_set(fault, HF_ERR_TLS, code, "%s ended the connection with TLS alert %u", name,
                        alert);
}

static enum hf_err closed_fault(bool shaking_hands, int code, const char *name,
                                struct hf_fault *fault)
{
    return hf_fault_set(fault, HF_ERR_CLOSED, code, "%s closed the connection%s", name,
                        shaking_hands ? " during the TLS handshake: is this its port for TLS (5671 "
                                        "is the usual one)?"
                                      : "");
}

static enum hf_err nonsense_fault(bool shaking_hands, int code, const char *name,
                                  struct hf_fault *fault)
{
    if (shaking_hands)
        return hf_fault_set(fault, HF_ERR_TLS_PROTOCOL, code,
                            "%s does not speak TLS on this port: 5671 is the usual one", name);
    return hf_fault_set(fault, HF_ERR_TLS, code, "%s broke the TLS protocol (Mbed TLS -0x%04x)",
                        name, (unsigned)-code);
}

/* What the verify flags of the chain do not tell. */
static enum hf_err unfit_fault(const mbedtls_ssl_context *ssl, int code, const char *name,
                               struct hf_fault *fault)
{
    if (mbedtls_ssl_get_verify_result(ssl) & MBEDTLS_X509_BADCERT_BAD_KEY)
        return hf_fault_set(
            fault, HF_ERR_TLS, code,
            "the certificate of %s is on P-384, which is taken with TLS 1.3 only: %s", name,
            on_p384_mend);
    return hf_fault_set(fault, HF_ERR_TLS, code,
                        "the certificate of %s may not serve as a TLS server's: have one issued "
                        "for serverAuth",
                        name);
}

enum hf_err hf_tls_fault(const mbedtls_ssl_context *ssl, int code, const struct hf_tls_peer *peer,
                         const char *name, struct hf_fault *fault)
{
    const bool shaking_hands = ssl->state != MBEDTLS_SSL_HANDSHAKE_OVER;
    switch (code) {
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED: return hf_tls_verify_fault(peer, name, fault);
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE: return alert_fault(ssl, code, name, fault);
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
    case MBEDTLS_ERR_SSL_CONN_EOF:
    case MBEDTLS_ERR_NET_CONN_RESET: return closed_fault(shaking_hands, code, name, fault);
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
    case MBEDTLS_ERR_X509_ALLOC_FAILED:
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, code, "out of memory for TLS with %s", name);
    case MBEDTLS_ERR_SSL_INVALID_RECORD:
    case MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE:
        return nonsense_fault(shaking_hands, code, name, fault);
    case MBEDTLS_ERR_SSL_BAD_CERTIFICATE: return unfit_fault(ssl, code, name, fault);
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
        return hf_fault_set(fault, HF_ERR_TLS_PROTOCOL, code,
                            "%s speaks no TLS 1.2 or 1.3, only something older", name);
    default:
        return hf_fault_set(fault, HF_ERR_TLS, code, "TLS with %s failed (Mbed TLS -0x%04x)", name,
                            (unsigned)-code);
    }
}
