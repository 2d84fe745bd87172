#include "worker/record.h"

#include "worker/bytes.h"
#include "worker/crc32.h"

#include <inttypes.h>
#include <string.h>

static const char MAGIC[8] = {'H', 'F', 'R', 'E', 'S', 'U', 'L', 'T'};

#define LENGTH_AT 12
#define CRC_AT    28
#define FACTS_AT  32

static uint32_t head_crc(const uint8_t *head, size_t len)
{
    return hf_crc32(hf_crc32(0, head, CRC_AT), head + FACTS_AT, len - FACTS_AT);
}

static void put_facts(struct hf_bytes_out *out, const struct hf_result *result)
{
    hf_bytes_put_u32(out, result->attempt);
    hf_bytes_put_u32(out, (uint32_t)result->exit_code);
    hf_bytes_put_u32(out, (uint32_t)result->signal);
    hf_bytes_put_u64(out, (uint64_t)result->started_ms);
    hf_bytes_put_u64(out, (uint64_t)result->duration_ms);
    hf_bytes_put_u64(out, (uint64_t)result->peak_kb);
    hf_bytes_put_u64(out, (uint64_t)result->cpu_ms);
    hf_bytes_put_text(out, hf_str(result->id));
    hf_bytes_put_text(out, hf_str(result->job));
    hf_bytes_put_text(out, hf_str(result->board));
    hf_bytes_put_text(out, hf_str(hf_status_text(result->status)));
    hf_bytes_put_text(out, hf_str(result->reason));
    hf_bytes_put_text(out, hf_str(result->log_tail));
    if (result->signature[0] != '\0')
        hf_bytes_put_text(out, hf_str(result->signature));
}

static void patch_u32(uint8_t *at, uint32_t number)
{
    struct hf_bytes_out out = {.data = at, .size = 4};
    hf_bytes_put_u32(&out, number);
}

size_t hf_record_encode(const struct hf_record *record, uint8_t head[HF_RECORD_HEAD_MAX])
{
    struct hf_bytes_out out = {.data = head, .size = HF_RECORD_HEAD_MAX};
    hf_bytes_put_raw(&out, MAGIC, sizeof MAGIC);
    hf_bytes_put_u32(&out, record->result.signature[0] != '\0' ? HF_RECORD_VERSION_SIGNED
                                                               : HF_RECORD_VERSION);
    hf_bytes_put_u32(&out, 0); /* the length */
    hf_bytes_put_u64(&out, record->body_bytes);
    hf_bytes_put_u32(&out, record->body_crc);
    hf_bytes_put_u32(&out, 0); /* the CRC */
    put_facts(&out, &record->result);
    patch_u32(head + LENGTH_AT, (uint32_t)out.len);
    patch_u32(head + CRC_AT, head_crc(head, out.len));
    return out.len;
}

/* False when the facts are not exactly `in`. */
static bool get_facts(struct hf_bytes_in *in, bool is_signed, struct hf_result *result)
{
    char status[16 + 1];
    result->attempt = hf_bytes_get_u32(in);
    result->exit_code = (int32_t)hf_bytes_get_u32(in);
    result->signal = (int32_t)hf_bytes_get_u32(in);
    result->started_ms = (int64_t)hf_bytes_get_u64(in);
    result->duration_ms = (int64_t)hf_bytes_get_u64(in);
    result->peak_kb = (int64_t)hf_bytes_get_u64(in);
    result->cpu_ms = (int64_t)hf_bytes_get_u64(in);
    hf_bytes_get_text(in, result->id, sizeof result->id);
    hf_bytes_get_text(in, result->job, sizeof result->job);
    hf_bytes_get_text(in, result->board, sizeof result->board);
    hf_bytes_get_text(in, status, sizeof status);
    hf_bytes_get_text(in, result->reason, sizeof result->reason);
    hf_bytes_get_text(in, result->log_tail, sizeof result->log_tail);
    if (is_signed)
        hf_bytes_get_text(in, result->signature, sizeof result->signature);
    return !in->bad && in->left == 0 &&
           hf_status_parse(hf_str(status), &result->status) == HF_ERR_OK;
}

/* What stands before the facts. */
struct frame {
    uint32_t version;
    size_t length; /* of the whole head, within what is there */
};

static enum hf_err get_frame(const uint8_t *bytes, size_t len, struct hf_record *out,
                             struct frame *frame, struct hf_fault *fault)
{
    struct hf_bytes_in in = {.data = bytes, .left = len};
    if (len < FACTS_AT)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "it is cut off after %zu bytes", len);
    if (memcmp(hf_bytes_get_raw(&in, sizeof MAGIC).data, MAGIC, sizeof MAGIC) != 0)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "it does not begin like a result");
    frame->version = hf_bytes_get_u32(&in);
    if (frame->version != HF_RECORD_VERSION && frame->version != HF_RECORD_VERSION_SIGNED)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                            "its format is version %" PRIu32 ", this worker reads up to %d",
                            frame->version, HF_RECORD_VERSION_SIGNED);
    const size_t length = frame->length = hf_bytes_get_u32(&in);
    out->body_bytes = hf_bytes_get_u64(&in);
    out->body_crc = hf_bytes_get_u32(&in);
    const uint32_t crc = hf_bytes_get_u32(&in);
    if (length < FACTS_AT || length > HF_RECORD_HEAD_MAX || length > len)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                            "its head has %zu bytes by its own account, and %zu are there", length,
                            len);
    if (crc != head_crc(bytes, length))
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "the checksum of its head is wrong");
    if (out->body_bytes > INT64_MAX)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "its body cannot have %" PRIu64 " bytes",
                            out->body_bytes);
    return HF_ERR_OK;
}

enum hf_err hf_record_decode(const uint8_t *bytes, size_t len, struct hf_record *out,
                             size_t *head_bytes, struct hf_fault *fault)
{
    struct frame frame = {0};
    memset(out, 0, sizeof *out);
    enum hf_err err = get_frame(bytes, len, out, &frame, fault);
    if (err == HF_ERR_OK) {
        struct hf_bytes_in in = {.data = bytes + FACTS_AT, .left = frame.length - FACTS_AT};
        *head_bytes = frame.length;
        if (!get_facts(&in, frame.version == HF_RECORD_VERSION_SIGNED, &out->result))
            err = hf_fault_set(fault, HF_ERR_MALFORMED, 0, "its facts are not those of a result");
    }
    if (err != HF_ERR_OK)
        memset(out, 0, sizeof *out);
    return err;
}
