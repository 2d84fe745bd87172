/* The mark of a start, as it lies on flash: as it is, and with its checksum made right. */
#include "fuzz.h"
#include "worker/bytes.h"
#include "worker/crc32.h"
#include "worker/mark.h"

#include <string.h>

#define CRC_AT 12

static void decode(const uint8_t *bytes, size_t len)
{
    struct hf_mark mark;
    uint8_t made[HF_MARK_BYTES_MAX];
    struct hf_fault fault = {0};
    if (hf_mark_decode(bytes, len, &mark, &fault) != HF_ERR_OK) {
        fuzz_must(fault.text[0] != '\0');
        return;
    }
    fuzz_must(hf_mark_encode(&mark, made) == len && memcmp(made, bytes, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    decode(data, len);
    uint8_t *copy = malloc(len + 1);
    if (copy != NULL && len >= CRC_AT + 4) {
        struct hf_bytes_out out = {.data = copy + CRC_AT, .size = 4};
        memcpy(copy, data, len);
        const uint32_t crc = hf_crc32(0, copy, CRC_AT);
        hf_bytes_put_u32(&out, hf_crc32(crc, copy + CRC_AT + 4, len - CRC_AT - 4));
        decode(copy, len);
    }
    free(copy);
    return 0;
}
