/* A signature in a task, a command or a result, as boards and the manager read it: the bytes as its
 * text, and as the DER in its base64. Nobody has the key, so none is good. */
#include "fuzz.h"
#include "link/signature.h"
#include "pki/seal_key.h"

#include <mbedtls/base64.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* P-256's generator: a key as good as any other. */
static const char KEY[] = "-----BEGIN PUBLIC KEY-----\n"
                          "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
                          "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"
                          "-----END PUBLIC KEY-----\n";

static struct hf_verifier *load(void)
{
    struct hf_verifier *verifier = NULL;
    struct hf_fault fault = {0};
    char path[64];
    const int fd = memfd_create("key", MFD_CLOEXEC);
    fuzz_must(fd >= 0 && write(fd, KEY, sizeof KEY - 1) == (ssize_t)sizeof KEY - 1);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    fuzz_must(hf_verifier_load(path, &verifier, &fault) == HF_ERR_OK);
    (void)close(fd);
    return verifier;
}

static struct hf_seal_verifier *load_for_manager(void)
{
    struct hf_seal_verifier *verifier = NULL;
    fuzz_must(hf_seal_verifier_parse(KEY, sizeof KEY - 1, "key", &verifier, NULL) == HF_ERR_OK);
    return verifier;
}

static void check(const char *text)
{
    static const struct hf_seal seal = {.len = 16, .text = "holdfast task 1\n"};
    static struct hf_verifier *board;
    static struct hf_seal_verifier *manager;
    if (board == NULL) {
        board = load();
        manager = load_for_manager();
    }
    fuzz_must(!hf_verifier_check(board, &seal, text));
    fuzz_must(!hf_seal_check(manager, &seal, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char text[4 * HF_SIGNATURE_MAX + 1];
    size_t written = 0;
    if (len >= sizeof text)
        return 0;
    memcpy(text, data, len);
    text[len] = '\0';
    check(text);
    if (mbedtls_base64_encode((unsigned char *)text, sizeof text, &written, data, len) == 0)
        check(text);
    return 0;
}
