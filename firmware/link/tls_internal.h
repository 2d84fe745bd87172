#ifndef HF_LINK_TLS_INTERNAL_H
#define HF_LINK_TLS_INTERNAL_H

#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

/* Shared by tls_context.c and tls_stream.c, the two files that drive Mbed TLS; nobody else's. */

struct hf_tls_context {
    mbedtls_ssl_config config;
    mbedtls_x509_crt ca;
    mbedtls_x509_crt own;
    mbedtls_pk_context key;
};

#endif
