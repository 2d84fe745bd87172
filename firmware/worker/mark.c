#include "worker/mark.h"

#include "worker/bytes.h"
#include "worker/crc32.h"

#include <inttypes.h>
#include <string.h>

static const char MAGIC[8] = {'H', 'F', 'S', 'T', 'A', 'R', 'T', 'S'};

#define CRC_AT   12
#define FACTS_AT 16

static uint32_t crc_of(const uint8_t *bytes, size_t len)
{
    return hf_crc32(hf_crc32(0, bytes, CRC_AT), bytes + FACTS_AT, len - FACTS_AT);
}

size_t hf_mark_encode(const struct hf_mark *mark, uint8_t bytes[HF_MARK_BYTES_MAX])
{
    struct hf_bytes_out out = {.data = bytes, .size = HF_MARK_BYTES_MAX};
    hf_bytes_put_raw(&out, MAGIC, sizeof MAGIC);
    hf_bytes_put_u32(&out, HF_MARK_VERSION);
    hf_bytes_put_u32(&out, 0); /* the CRC */
    hf_bytes_put_u32(&out, mark->attempt);
    hf_bytes_put_u32(&out, mark->starts);
    hf_bytes_put_text(&out, hf_str(mark->id));
    struct hf_bytes_out crc = {.data = bytes + CRC_AT, .size = 4};
    hf_bytes_put_u32(&crc, crc_of(bytes, out.len));
    return out.len;
}

static enum hf_err decode(struct hf_bytes_in *in, uint32_t crc, struct hf_mark *out,
                          struct hf_fault *fault)
{
    if (memcmp(hf_bytes_get_raw(in, sizeof MAGIC).data, MAGIC, sizeof MAGIC) != 0)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "it does not begin like a mark");
    const uint32_t version = hf_bytes_get_u32(in);
    if (version != HF_MARK_VERSION)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                            "its format is version %" PRIu32 ", this worker reads %d", version,
                            HF_MARK_VERSION);
    if (hf_bytes_get_u32(in) != crc)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "its checksum is wrong");
    out->attempt = hf_bytes_get_u32(in);
    out->starts = hf_bytes_get_u32(in);
    hf_bytes_get_text(in, out->id, sizeof out->id);
    if (in->bad || in->left != 0 || !hf_id_valid(hf_str(out->id)))
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "its facts are not those of a mark");
    return HF_ERR_OK;
}

enum hf_err hf_mark_decode(const uint8_t *bytes, size_t len, struct hf_mark *out,
                           struct hf_fault *fault)
{
    memset(out, 0, sizeof *out);
    if (len < FACTS_AT)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "it is cut off after %zu bytes", len);
    struct hf_bytes_in in = {.data = bytes, .left = len};
    const enum hf_err err = decode(&in, crc_of(bytes, len), out, fault);
    if (err != HF_ERR_OK)
        memset(out, 0, sizeof *out);
    return err;
}
