#include "link/tls_suites.h"

#include <mbedtls/ssl_ciphersuites.h>
#include <stdbool.h>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#define CHACHA                                                                                     \
    MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,                                                       \
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,                                     \
        MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
#define AES_GCM                                                                                    \
    MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS1_3_AES_256_GCM_SHA384,                          \
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,                                           \
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,                                             \
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,                                           \
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384

static const int aes_first[] = {AES_GCM, CHACHA, 0};
static const int chacha_first[] = {CHACHA, AES_GCM, 0};

/* For AES and for the multiplication of GCM: one without the other is slow. */
static bool has_instructions(void)
{
#if defined(__x86_64__)
    unsigned a, b, c = 0, d;
    const unsigned wanted = bit_AES | bit_PCLMUL;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & wanted) == wanted;
#elif defined(__aarch64__)
    const unsigned long wanted = HWCAP_AES | HWCAP_PMULL;
    return (getauxval(AT_HWCAP) & wanted) == wanted;
#else
    return false;
#endif
}

const int *hf_tls_suites(void)
{
    return has_instructions() ? aes_first : chacha_first;
}
