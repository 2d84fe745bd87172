#ifndef HF_WIRE_JSON_WRITE_H
#define HF_WIRE_JSON_WRITE_H

#include "wire/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * JSON text (RFC 8259) into a given buffer, piece by piece: no tree and no memory of its own. The
 * caller says the brackets, colons and commas; a string is quoted and escaped here.
 */
struct hf_json_writer {
    char *to;
    size_t size;
    size_t len; /* of the text, whether it fits or not */
};

/* As it is: punctuation, a number, true, false, null. */
void hf_json_write(struct hf_json_writer *writer, const char *text);

/* As a JSON string. `text` is well-formed UTF-8. */
void hf_json_write_text(struct hf_json_writer *writer, struct hf_str text);

/* Ends the text with a 0. False: it did not fit, and `to` holds its beginning at most. */
bool hf_json_write_end(struct hf_json_writer *writer);

#endif
