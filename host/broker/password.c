#include "broker/password.h"

#include "home/file.h"
#include "link/random.h"

#include <mbedtls/base64.h>
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_BYTES 24
#define FILE_MAX     1024
#define SHA256_BYTES 32

void hf_password_random(char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        uint8_t byte = 0;
        hf_random(&byte, 1);
        snprintf(text + 2 * i, 3, "%02x", byte);
    }
}

void hf_password_hash(const char *password, const uint8_t salt[HF_PASSWORD_SALT],
                      char hash[HF_PASSWORD_HASH_TEXT])
{
    unsigned char salted[HF_PASSWORD_SALT + SHA256_BYTES];
    mbedtls_sha256_context sha;
    size_t len = 0;
    memcpy(salted, salt, HF_PASSWORD_SALT);
    mbedtls_sha256_init(&sha);
    mbedtls_sha256_starts(&sha, 0);
    mbedtls_sha256_update(&sha, salt, HF_PASSWORD_SALT);
    mbedtls_sha256_update(&sha, (const unsigned char *)password, strlen(password));
    mbedtls_sha256_finish(&sha, salted + HF_PASSWORD_SALT);
    mbedtls_sha256_free(&sha);
    mbedtls_base64_encode((unsigned char *)hash, HF_PASSWORD_HASH_TEXT, &len, salted,
                          sizeof salted);
}

static enum hf_err make(const char *path, struct hf_fault *fault)
{
    char password[2 * RANDOM_BYTES + 1];
    hf_password_random(password, RANDOM_BYTES);
    password[2 * RANDOM_BYTES] = '\n';
    enum hf_err err = hf_file_write(path, password, 2 * RANDOM_BYTES + 1, 0600, fault);
    explicit_bzero(password, sizeof password);
    return err;
}

enum hf_err hf_password_ensure(const struct hf_home *home, char hash[HF_PASSWORD_HASH_TEXT],
                               struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    uint8_t salt[HF_PASSWORD_SALT];
    char *password = NULL;
    hf_home_path(home, HF_HOME_PASSWORD, "", path);
    enum hf_err err = hf_file_exists(path) ? HF_ERR_OK : make(path, fault);
    if (!err)
        err = hf_file_read(path, FILE_MAX, &password, NULL, fault);
    if (err)
        return err;
    password[strcspn(password, "\r\n")] = '\0';
    hf_random(salt, sizeof salt);
    hf_password_hash(password, salt, hash);
    explicit_bzero(password, strlen(password));
    free(password);
    return HF_ERR_OK;
}
