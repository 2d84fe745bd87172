#ifndef HF_WIRE_UTF8_H
#define HF_WIRE_UTF8_H

#include "wire/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * UTF-8 as Unicode 15, table 3-7 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
 */

/*
 * Bytes of the well-formed character at the start of `text`: 1 to 4; 0 when there is none (empty,
 * malformed, or cut off).
 */
size_t hf_utf8_char(struct hf_str text);

bool hf_utf8_valid(struct hf_str text);

/* No more than `max` bytes from the start of `text`, never ending inside a character. */
struct hf_str hf_utf8_head(struct hf_str text, size_t max);

/* No more than `max` bytes from the end of `text`, never beginning inside a character. */
struct hf_str hf_utf8_tail(struct hf_str text, size_t max);

/* Whether the character of `len` bytes at `at` is C0, DEL or C1: what terminals may obey. */
bool hf_utf8_is_control(const char *at, size_t len);

/*
 * Makes a C string fit to be shown: every byte that is not part of well-formed UTF-8, and every
 * byte of a control character (C0, DEL, C1), becomes '?'. With `keep_lines`, tab and newline stay.
 */
void hf_utf8_clean(char *text, bool keep_lines);

#endif
