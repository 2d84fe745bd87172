#include "link/tls_platform.h"

#include "link/random.h"

#include <mbedtls/platform.h>
#include <mbedtls/platform_time.h>
#include <psa/crypto.h>
#include <time.h>

static int64_t floor_s = HOLDFAST_BUILD_EPOCH;
static bool clock_trusted = true;

void hf_tls_platform_set_floor(int64_t unix_s, bool trusted)
{
    floor_s = unix_s > HOLDFAST_BUILD_EPOCH ? unix_s : HOLDFAST_BUILD_EPOCH;
    clock_trusted = trusted;
}

bool hf_tls_platform_clock_trusted(void)
{
    return clock_trusted;
}

static mbedtls_time_t judging_time(mbedtls_time_t *out)
{
    const time_t system = time(NULL);
    const mbedtls_time_t now = system > floor_s ? system : (mbedtls_time_t)floor_s;
    if (out != NULL)
        *out = now;
    return now;
}

int hf_tls_random(void *unused, unsigned char *out, size_t len)
{
    (void)unused;
    hf_random(out, len);
    return 0;
}

/* Declared by psa/crypto_extra.h: MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG. */
psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context,
                                             uint8_t *output, size_t output_size,
                                             size_t *output_length)
{
    (void)context;
    hf_random(output, output_size);
    *output_length = output_size;
    return PSA_SUCCESS;
}

enum hf_err hf_tls_platform_init(struct hf_fault *fault)
{
    (void)mbedtls_platform_set_time(judging_time);
    const psa_status_t status = psa_crypto_init();
    if (status != PSA_SUCCESS)
        return hf_fault_set(fault, HF_ERR_TLS, status, "the cryptographic library did not start");
    return HF_ERR_OK;
}
