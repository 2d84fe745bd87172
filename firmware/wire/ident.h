#ifndef HF_WIRE_IDENT_H
#define HF_WIRE_IDENT_H

#include "wire/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Names and ids: what may stand in a certificate's CN, a queue's name, a file name and a log line
 * without quoting.
 */

#define HF_SIGNATURE_MAX 96 /* bytes of a signature in base64, of which at most 72 are signed */
#define HF_NAME_MAX                                                                                \
    32                  /* bytes of a board, pool or handler name, or a label, without the final 0 \
                         */
#define HF_ID_MAX    64 /* bytes of a task or job id, without the final 0 */
#define HF_UUID_TEXT 36

/* A board or pool name: [a-z0-9][a-z0-9-]{0,31}. */
bool hf_name_valid(struct hf_str name);

/* A handler name: [A-Za-z0-9][A-Za-z0-9._-]{0,31}; so never "..", never a path. */
bool hf_handler_name_valid(struct hf_str name);

/* A label of a board: [A-Za-z0-9][A-Za-z0-9._:=-]{0,31}, such as "camera" or "site=north". */
bool hf_label_valid(struct hf_str label);

/* A task or job id: 1 to HF_ID_MAX of [A-Za-z0-9._:-], not beginning with '.' or '-'. */
bool hf_id_valid(struct hf_str id);

/*
 * A UUID of version 7 (RFC 9562, 5.7): 48 bits of `unix_ms`, then `random`, as 36 characters of
 * text and a final 0. Ids of a later millisecond sort after ids of an earlier one.
 */
void hf_uuid7(char text[HF_UUID_TEXT + 1], uint64_t unix_ms, const uint8_t random[10]);

#endif
