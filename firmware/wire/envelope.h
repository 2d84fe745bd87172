#ifndef HF_WIRE_ENVELOPE_H
#define HF_WIRE_ENVELOPE_H

#include "wire/err.h"
#include "wire/ident.h"
#include "wire/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The properties of one AMQP message (AMQP 0-9-1, class basic) as plain data, so that nothing in
 * wire/ needs the AMQP library. link/session translates to and from the library's structures.
 *
 * All texts are views: an envelope that session hands out is valid until the next call of
 * hf_session_next; one made by an encoder is valid as long as what it was made from.
 */

#define HF_ENVELOPE_HEADERS_MAX 24 /* headers that are kept; further ones of a peer are ignored */

enum hf_header_kind {
    HF_HEADER_INT,
    HF_HEADER_TEXT,
    HF_HEADER_OTHER /* a float, table, list, ...: kept so that it is refused where it matters */
};

struct hf_header {
    struct hf_str name;
    enum hf_header_kind kind;
    int64_t number; /* HF_HEADER_INT: any AMQP integer, boolean or timestamp */
    struct hf_str text;
};

struct hf_envelope {
    struct hf_str message_id;
    struct hf_str correlation_id;
    struct hf_str type;
    struct hf_str user_id;
    struct hf_str content_type;
    uint64_t timestamp_s; /* Unix seconds; 0: absent */
    uint8_t priority;     /* 0: absent; Holdfast sends 0 to 9, others may send up to 255 */
    bool persistent;      /* delivery_mode 2 */
    uint8_t header_count;
    struct hf_header headers[HF_ENVELOPE_HEADERS_MAX];
};

#define HF_HEADER_SIGNATURE "hf-sig"
#define HF_HEADER_TO        "hf-to" /* of a signed command: the key it was published under */

/* The text of hf-sig, copied; empty when there is none or it is longer than any signature: who
 * wants one will find that it is not good, and nobody else looks at it. */
void hf_envelope_signature(const struct hf_envelope *envelope, char out[HF_SIGNATURE_MAX + 1]);

/* NULL when there is none of that name. The first of several wins. */
const struct hf_header *hf_envelope_find(const struct hf_envelope *envelope, const char *name);

/*
 * The number of an integer header, or of a text header that is a decimal number.
 * HF_ERR_NOT_FOUND: absent. HF_ERR_INVALID: neither of these, or outside [min, max]. `out` is
 * untouched on both.
 */
enum hf_err hf_envelope_number(const struct hf_envelope *envelope, const char *name, int64_t min,
                               int64_t max, int64_t *out);

/* Appends; `name` and `text` are kept as views. False when the list is full. */
bool hf_envelope_add_number(struct hf_envelope *envelope, const char *name, int64_t number);
bool hf_envelope_add_text(struct hf_envelope *envelope, const char *name, struct hf_str text);

/*
 * A copy whose texts live in `texts` (`size` bytes), for whoever needs an envelope longer than its
 * views last. False, with `to` empty, when they do not fit.
 */
bool hf_envelope_copy(const struct hf_envelope *from, char *texts, size_t size,
                      struct hf_envelope *to);

#endif
