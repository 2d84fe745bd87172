#ifndef HF_WORKER_JSONC_H
#define HF_WORKER_JSONC_H

#include <stddef.h>

/*
 * What a JSON parser leaves undone for a file that people write: comments, and the lines that
 * things stand in. Pure.
 */

/*
 * Replaces each comment of `text`, from // to the end of its line or between slash-star and
 * star-slash, by blanks; line feeds stay, so no offset and no line changes. Strings are left alone.
 * Returns `len`, or the offset of a comment that is not closed.
 */
size_t hf_jsonc_strip(char *text, size_t len);

/* The line of an offset, from 1. */
int hf_jsonc_line_at(const char *text, size_t offset);

/*
 * The line of a key in `text`, which has been parsed without error and is an object: the
 * `child`-th key (from 0), or the `grandchild`-th within it when that is not negative.
 */
int hf_jsonc_line_of(const char *text, int child, int grandchild);

#endif
