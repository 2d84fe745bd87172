#ifndef HF_WIRE_FIELDS_H
#define HF_WIRE_FIELDS_H

#include "wire/fault.h"
#include "wire/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Inside wire/ only: a flat JSON message and a struct of C, described by one table of fields for
 * both directions.
 *
 *     {"event":"progress","task":"42",...}
 *       ^ key    ^ name of the form   ^ the fields of its table
 */

enum hf_field_type {
    HF_FIELD_TEXT,  /* char[size]; one line: control characters become '?'. Left out when empty */
    HF_FIELD_LINES, /* the same, and tabs and line feeds stay */
    HF_FIELD_WORDS, /* char[size]: words with a blank between them; in JSON an array of texts */
    HF_FIELD_U32,
    HF_FIELD_I32,
    HF_FIELD_I64,
    HF_FIELD_GAUGE, /* struct hf_gauge; left out when it is not known */
    HF_FIELD_BOOL   /* left out when it is false and not required */
};

#define HF_FIELD_TEXT_MAX 1600 /* the largest `size` of a text */
#define HF_FIELD_WORD_MAX 65   /* and of one word, with a final 0 */
#define HF_FIELDS_MAX     24   /* the most fields of one form */

struct hf_field {
    const char *name;
    enum hf_field_type type;
    size_t offset;    /* in the struct */
    size_t size;      /* of the array */
    int64_t min, max; /* numbers; words: `max` is how many */
    bool required;
    bool (*valid)(struct hf_str text); /* a text, when not empty, or each word; NULL: any */
    const char *rule;                  /* what `valid` wants, for a person; NULL with it */
};

struct hf_form {
    const char *name;
    const struct hf_field *fields;
    size_t count;
};

/* The offset and the size of an array that is a member of `struct type`. */
#define HF_FIELD_AT(type, member) offsetof(struct type, member), sizeof(((struct type *)0)->member)

/*
 * Struct -> {"<key>":"<name of the form>",<fields>}, terminated by 0 in `body` (`size` bytes).
 * HF_ERR_INVALID: a number out of its range. HF_ERR_TOO_LARGE. `*len` is untouched on an error.
 */
enum hf_err hf_fields_encode(const char *key, const struct hf_form *form, const void *facts,
                             char *body, size_t size, size_t *len);

/*
 * JSON -> the members that the form's fields name; the rest of `facts` is left as it is. `what`
 * begins the texts of faults: "the event". HF_ERR_MALFORMED, HF_ERR_MISSING, HF_ERR_INVALID,
 * HF_ERR_NO_MEMORY; `facts` has no meaning then.
 */
enum hf_err hf_fields_decode(const char *what, const struct hf_form *form, struct hf_str body,
                             void *facts, struct hf_fault *fault);

/* The fault of one field: missing, or not what its row asks for. */
enum hf_err hf_field_fault(const char *what, const struct hf_field *field, enum hf_err err,
                           struct hf_str value, struct hf_fault *fault);

/*
 * One more word at the end of `words` (`size` bytes). False, with nothing changed, when it holds
 * `max` words already, has no room, or `word` is empty or holds a blank.
 */
bool hf_words_add(char *words, size_t size, size_t max, struct hf_str word);

#endif
