#include "handlers/builtins.h"
#include "handlers/io.h"
#include "wire/hex.h"

#include <errno.h>
#include <mbedtls/sha256.h>
#include <string.h>
#include <sysexits.h>

#define PROGRESS_BYTES (1024 * 1024)

static int hash_payload(const struct hf_handler_io *io, mbedtls_sha256_context *hash)
{
    unsigned char data[16384];
    int64_t total = hf_io_payload_bytes(io), done = 0, reported = 0;
    for (;;) {
        ssize_t got = hf_io_read(io, data, sizeof data);
        if (got < 0)
            return hf_io_fail(io, EX_IOERR, "cannot read the payload: %s", strerror(errno));
        if (got == 0)
            return EX_OK;
        if (mbedtls_sha256_update(hash, data, (size_t)got) != 0)
            return hf_io_fail(io, EX_SOFTWARE, "SHA-256 failed");
        done += got;
        if (done - reported >= PROGRESS_BYTES) {
            hf_io_progress(io, done, total, "bytes");
            reported = done;
        }
    }
}

int hf_handler_sha256(const struct hf_handler_io *io)
{
    mbedtls_sha256_context hash;
    mbedtls_sha256_init(&hash);
    unsigned char digest[32];
    char text[2 * sizeof digest + 1];

    if (mbedtls_sha256_starts(&hash, 0) != 0)
        return hf_io_fail(io, EX_SOFTWARE, "SHA-256 failed");
    int code = hash_payload(io, &hash);
    if (code != EX_OK)
        return code;
    if (mbedtls_sha256_finish(&hash, digest) != 0)
        return hf_io_fail(io, EX_SOFTWARE, "SHA-256 failed");
    mbedtls_sha256_free(&hash);
    hf_hex(text, digest, sizeof digest);
    if (hf_io_write(io, text, sizeof text - 1) != 0)
        return hf_io_fail(io, EX_IOERR, "cannot write the result: %s", strerror(errno));
    return EX_OK;
}
