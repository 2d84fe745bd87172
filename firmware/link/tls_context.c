#include "link/tls_context.h"

#include "link/pem.h"
#include "link/tls_error.h"
#include "link/tls_internal.h"
#include "link/tls_platform.h"
#include "link/tls_suites.h"

#include <mbedtls/platform.h>
#include <stdlib.h>
#include <string.h>

/* Of key exchange, and of the broker's own certificate with TLS 1.2 (RFC 8422, 5.1). Fastest
 * first on a small board; the library keeps the pointer. */
static const uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
                                  MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
                                  MBEDTLS_SSL_IANA_TLS_GROUP_NONE};

static enum hf_err load_certs(const char *path, mbedtls_x509_crt *chain, struct hf_fault *fault)
{
    struct hf_pem pem;
    enum hf_err err = hf_pem_read(path, &pem, fault);
    if (err != HF_ERR_OK)
        return err;
    const int code = mbedtls_x509_crt_parse(chain, pem.text, pem.size);
    if (code != 0)
        err =
            hf_fault_set(fault, HF_ERR_MALFORMED, code,
                         "%s holds no PEM certificate that can be read (Mbed TLS %d)", path, code);
    hf_pem_free(&pem);
    return err;
}

static enum hf_err load_key(const char *path, mbedtls_pk_context *key, struct hf_fault *fault)
{
    struct hf_pem pem;
    enum hf_err err = hf_pem_read(path, &pem, fault);
    if (err != HF_ERR_OK)
        return err;
    const int code = mbedtls_pk_parse_key(key, pem.text, pem.size, NULL, 0, hf_tls_random, NULL);
    if (code != 0)
        err = hf_fault_set(fault, HF_ERR_MALFORMED, code,
                           "%s holds no unencrypted PEM private key (Mbed TLS -0x%04x)", path,
                           (unsigned)-code);
    hf_pem_free(&pem);
    return err;
}

static enum hf_err load_own(struct hf_tls_context *context, const struct hf_tls_files *files,
                            struct hf_fault *fault)
{
    if ((files->cert == NULL) != (files->key == NULL))
        return hf_fault_set(fault, HF_ERR_MISSING, 0,
                            "tls.cert and tls.key belong together: give both or none");
    if (files->cert == NULL)
        return HF_ERR_OK;
    enum hf_err err = load_certs(files->cert, &context->own, fault);
    if (err == HF_ERR_OK)
        err = load_key(files->key, &context->key, fault);
    if (err != HF_ERR_OK)
        return err;
    int code = mbedtls_pk_check_pair(&context->own.pk, &context->key, hf_tls_random, NULL);
    if (code != 0)
        return hf_fault_set(fault, HF_ERR_INVALID, code,
                            "the key in %s does not belong to the certificate in %s", files->key,
                            files->cert);
    code = mbedtls_ssl_conf_own_cert(&context->config, &context->own, &context->key);
    return code == 0 ? HF_ERR_OK
                     : hf_fault_set(fault, HF_ERR_NO_MEMORY, code, "out of memory for TLS");
}

/* What comes after our own certificate is not to be shown to the other side, but to judge it by. */
static enum hf_err split(struct hf_tls_context *context, const char *path, struct hf_fault *fault)
{
    mbedtls_x509_crt *rest = context->own.next;
    int code = 0;
    if (rest == NULL)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                            "%s holds no certificate of a CA after our own", path);
    for (const mbedtls_x509_crt *at = rest; at != NULL && code == 0; at = at->next)
        code = mbedtls_x509_crt_parse_der(&context->ca, at->raw.p, at->raw.len);
    context->own.next = NULL;
    mbedtls_x509_crt_free(rest);
    mbedtls_free(rest);
    return code == 0 ? HF_ERR_OK
                     : hf_fault_set(fault, HF_ERR_NO_MEMORY, code, "out of memory for TLS");
}

static enum hf_err load_trust(struct hf_tls_context *context, const struct hf_tls_files *files,
                              struct hf_fault *fault)
{
    if (files->cert != NULL && strcmp(files->ca, files->cert) == 0)
        return split(context, files->ca, fault);
    return load_certs(files->ca, &context->ca, fault);
}

static enum hf_err set_rules(struct hf_tls_context *context, struct hf_fault *fault)
{
    mbedtls_ssl_config *config = &context->config;
    const int code = mbedtls_ssl_config_defaults(
        config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    if (code != 0)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, code, "out of memory for TLS");
    mbedtls_ssl_conf_rng(config, hf_tls_random, NULL);
    mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(config, &context->ca, NULL);
    mbedtls_ssl_conf_groups(config, groups);
    mbedtls_ssl_conf_ciphersuites(config, hf_tls_suites());
    mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
    return HF_ERR_OK;
}

enum hf_err hf_tls_context_load(const struct hf_tls_files *files, struct hf_tls_context **out,
                                struct hf_fault *fault)
{
    if (files->ca == NULL)
        return hf_fault_set(fault, HF_ERR_MISSING, 0,
                            "tls.ca is missing: without a CA no broker can be trusted");
    const enum hf_err started = hf_tls_platform_init(fault);
    if (started != HF_ERR_OK)
        return started;

    struct hf_tls_context *context = calloc(1, sizeof *context);
    if (context == NULL)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for TLS");
    mbedtls_x509_crt_init(&context->ca);
    mbedtls_x509_crt_init(&context->own);
    mbedtls_pk_init(&context->key);
    mbedtls_ssl_config_init(&context->config);

    enum hf_err err = set_rules(context, fault);
    if (err == HF_ERR_OK)
        err = load_own(context, files, fault);
    if (err == HF_ERR_OK)
        err = load_trust(context, files, fault);
    if (err != HF_ERR_OK) {
        hf_tls_context_free(context);
        return err;
    }
    *out = context;
    return HF_ERR_OK;
}

enum hf_err hf_tls_context_dates(const struct hf_tls_context *context, int64_t *from_s,
                                 int64_t *until_s)
{
    if (context->own.raw.p == NULL)
        return HF_ERR_NOT_FOUND;
    if (from_s != NULL)
        *from_s = hf_tls_unix_s(&context->own.valid_from);
    if (until_s != NULL)
        *until_s = hf_tls_unix_s(&context->own.valid_to);
    return HF_ERR_OK;
}

void hf_tls_context_free(struct hf_tls_context *context)
{
    if (context == NULL)
        return;
    mbedtls_ssl_config_free(&context->config);
    mbedtls_pk_free(&context->key);
    mbedtls_x509_crt_free(&context->own);
    mbedtls_x509_crt_free(&context->ca);
    free(context);
}
