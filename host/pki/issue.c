#include "pki/issue.h"

#include "link/random.h"
#include "link/tls_platform.h"
#include "pki/key.h"

#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S        INT64_C(86400)
#define SERIAL_BYTES 16
#define TIME_TEXT    16 /* YYYYMMDDhhmmss, 0 */

static int set_serial(mbedtls_x509write_cert *cert)
{
    unsigned char serial[SERIAL_BYTES];
    hf_random(serial, sizeof serial);
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40); /* positive, and always 16 bytes long */
    return mbedtls_x509write_crt_set_serial_raw(cert, serial, sizeof serial);
}

static int set_validity(mbedtls_x509write_cert *cert, const struct hf_pki_request *request)
{
    char from[TIME_TEXT], to[TIME_TEXT];
    struct tm utc;
    int64_t days = request->kind == HF_PKI_CA ? HF_PKI_CA_DAYS : HF_PKI_LEAF_DAYS;
    time_t begin = (time_t)(request->now_s - HF_PKI_BACKDATE_S);
    time_t end = (time_t)(request->now_s + days * DAY_S);
    if (request->not_after_max_s && end > request->not_after_max_s)
        end = (time_t)request->not_after_max_s;
    strftime(from, sizeof from, "%Y%m%d%H%M%S", gmtime_r(&begin, &utc));
    strftime(to, sizeof to, "%Y%m%d%H%M%S", gmtime_r(&end, &utc));
    return mbedtls_x509write_crt_set_validity(cert, from, to);
}

static int set_subjects(mbedtls_x509write_cert *cert, const struct hf_pki_request *request,
                        const char *issuer_subject)
{
    char subject[HF_PKI_SUBJECT_MAX + 1];
    snprintf(subject, sizeof subject, "CN=%s,O=Holdfast", request->common_name);
    int raw = mbedtls_x509write_crt_set_subject_name(cert, subject);
    if (raw != 0)
        return raw;
    return mbedtls_x509write_crt_set_issuer_name(cert, issuer_subject ? issuer_subject : subject);
}

static int set_usage(mbedtls_x509write_cert *cert, enum hf_pki_kind kind)
{
    static const char server[] = MBEDTLS_OID_SERVER_AUTH, client[] = MBEDTLS_OID_CLIENT_AUTH;
    mbedtls_asn1_sequence purpose = {.buf = {.tag = MBEDTLS_ASN1_OID}};
    unsigned int usage = kind == HF_PKI_CA
                             ? MBEDTLS_X509_KU_KEY_CERT_SIGN | MBEDTLS_X509_KU_CRL_SIGN
                             : MBEDTLS_X509_KU_DIGITAL_SIGNATURE;
    int raw = mbedtls_x509write_crt_set_basic_constraints(cert, kind == HF_PKI_CA, 0);
    if (raw == 0)
        raw = mbedtls_x509write_crt_set_key_usage(cert, usage);
    if (raw != 0 || kind == HF_PKI_CA)
        return raw;
    purpose.buf.p = (unsigned char *)(kind == HF_PKI_SERVER ? server : client);
    purpose.buf.len = sizeof server - 1;
    return mbedtls_x509write_crt_set_ext_key_usage(cert, &purpose);
}

static int set_names(mbedtls_x509write_cert *cert, const struct hf_pki_names *names)
{
    mbedtls_x509_san_list list[HF_PKI_NAMES_MAX];
    if (!names || names->count == 0)
        return 0;
    memset(list, 0, sizeof list);
    for (size_t i = 0; i < names->count; i++) {
        const struct hf_pki_name *name = &names->items[i];
        mbedtls_x509_subject_alternative_name *to = &list[i].node;
        to->type = name->address_len ? MBEDTLS_X509_SAN_IP_ADDRESS : MBEDTLS_X509_SAN_DNS_NAME;
        to->san.unstructured_name.tag = MBEDTLS_ASN1_IA5_STRING;
        to->san.unstructured_name.p =
            (unsigned char *)(name->address_len ? (const char *)name->address : name->text);
        to->san.unstructured_name.len = name->address_len ? name->address_len : strlen(name->text);
        list[i].next = i + 1 < names->count ? &list[i + 1] : NULL;
    }
    return mbedtls_x509write_crt_set_subject_alternative_name(cert, list);
}

static int fill(mbedtls_x509write_cert *cert, const struct hf_pki_request *request,
                const char *issuer_subject)
{
    int raw = set_serial(cert);
    if (raw == 0)
        raw = set_validity(cert, request);
    if (raw == 0)
        raw = set_subjects(cert, request, issuer_subject);
    if (raw == 0)
        raw = set_usage(cert, request->kind);
    if (raw == 0)
        raw = set_names(cert, request->names);
    if (raw == 0)
        raw = mbedtls_x509write_crt_set_subject_key_identifier(cert);
    if (raw == 0)
        raw = mbedtls_x509write_crt_set_authority_key_identifier(cert);
    return raw;
}

enum hf_err hf_pki_issue(const struct hf_pki_request *request, mbedtls_pk_context *subject,
                         mbedtls_pk_context *issuer, const char *issuer_subject,
                         char pem[HF_PKI_PEM_MAX], struct hf_fault *fault)
{
    mbedtls_x509write_cert cert;
    if (request->now_s < HF_PKI_CLOCK_MIN_S)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "this machine's clock is wrong (before 2024), so its certificates "
                            "would be too: set it and try again");
    mbedtls_x509write_crt_init(&cert);
    mbedtls_x509write_crt_set_version(&cert, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&cert, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&cert, subject);
    mbedtls_x509write_crt_set_issuer_key(&cert, issuer);
    int raw = fill(&cert, request, issuer_subject);
    if (raw == 0)
        raw = mbedtls_x509write_crt_pem(&cert, (unsigned char *)pem, HF_PKI_PEM_MAX, hf_tls_random,
                                        NULL);
    mbedtls_x509write_crt_free(&cert);
    return raw == 0 ? HF_ERR_OK : hf_pki_fault(fault, raw, "cannot make a certificate");
}
