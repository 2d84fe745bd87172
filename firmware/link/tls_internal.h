#ifndef HF_LINK_TLS_INTERNAL_H
#define HF_LINK_TLS_INTERNAL_H

#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <stddef.h>

/* Shared by tls_context.c and tls_socket.c, the two files that drive Mbed TLS; nobody else's. */

struct hf_tls_context {
    mbedtls_ssl_config config;
    mbedtls_x509_crt ca;
    mbedtls_x509_crt own;
    mbedtls_pk_context key;
};

/* The kernel's randomness in the shape that Mbed TLS calls. */
int hf_tls_random(void *unused, unsigned char *out, size_t len);

#endif
