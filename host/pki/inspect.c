#include "pki/inspect.h"

#include "home/file.h"
#include "home/home.h"
#include "link/tls_platform.h"
#include "pki/key.h"

#include <arpa/inet.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static enum hf_err load(mbedtls_x509_crt *cert, const char *path, struct hf_fault *fault)
{
    char *pem = NULL;
    size_t len = 0;
    mbedtls_x509_crt_init(cert);
    enum hf_err err = hf_file_read(path, HF_PKI_PEM_MAX, &pem, &len, fault);
    if (err)
        return err;
    int raw = mbedtls_x509_crt_parse(cert, (unsigned char *)pem, len + 1);
    free(pem);
    if (raw != 0)
        return hf_fault_set(fault, HF_ERR_MALFORMED, raw, "%s holds no certificate in PEM", path);
    return HF_ERR_OK;
}

static int64_t unix_time(const mbedtls_x509_time *time)
{
    struct tm utc = {.tm_year = time->year - 1900,
                     .tm_mon = time->mon - 1,
                     .tm_mday = time->day,
                     .tm_hour = time->hour,
                     .tm_min = time->min,
                     .tm_sec = time->sec};
    return timegm(&utc);
}

static void add_name(struct hf_pki_names *names, const mbedtls_x509_subject_alternative_name *san)
{
    char text[HF_PKI_NAME_MAX + 1] = "";
    const mbedtls_x509_buf *value = &san->san.unstructured_name;
    if (san->type == MBEDTLS_X509_SAN_DNS_NAME && value->len < sizeof text)
        memcpy(text, value->p, value->len);
    else if (san->type == MBEDTLS_X509_SAN_IP_ADDRESS && value->len == 4)
        inet_ntop(AF_INET, value->p, text, sizeof text);
    else if (san->type == MBEDTLS_X509_SAN_IP_ADDRESS && value->len == 16)
        inet_ntop(AF_INET6, value->p, text, sizeof text);
    if (text[0])
        hf_pki_names_add(names, text, NULL);
}

static void read_names(const mbedtls_x509_crt *cert, struct hf_pki_names *names)
{
    const mbedtls_x509_sequence *at = &cert->subject_alt_names;
    for (; at && at->buf.p; at = at->next) {
        mbedtls_x509_subject_alternative_name san;
        if (mbedtls_x509_parse_subject_alt_name(&at->buf, &san) != 0)
            continue;
        add_name(names, &san);
        mbedtls_x509_free_subject_alt_name(&san);
    }
}

static void read_serial(const mbedtls_x509_buf *serial, char out[HF_PKI_SERIAL_MAX + 1])
{
    const size_t most = HF_PKI_SERIAL_MAX / 2;
    const size_t len = serial->len < most ? serial->len : most;
    out[0] = '\0';
    for (size_t i = 0; i < len; i++)
        snprintf(out + 2 * i, 3, "%02X", serial->p[i]);
}

enum hf_err hf_pki_inspect(const char *path, struct hf_pki_facts *out, struct hf_fault *fault)
{
    mbedtls_x509_crt cert;
    memset(out, 0, sizeof *out);
    enum hf_err err = load(&cert, path, fault);
    if (!err && mbedtls_x509_dn_gets(out->subject, sizeof out->subject, &cert.subject) < 0)
        err = hf_fault_set(fault, HF_ERR_MALFORMED, 0, "%s: its subject cannot be read", path);
    if (!err) {
        out->not_before_s = unix_time(&cert.valid_from);
        out->not_after_s = unix_time(&cert.valid_to);
        read_serial(&cert.serial, out->serial);
        read_names(&cert, &out->names);
    }
    mbedtls_x509_crt_free(&cert);
    return err;
}

/* The dates were judged by the caller's clock, and a leaf never outlives its authority. */
static bool signed_by(mbedtls_x509_crt *cert, const char *authority)
{
    const uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    char path[HF_PATH_MAX + 8];
    mbedtls_x509_crt ca;
    uint32_t flags = UINT32_MAX;
    snprintf(path, sizeof path, "%s.pem", authority);
    if (load(&ca, path, NULL) == HF_ERR_OK)
        mbedtls_x509_crt_verify(cert, &ca, NULL, NULL, &flags, NULL, NULL);
    mbedtls_x509_crt_free(&ca);
    return (flags & ~dates) == 0;
}

static bool fits_key(mbedtls_x509_crt *cert, const char *base)
{
    char path[HF_PATH_MAX + 8];
    mbedtls_pk_context key;
    snprintf(path, sizeof path, "%s.key", base);
    bool good = hf_pki_key_load(&key, path, NULL) == HF_ERR_OK &&
                mbedtls_pk_check_pair(&cert->pk, &key, hf_tls_random, NULL) == 0;
    mbedtls_pk_free(&key);
    return good;
}

bool hf_pki_pair_good(const char *authority, const char *base, int64_t now_s, int64_t until_s)
{
    char path[HF_PATH_MAX + 8];
    mbedtls_x509_crt cert;
    snprintf(path, sizeof path, "%s.pem", base);
    bool good = load(&cert, path, NULL) == HF_ERR_OK && unix_time(&cert.valid_from) <= now_s &&
                unix_time(&cert.valid_to) > until_s && fits_key(&cert, base) &&
                signed_by(&cert, authority);
    mbedtls_x509_crt_free(&cert);
    return good;
}

enum hf_err hf_pki_key_fits(const char *base, struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 8];
    mbedtls_x509_crt cert;
    snprintf(path, sizeof path, "%s.pem", base);
    bool fits = load(&cert, path, NULL) == HF_ERR_OK && fits_key(&cert, base);
    mbedtls_x509_crt_free(&cert);
    return fits ? HF_ERR_OK
                : hf_fault_set(fault, HF_ERR_DENIED, 0,
                               "%s.key is not the key of the first certificate in %s.pem: a "
                               "rotation of the authorities was cut off; do it again",
                               base, base);
}

bool hf_pki_is_signed_by(const char *pem, const char *authority)
{
    mbedtls_x509_crt cert;
    mbedtls_x509_crt_init(&cert);
    bool is = mbedtls_x509_crt_parse(&cert, (const unsigned char *)pem, strlen(pem) + 1) == 0 &&
              signed_by(&cert, authority);
    mbedtls_x509_crt_free(&cert);
    return is;
}
