#ifndef HF_WORKER_BYTES_H
#define HF_WORKER_BYTES_H

#include "wire/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers and texts as bytes on flash, one by one, so that every processor and compiler agrees on
 * them: numbers little-endian, texts as a 16-bit length and their bytes. Both cursors latch: after
 * the first thing that did not fit nothing more is written or read, and one look at `bad` at the
 * end is enough.
 */

struct hf_bytes_out {
    uint8_t *data;
    size_t size;
    size_t len; /* written so far */
    bool bad;   /* something did not fit */
};

void hf_bytes_put_u16(struct hf_bytes_out *out, uint16_t number);
void hf_bytes_put_u32(struct hf_bytes_out *out, uint32_t number);
void hf_bytes_put_u64(struct hf_bytes_out *out, uint64_t number);
void hf_bytes_put_raw(struct hf_bytes_out *out, const void *data, size_t len);

/* A text of more than 65535 bytes does not fit. */
void hf_bytes_put_text(struct hf_bytes_out *out, struct hf_str text);

struct hf_bytes_in {
    const uint8_t *data;
    size_t left;
    bool bad; /* the bytes ended too early, or a text was not one for its place */
};

/* 0 once the cursor is bad. */
uint16_t hf_bytes_get_u16(struct hf_bytes_in *in);
uint32_t hf_bytes_get_u32(struct hf_bytes_in *in);
uint64_t hf_bytes_get_u64(struct hf_bytes_in *in);

/* A view of the next `len` bytes; empty once the cursor is bad. */
struct hf_str hf_bytes_get_raw(struct hf_bytes_in *in, size_t len);

/* Into `to` (`size` bytes with the final 0). Longer ones, and ones with a 0 byte, make it bad. */
void hf_bytes_get_text(struct hf_bytes_in *in, char *to, size_t size);

#endif
