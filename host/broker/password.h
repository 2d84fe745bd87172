#ifndef HF_BROKER_PASSWORD_H
#define HF_BROKER_PASSWORD_H

#include "home/home.h"

#include <stddef.h>
#include <stdint.h>

/* The password of the private broker's management API: made here, kept in a file, never printed. */

#define HF_PASSWORD_SALT      4
#define HF_PASSWORD_HASH_TEXT 52 /* bytes of a hash as text, with the final 0 */

/*
 * Makes admin.password (0600; 192 random bits) unless it is there, and hands out the hash of what
 * it holds, as RabbitMQ's definitions take it. Errors of hf_file_read and hf_file_write.
 */
enum hf_err hf_password_ensure(const struct hf_home *home, char hash[HF_PASSWORD_HASH_TEXT],
                               struct hf_fault *fault);

/* base64(salt + SHA-256(salt + password)): RabbitMQ's rabbit_password_hashing_sha256. */
void hf_password_hash(const char *password, const uint8_t salt[HF_PASSWORD_SALT],
                      char hash[HF_PASSWORD_HASH_TEXT]);

/* `bytes` random bytes as lower-case hexadecimal and a final 0: `text` has 2 * bytes + 1. */
void hf_password_random(char *text, size_t bytes);

#endif
