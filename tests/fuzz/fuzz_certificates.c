/* A file of certificates, from flash or from the network (hf-renew): the bytes as it is, and as the
 * DER of one in PEM, which is what the other side of a handshake sends, too. */
#include "fuzz.h"
#include "link/tls_context.h"

#include <mbedtls/pem.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BEGIN    "-----BEGIN CERTIFICATE-----\n"
#define END      "-----END CERTIFICATE-----\n"
#define DER_MAX  16384
#define TEXT_MAX (2 * DER_MAX)

static void load(const void *text, size_t len)
{
    struct hf_tls_context *context = NULL;
    struct hf_fault fault = {0};
    char path[64];
    const int fd = memfd_create("ca", MFD_CLOEXEC);
    fuzz_must(fd >= 0 && write(fd, text, len) == (ssize_t)len);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const struct hf_tls_files files = {.ca = path};
    const enum hf_err err = hf_tls_context_load(&files, &context, &fault);
    fuzz_must((err == HF_ERR_OK) == (context != NULL));
    fuzz_must(err == HF_ERR_OK || fault.text[0] != '\0');
    hf_tls_context_free(context);
    (void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static unsigned char text[TEXT_MAX];
    size_t size = 0;
    load(data, len);
    if (len <= DER_MAX &&
        mbedtls_pem_write_buffer(BEGIN, END, data, len, text, sizeof text, &size) == 0)
        load(text, size - 1);
    return 0;
}
