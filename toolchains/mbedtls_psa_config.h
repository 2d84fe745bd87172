/* The part of the PSA interface that TLS 1.3 is written on, on a board; mbedtls_config.h has the rest.
 *
 * TLS 1.3 makes its key shares, its key schedule and the hashes under its signatures through PSA.
 * Signatures, certificates and records of both versions use the library's older interface, so
 * what PSA could do there would only fill its dispatch tables. Left unsaid, Mbed TLS offers
 * through PSA all that mbedtls_config.h names.
 */
#ifndef HOLDFAST_MBEDTLS_PSA_CONFIG_H
#define HOLDFAST_MBEDTLS_PSA_CONFIG_H

/* Key shares: ephemeral ECDH. */
#define PSA_WANT_ALG_ECDH                       1
#define PSA_WANT_ECC_SECP_R1_256                1
#define PSA_WANT_ECC_SECP_R1_384                1
#define PSA_WANT_ECC_MONTGOMERY_255             1
#define PSA_WANT_KEY_TYPE_ECC_PUBLIC_KEY        1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_BASIC    1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_IMPORT   1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_EXPORT   1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_GENERATE 1

/* The key schedule. */
#define PSA_WANT_ALG_HKDF_EXTRACT 1
#define PSA_WANT_ALG_HKDF_EXPAND  1
#define PSA_WANT_ALG_HMAC         1
#define PSA_WANT_KEY_TYPE_HMAC    1
#define PSA_WANT_KEY_TYPE_DERIVE  1

/* What a signature is over; SHA-512 is RSA's. */
#define PSA_WANT_ALG_SHA_256 1
#define PSA_WANT_ALG_SHA_384 1
#define PSA_WANT_ALG_SHA_512 1

#endif
