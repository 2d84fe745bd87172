/* A certificate request that came from a board, as the manager reads it: the bytes as the file, and
 * as the DER of one in PEM. */
#include "fuzz.h"
#include "link/tls_platform.h"
#include "pki/csr.h"

#include <mbedtls/pem.h>

#define BEGIN    "-----BEGIN CERTIFICATE REQUEST-----\n"
#define END      "-----END CERTIFICATE REQUEST-----\n"
#define DER_MAX  16384
#define TEXT_MAX (2 * DER_MAX)

static void read_it(const char *pem)
{
    mbedtls_pk_context key;
    struct hf_fault fault = {0};
    const enum hf_err err = hf_pki_csr_read(pem, "a.csr", "a", &key, &fault);
    if (err == HF_ERR_OK)
        fuzz_must(mbedtls_pk_can_do(&key, MBEDTLS_PK_ECDSA) && mbedtls_pk_get_bitlen(&key) == 256);
    else
        fuzz_must((err == HF_ERR_MALFORMED || err == HF_ERR_INVALID) && fault.text[0] != '\0');
    mbedtls_pk_free(&key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static unsigned char text[TEXT_MAX];
    size_t size = 0;
    fuzz_must(hf_tls_platform_init(NULL) == HF_ERR_OK);
    char *copy = fuzz_text(data, len);
    read_it(copy);
    free(copy);
    if (len <= DER_MAX &&
        mbedtls_pem_write_buffer(BEGIN, END, data, len, text, sizeof text, &size) == 0)
        read_it((const char *)text);
    return 0;
}
