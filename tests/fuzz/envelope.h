#ifndef HF_TESTS_FUZZ_ENVELOPE_H
#define HF_TESTS_FUZZ_ENVELOPE_H

#include "wire/envelope.h"
#include "worker/bytes.h"

/*
 * An envelope as bytes, which is a form of the fuzz targets alone: the AMQP library makes envelopes
 * of what the network says, and session_frames.c has its bytes. Five texts, each behind its 16-bit
 * length; timestamp (8); priority and, above it, persistent (2); number of headers (2); for each
 * its name, its kind (2), and a number (8) or a text. A body may follow.
 */

static inline struct hf_str fuzz_get_view(struct hf_bytes_in *in)
{
    const uint16_t len = hf_bytes_get_u16(in);
    return hf_bytes_get_raw(in, len);
}

static inline void fuzz_get_header(struct hf_bytes_in *in, struct hf_header *header)
{
    header->name = fuzz_get_view(in);
    header->kind = (enum hf_header_kind)(hf_bytes_get_u16(in) % 3);
    if (header->kind == HF_HEADER_INT)
        header->number = (int64_t)hf_bytes_get_u64(in);
    if (header->kind == HF_HEADER_TEXT)
        header->text = fuzz_get_view(in);
}

/* Whatever is missing at the end is empty. Views of the bytes. */
static inline void fuzz_get_envelope(struct hf_bytes_in *in, struct hf_envelope *out)
{
    *out = (struct hf_envelope){0};
    out->message_id = fuzz_get_view(in);
    out->correlation_id = fuzz_get_view(in);
    out->type = fuzz_get_view(in);
    out->user_id = fuzz_get_view(in);
    out->content_type = fuzz_get_view(in);
    out->timestamp_s = hf_bytes_get_u64(in);
    const uint16_t flags = hf_bytes_get_u16(in);
    out->priority = (uint8_t)(flags & 0xff);
    out->persistent = (flags & 0x100) != 0;
    out->header_count = (uint8_t)(hf_bytes_get_u16(in) % (HF_ENVELOPE_HEADERS_MAX + 1));
    for (size_t i = 0; i < out->header_count; i++)
        fuzz_get_header(in, &out->headers[i]);
}

static inline void fuzz_put_header(struct hf_bytes_out *out, const struct hf_header *header)
{
    hf_bytes_put_text(out, header->name);
    hf_bytes_put_u16(out, (uint16_t)header->kind);
    if (header->kind == HF_HEADER_INT)
        hf_bytes_put_u64(out, (uint64_t)header->number);
    if (header->kind == HF_HEADER_TEXT)
        hf_bytes_put_text(out, header->text);
}

static inline void fuzz_put_envelope(struct hf_bytes_out *out, const struct hf_envelope *envelope)
{
    hf_bytes_put_text(out, envelope->message_id);
    hf_bytes_put_text(out, envelope->correlation_id);
    hf_bytes_put_text(out, envelope->type);
    hf_bytes_put_text(out, envelope->user_id);
    hf_bytes_put_text(out, envelope->content_type);
    hf_bytes_put_u64(out, envelope->timestamp_s);
    hf_bytes_put_u16(out, (uint16_t)(envelope->priority | (envelope->persistent ? 0x100 : 0)));
    hf_bytes_put_u16(out, envelope->header_count);
    for (size_t i = 0; i < envelope->header_count; i++)
        fuzz_put_header(out, &envelope->headers[i]);
}

/* Equal in everything that an encoder of ours sets. */
static inline bool fuzz_same_envelope(const struct hf_envelope *a, const struct hf_envelope *b)
{
    static uint8_t bytes[2][65536];
    struct hf_bytes_out out[2] = {{.data = bytes[0], .size = sizeof bytes[0]},
                                  {.data = bytes[1], .size = sizeof bytes[1]}};
    fuzz_put_envelope(&out[0], a);
    fuzz_put_envelope(&out[1], b);
    return !out[0].bad && !out[1].bad &&
           hf_str_equal((struct hf_str){(const char *)bytes[0], out[0].len},
                        (struct hf_str){(const char *)bytes[1], out[1].len});
}

#endif
