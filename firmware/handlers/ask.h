#ifndef HF_HANDLERS_ASK_H
#define HF_HANDLERS_ASK_H

#include "handlers/table.h"
#include "wire/json.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What built-ins share that are asked by a small JSON object. Every function returns EX_OK, or says
 * on the log what is wrong with which field and returns the exit code to end with.
 */

#define HF_ASK_MAX 2048 /* bytes of a payload */

/*
 * The payload's fields; their values are views into `body`. EX_DATAERR: not a JSON object, or too
 * long; `example` is then shown as what was expected.
 */
int hf_ask_read(const struct hf_handler_io *io, char body[HF_ASK_MAX + 1],
                struct hf_json_field *fields, size_t count, const char *example);

/*
 * A whole number from `min` to `max`, decimal or a text like "0x48". Of an absent field `*out`
 * stays as it is, when that is in the range; otherwise the field is missing.
 */
int hf_ask_number(const struct hf_handler_io *io, const struct hf_json_field *field, int64_t min,
                  int64_t max, int64_t *out);

/*
 * One of `words` (ended by NULL): its index. Of an absent field `*out` stays, when that is not
 * negative; otherwise the field is missing.
 */
int hf_ask_word(const struct hf_handler_io *io, const struct hf_json_field *field,
                const char *const *words, int *out);

#endif
