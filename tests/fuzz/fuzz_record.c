/* The head of a stored result, as it lies on flash: as it is, and with its checksum made right, so
 * that what is behind that is reached too. */
#include "fuzz.h"
#include "worker/bytes.h"
#include "worker/crc32.h"
#include "worker/record.h"

#include <string.h>

#define HEAD_BYTES_AT 12
#define CRC_AT        28

static void decode(const uint8_t *bytes, size_t len)
{
    static struct hf_record record, again;
    uint8_t head[HF_RECORD_HEAD_MAX];
    struct hf_fault fault = {0};
    size_t head_bytes = 0, again_bytes = 0;
    if (hf_record_decode(bytes, len, &record, &head_bytes, &fault) != HF_ERR_OK) {
        fuzz_must(fault.text[0] != '\0');
        return;
    }
    fuzz_must(head_bytes <= len && record.body_bytes <= INT64_MAX);
    const size_t made = hf_record_encode(&record, head);
    fuzz_must(made == head_bytes && memcmp(head, bytes, made) == 0);
    fuzz_must(hf_record_decode(head, made, &again, &again_bytes, &fault) == HF_ERR_OK);
}

static void mend(uint8_t *bytes, size_t len)
{
    struct hf_bytes_in length = {.data = bytes + HEAD_BYTES_AT, .left = 4};
    const size_t head_bytes = hf_bytes_get_u32(&length);
    struct hf_bytes_out out = {.data = bytes + CRC_AT, .size = 4};
    if (head_bytes < CRC_AT + 4 || head_bytes > len)
        return;
    uint32_t crc = hf_crc32(0, bytes, CRC_AT);
    crc = hf_crc32(crc, bytes + CRC_AT + 4, head_bytes - CRC_AT - 4);
    hf_bytes_put_u32(&out, crc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    decode(data, len);
    uint8_t *copy = malloc(len + 1);
    if (copy != NULL && len >= CRC_AT + 4) {
        memcpy(copy, data, len);
        mend(copy, len);
        decode(copy, len);
    }
    free(copy);
    return 0;
}
