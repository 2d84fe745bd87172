/* Exactly the Mbed TLS that Holdfast uses; what is not named here is not compiled.
 *
 * One file for both sides. The board is a TLS client and no more. HOLDFAST_HOST adds what the
 * manager needs (making keys and certificates) and what the tests need (being a server).
 */
#ifndef HOLDFAST_MBEDTLS_CONFIG_H
#define HOLDFAST_MBEDTLS_CONFIG_H

/* --- The platform ------------------------------------------------------------------------- */

#define MBEDTLS_HAVE_ASM       /* multiplication of big numbers, AES instructions */
#define MBEDTLS_HAVE_TIME      /* ages of session tickets */
#define MBEDTLS_HAVE_TIME_DATE /* certificates are judged by date */
#define MBEDTLS_FS_IO          /* certificates and keys are read from files */

/* The date comes from a function that link/ sets (mbedtls_platform_set_time): a board without a
 * real-time clock must not believe it is 1970. Until it is set, it is always 1970. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_TIME_ALT

/* --- Random numbers: the kernel's, through mbedtls_psa_external_get_random() of link/ ------- */

#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG

/* --- Hashes ------------------------------------------------------------------------------- */

#define MBEDTLS_MD_C
#define MBEDTLS_SHA224_C /* nothing asks for it, SHA-256 shares its code */
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA384_C /* TLS_AES_256_GCM_SHA384, signatures by P-384 authorities */
#define MBEDTLS_SHA512_C /* signatures of RSA authorities */
#ifndef HOLDFAST_HOST
#define MBEDTLS_SHA512_SMALLER /* rounds not unrolled: it is for handshakes only */
#endif
#define MBEDTLS_MD5_C    /* only the nonce-search handler: no certificate or record is MD5 */

/* --- Ciphers: AES-GCM and ChaCha20-Poly1305, all authenticated ---------------------------- */

#define MBEDTLS_CIPHER_C
#define MBEDTLS_AES_C
#define MBEDTLS_AES_FEWER_TABLES  /* 2 KB of tables instead of 8: a small cache is the usual case  \
                                   */
#if !defined(HOLDFAST_HOST)
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT /* GCM only ever encrypts */
#endif
#define MBEDTLS_GCM_C
#define MBEDTLS_CHACHA20_C
#define MBEDTLS_POLY1305_C
#define MBEDTLS_CHACHAPOLY_C
#if defined(__x86_64__)
#define MBEDTLS_AESNI_C
#elif defined(__aarch64__)
#define MBEDTLS_AESCE_C  /* found at run time: a Pi 5 has the instructions, a Pi 3 and 4 have not  \
                          */
#endif

/* --- Keys and signatures ------------------------------------------------------------------ */

#define MBEDTLS_BIGNUM_C
#define MBEDTLS_OID_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED /* our own keys and certificates */
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED /* certificates of companies, never key exchange */
#define MBEDTLS_ECP_DP_CURVE25519_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#ifndef HOLDFAST_HOST
/* Without tables of multiples of the base points, which are 5 KB; a handshake takes longer for it.
 */
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 0
#endif
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C /* its nonces are the kernel's random numbers */
#define MBEDTLS_RSA_C   /* a company's broker may have an RSA certificate */
#ifndef HOLDFAST_HOST
#define MBEDTLS_RSA_NO_CRT /* only a board with an RSA key of its own signs with it, slower */
#endif
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C

/* --- Certificates ------------------------------------------------------------------------- */

#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_BASE64_C
#define MBEDTLS_PEM_PARSE_C
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#if !defined(HOLDFAST_HOST)
#define MBEDTLS_X509_REMOVE_INFO /* certificates as text for people: the tables are 5 KB */
#endif
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT

/* --- TLS ---------------------------------------------------------------------------------- */

#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2 /* RabbitMQ 3.10 on older Erlang; no renegotiation */
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE /* middle boxes let it pass */
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_PSA_CRYPTO_C        /* TLS 1.3 is written on it: call psa_crypto_init() first */
#if !defined(HOLDFAST_HOST)
#define MBEDTLS_PSA_CRYPTO_CONFIG /* no more of PSA than TLS 1.3 needs */
#define MBEDTLS_PSA_CRYPTO_CONFIG_FILE <mbedtls_psa_config.h>
#endif
#define MBEDTLS_HKDF_C              /* TLS 1.3's key schedule */
#define MBEDTLS_SSL_SESSION_TICKETS /* taken from a server that sends them, never used */
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_ALL_ALERT_MESSAGES    /* the broker's log then says why a board hung up */
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE /* the TLS 1.3 client of 3.6 does not work without it */

/* A record that comes in may be 16 KB, TLS lets no client refuse that; one that goes out is ours
 * to keep small: on a board for its memory's sake, while a manager that sends hundreds of tasks at
 * once saves the broker work by large ones. */
#define MBEDTLS_SSL_IN_CONTENT_LEN 16384
#if defined(HOLDFAST_HOST)
#define MBEDTLS_SSL_OUT_CONTENT_LEN 16384
#else
#define MBEDTLS_SSL_OUT_CONTENT_LEN 4096
#endif

/* --- The manager and the tests ------------------------------------------------------------ */

#if defined(HOLDFAST_HOST)

/* Making the authority, the broker's and the boards' certificates (host/pki). */
#define MBEDTLS_PK_WRITE_C
#define MBEDTLS_PEM_WRITE_C
#define MBEDTLS_X509_CREATE_C
#define MBEDTLS_X509_CRT_WRITE_C
#define MBEDTLS_X509_CSR_WRITE_C
#define MBEDTLS_X509_CSR_PARSE_C
#define MBEDTLS_SHA1_C  /* key identifiers in certificates (RFC 5280 4.2.1.2), never a signature */
#define MBEDTLS_ERROR_C /* words for the log; the board logs the number */

/* The key of a flashed card's Wi-Fi, made of the password (host/flash). */
#define MBEDTLS_PKCS5_C

/* Tests play a server: one with the wrong name, one that hangs up, one that speaks TLS 1.2 only. */
#define MBEDTLS_SSL_SRV_C
#define MBEDTLS_SSL_TICKET_C
#define MBEDTLS_GENPRIME /* RSA certificates for them */

#endif

#endif
