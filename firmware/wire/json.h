#ifndef HF_WIRE_JSON_H
#define HF_WIRE_JSON_H

#include "wire/fault.h"
#include "wire/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The fields of one JSON object that came from a peer, without building a tree of it: memory and
 * stack are bounded whatever the body holds.
 *
 * The body is checked whole against RFC 8259, more strictly than cJSON does: UTF-8 throughout, no
 * byte order mark, no raw control characters in strings, surrogates in pairs, nothing after the
 * object. Numbers are never turned into doubles; they are handed out as they are written.
 */

#define HF_JSON_DEPTH_MAX 32 /* arrays and objects within each other, the outermost is 1 */

struct hf_json_field {
    const char *name; /* given: what to look for; keys that are written with escapes are not it */
    struct hf_str
        value; /* found: the value as it is written, a view into the body; empty: absent */
};

/*
 * Checks `body` and fills in `fields`; other fields of the object are ignored.
 * HF_ERR_MALFORMED: not one JSON object, nested too deeply, or one of `fields` is there twice
 * (readers of JSON differ in which they believe); `fault` says where.
 */
enum hf_err hf_json_read(struct hf_str body, struct hf_json_field *fields, size_t count,
                         struct hf_fault *fault);

/*
 * The text that a string value means, allocated, terminated by 0; the caller frees it.
 * HF_ERR_INVALID: not a string, or it holds \u0000 (which C strings cannot carry).
 * HF_ERR_NO_MEMORY. `out` is untouched on an error.
 */
enum hf_err hf_json_text(struct hf_str value, char **out);

/* The same into `to` (`size` bytes in all); HF_ERR_TOO_LARGE when it does not fit. */
enum hf_err hf_json_text_into(struct hf_str value, char *to, size_t size);

/*
 * The elements of an array that hf_json_read handed out, one a call: `*rest` begins as the array
 * and moves on. False at its end, and when it is no array; `*item` is untouched then.
 */
bool hf_json_item(struct hf_str *rest, struct hf_str *item);

#endif
