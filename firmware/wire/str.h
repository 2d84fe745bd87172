#ifndef HF_WIRE_STR_H
#define HF_WIRE_STR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A view of bytes that somebody else owns. Not terminated by 0. `data` may be NULL only when
 * `len` is 0; an absent field and an empty one are the same.
 */
struct hf_str {
    const char *data;
    size_t len;
};

/* A view of a C string; NULL gives the empty view. */
struct hf_str hf_str(const char *text);

bool hf_str_equal(struct hf_str a, struct hf_str b);

/*
 * Copies `from` and a final 0 into `to` (`size` bytes in all). False, with `to` made empty, when
 * it does not fit or holds a 0 byte.
 */
bool hf_str_copy(char *to, size_t size, struct hf_str from);

#endif
