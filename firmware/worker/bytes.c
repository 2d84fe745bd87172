#include "worker/bytes.h"

#include <string.h>

void hf_bytes_put_raw(struct hf_bytes_out *out, const void *data, size_t len)
{
    if (out->bad || len > out->size - out->len) {
        out->bad = true;
        return;
    }
    if (len > 0)
        memcpy(out->data + out->len, data, len);
    out->len += len;
}

static void put_number(struct hf_bytes_out *out, uint64_t number, size_t width)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < width; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
    hf_bytes_put_raw(out, bytes, width);
}

void hf_bytes_put_u16(struct hf_bytes_out *out, uint16_t number)
{
    put_number(out, number, 2);
}

void hf_bytes_put_u32(struct hf_bytes_out *out, uint32_t number)
{
    put_number(out, number, 4);
}

void hf_bytes_put_u64(struct hf_bytes_out *out, uint64_t number)
{
    put_number(out, number, 8);
}

void hf_bytes_put_text(struct hf_bytes_out *out, struct hf_str text)
{
    if (text.len > UINT16_MAX) {
        out->bad = true;
        return;
    }
    hf_bytes_put_u16(out, (uint16_t)text.len);
    hf_bytes_put_raw(out, text.data, text.len);
}

struct hf_str hf_bytes_get_raw(struct hf_bytes_in *in, size_t len)
{
    if (in->bad || len > in->left) {
        in->bad = true;
        return hf_str(NULL);
    }
    const struct hf_str view = {(const char *)in->data, len};
    in->data += len;
    in->left -= len;
    return view;
}

static uint64_t get_number(struct hf_bytes_in *in, size_t width)
{
    const struct hf_str bytes = hf_bytes_get_raw(in, width);
    uint64_t number = 0;
    for (size_t i = 0; i < bytes.len; i++)
        number |= (uint64_t)(uint8_t)bytes.data[i] << (8 * i);
    return number;
}

uint16_t hf_bytes_get_u16(struct hf_bytes_in *in)
{
    return (uint16_t)get_number(in, 2);
}

uint32_t hf_bytes_get_u32(struct hf_bytes_in *in)
{
    return (uint32_t)get_number(in, 4);
}

uint64_t hf_bytes_get_u64(struct hf_bytes_in *in)
{
    return get_number(in, 8);
}

void hf_bytes_get_text(struct hf_bytes_in *in, char *to, size_t size)
{
    const size_t len = hf_bytes_get_u16(in);
    const struct hf_str text = hf_bytes_get_raw(in, len);
    if (!hf_str_copy(to, size, text))
        in->bad = true;
}
