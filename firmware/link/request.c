#include "link/request.h"

#include "link/digest.h"
#include "link/pem.h"
#include "link/tls_platform.h"
#include "wire/ident.h"

#include <mbedtls/base64.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform_util.h>
#include <stdio.h>
#include <string.h>

#define SCALAR_BYTES 32
#define POINT_BYTES  65
#define KEY_PEM_MAX  255
#define DER_MAX      256
#define LINE_BYTES   48 /* of DER in a line of 64 characters */

/* ECPrivateKey (RFC 5915): version 1, the number, the curve, the point. */
static const uint8_t key_begin[] = {0x30, 0x77, 0x02, 0x01, 0x01, 0x04, SCALAR_BYTES};
static const uint8_t key_middle[] = {0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
                                     0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00};

/* SubjectPublicKeyInfo (RFC 5480) up to the point. */
static const uint8_t public_begin[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                       0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                       0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
static const uint8_t ecdsa_with_sha256[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                            0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};

/* Bytes of DER, one after the other; all that is written here fits. */
struct der {
    uint8_t bytes[DER_MAX];
    size_t len;
};

static void put(struct der *der, const void *data, size_t len)
{
    memcpy(der->bytes + der->len, data, len);
    der->len += len;
}

static void put_head(struct der *der, uint8_t tag, size_t len)
{
    const uint8_t head[] = {tag, 0x81, (uint8_t)len};
    put(der, head, 1);
    put(der, head + (len < 128 ? 2 : 1), len < 128 ? 1 : 2);
}

static enum hf_err failed(struct hf_fault *fault, int code)
{
    return hf_fault_set(fault, HF_ERR_TLS, code, "cannot make a key or request (Mbed TLS -0x%04x)",
                        (unsigned)-code);
}

/* --- PEM --- */

static void write_pem(const char *what, const struct der *der, char *out, size_t size)
{
    size_t len = (size_t)snprintf(out, size, "-----BEGIN %s-----\n", what);
    for (size_t at = 0; at < der->len; at += LINE_BYTES) {
        const size_t left = der->len - at;
        size_t written = 0;
        (void)mbedtls_base64_encode((unsigned char *)out + len, size - len, &written,
                                    der->bytes + at, left < LINE_BYTES ? left : LINE_BYTES);
        len += written;
        out[len++] = '\n';
    }
    (void)snprintf(out + len, size - len, "-----END %s-----\n", what);
}

/* --- The key --- */

static int get_point(mbedtls_pk_context *key, uint8_t point[POINT_BYTES])
{
    size_t len = 0;
    const mbedtls_ecp_keypair *pair = mbedtls_pk_ec(*key);
    return mbedtls_ecp_point_write_binary(&pair->MBEDTLS_PRIVATE(grp), &pair->MBEDTLS_PRIVATE(Q),
                                          MBEDTLS_ECP_PF_UNCOMPRESSED, &len, point, POINT_BYTES);
}

static enum hf_err save_key(mbedtls_pk_context *key, const char *path, struct hf_fault *fault)
{
    struct der der = {.len = 0};
    char pem[KEY_PEM_MAX + 1];
    uint8_t point[POINT_BYTES];
    put(&der, key_begin, sizeof key_begin);
    int code = mbedtls_mpi_write_binary(&mbedtls_pk_ec(*key)->MBEDTLS_PRIVATE(d),
                                        der.bytes + der.len, SCALAR_BYTES);
    der.len += SCALAR_BYTES;
    put(&der, key_middle, sizeof key_middle);
    if (code == 0)
        code = get_point(key, point);
    put(&der, point, sizeof point);
    write_pem("EC PRIVATE KEY", &der, pem, sizeof pem);
    const enum hf_err err = code == 0 ? hf_pem_write(path, pem, 0600, fault) : failed(fault, code);
    mbedtls_platform_zeroize(&der, sizeof der);
    mbedtls_platform_zeroize(pem, sizeof pem);
    return err;
}

static enum hf_err make_key(mbedtls_pk_context *key, const char *path, struct hf_fault *fault)
{
    int code = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    if (code == 0)
        code =
            mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key), hf_tls_random, NULL);
    return code == 0 ? save_key(key, path, fault) : failed(fault, code);
}

static enum hf_err load_key(mbedtls_pk_context *key, const char *path, struct hf_fault *fault)
{
    struct hf_pem pem = {0};
    enum hf_err err = hf_pem_read(path, &pem, fault);
    if (err != HF_ERR_OK)
        return err;
    if (mbedtls_pk_parse_key(key, pem.text, pem.size, NULL, 0, hf_tls_random, NULL) != 0 ||
        !mbedtls_pk_can_do(key, MBEDTLS_PK_ECDSA) || mbedtls_pk_get_bitlen(key) != SCALAR_BYTES * 8)
        err = hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                           "%s is there, and holds no unencrypted private key on P-256: move it "
                           "away",
                           path);
    hf_pem_free(&pem);
    return err;
}

/* --- The request --- */

static int put_info(struct der *der, const char *board, mbedtls_pk_context *key)
{
    static const uint8_t version[] = {0x02, 0x01, 0x00};
    static const uint8_t common_name[] = {0x06, 0x03, 0x55, 0x04, 0x03};
    static const uint8_t no_attributes[] = {0xa0, 0x00};
    const size_t len = strlen(board);
    uint8_t point[POINT_BYTES];
    const int code = get_point(key, point);
    put_head(der, 0x30,
             sizeof version + 13 + len + sizeof public_begin + sizeof point + sizeof no_attributes);
    put(der, version, sizeof version);
    put_head(der, 0x30, 11 + len);
    put_head(der, 0x31, 9 + len);
    put_head(der, 0x30, 7 + len);
    put(der, common_name, sizeof common_name);
    put_head(der, 0x0c, len);
    put(der, board, len);
    put(der, public_begin, sizeof public_begin);
    put(der, point, sizeof point);
    put(der, no_attributes, sizeof no_attributes);
    return code;
}

static enum hf_err write_request(const char *board, mbedtls_pk_context *key,
                                 char out[HF_REQUEST_MAX + 1], struct hf_fault *fault)
{
    struct der info = {.len = 0}, request = {.len = 0};
    uint8_t digest[HF_SHA256_BYTES], signature[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
    size_t len = 0;
    int code = put_info(&info, board, key);
    hf_digest_of(info.bytes, info.len, digest);
    if (code == 0)
        code = mbedtls_pk_sign(key, MBEDTLS_MD_SHA256, digest, sizeof digest, signature,
                               sizeof signature, &len, hf_tls_random, NULL);
    if (code != 0)
        return failed(fault, code);
    put_head(&request, 0x30, info.len + sizeof ecdsa_with_sha256 + 3 + len);
    put(&request, info.bytes, info.len);
    put(&request, ecdsa_with_sha256, sizeof ecdsa_with_sha256);
    put_head(&request, 0x03, 1 + len);
    put(&request, "", 1);
    put(&request, signature, len);
    write_pem("CERTIFICATE REQUEST", &request, out, HF_REQUEST_MAX + 1);
    return HF_ERR_OK;
}

enum hf_err hf_request_make(const char *board, const char *key_path, char out[HF_REQUEST_MAX + 1],
                            bool *made, struct hf_fault *fault)
{
    mbedtls_pk_context key;
    enum hf_err err = hf_tls_platform_init(fault);
    if (err != HF_ERR_OK)
        return err;
    mbedtls_pk_init(&key);
    err = load_key(&key, key_path, fault);
    *made = err == HF_ERR_NOT_FOUND;
    if (*made)
        err = make_key(&key, key_path, fault);
    if (err == HF_ERR_OK)
        err = write_request(board, &key, out, fault);
    mbedtls_pk_free(&key);
    return err;
}
