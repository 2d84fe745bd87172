/* The Mbed TLS of holdfast-init, which joins a Wi-Fi (firmware/wifi): HMAC-SHA1 and AES key unwrap, as
 * WPA2 has them. A library of its own, so that the worker has neither SHA-1 nor AES backwards.
 */
#ifndef HOLDFAST_MBEDTLS_WIFI_CONFIG_H
#define HOLDFAST_MBEDTLS_WIFI_CONFIG_H

#define MBEDTLS_PLATFORM_C
#define MBEDTLS_MD_C
#define MBEDTLS_SHA1_C
#define MBEDTLS_CIPHER_C
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH
#define MBEDTLS_NIST_KW_C

#endif
