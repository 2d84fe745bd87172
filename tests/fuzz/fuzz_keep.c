/* A file of kept facts, as it lies on flash: as it is, and with its checksum made right. */
#include "card.h"
#include "fuzz.h"
#include "worker/bytes.h"
#include "worker/crc32.h"
#include "worker/keep.h"

#define CRC_AT     12
#define FACTS_MAX  64
#define HEAD_BYTES 16

static void read_it(const uint8_t *bytes, size_t len)
{
    static const struct hf_keep keep = {
        .folder = "/", .disk = &card_disk, .name = "time", .magic = "HFFACTS1", .version = 1};
    uint8_t facts[FACTS_MAX];
    size_t facts_len = 0;
    struct hf_fault fault = {0};
    card.data = bytes;
    card.len = len;
    const enum hf_err err = hf_keep_read(&keep, facts, sizeof facts, &facts_len, &fault);
    fuzz_must(err == HF_ERR_OK || (err == HF_ERR_MALFORMED && fault.text[0] != '\0'));
    fuzz_must(facts_len == (err == HF_ERR_OK ? len - HEAD_BYTES : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    read_it(data, len);
    uint8_t *copy = malloc(len + 1);
    if (copy != NULL && len >= HEAD_BYTES) {
        struct hf_bytes_out out = {.data = copy + CRC_AT, .size = 4};
        memcpy(copy, data, len);
        const uint32_t crc = hf_crc32(0, copy, CRC_AT);
        hf_bytes_put_u32(&out, hf_crc32(crc, copy + HEAD_BYTES, len - HEAD_BYTES));
        read_it(copy, len);
    }
    free(copy);
    return 0;
}
