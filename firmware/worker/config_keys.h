#ifndef HF_WORKER_CONFIG_KEYS_H
#define HF_WORKER_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The table behind worker/config.h: one row for each key that a config file may hold. A new setting
 * is a member of struct hf_config and a row here. Pure.
 */

#define HF_KEY_NAME_MAX     48  /* bytes of "section.name" with its final 0 */
#define HF_KEY_EXPECTED_MAX 112 /* bytes of what was expected, with the final 0 */

enum hf_key_kind {
    HF_KEY_SECTION, /* an object with keys of its own */
    HF_KEY_BOARD,   /* a board or pool name */
    HF_KEY_HANDLER,
    HF_KEY_HANDLERS, /* names with one blank between */
    HF_KEY_SENDER,   /* a name; "" or null: any */
    HF_KEY_TEXT,
    HF_KEY_SECRET, /* text that is never quoted */
    HF_KEY_PATH,
    HF_KEY_LEVEL,
    HF_KEY_JOURNAL,
    HF_KEY_ACK,   /* "confirmed" or "pipelined" */
    HF_KEY_LOG,   /* "stderr" or "syslog" */
    HF_KEY_FLAG,  /* true or false; false when the file has none */
    HF_KEY_NUMBER /* whole, in [min, max] */
};

struct hf_key {
    const char *section; /* NULL: top level */
    const char *name;    /* NULL closes the table */
    enum hf_key_kind kind;
    size_t offset, size; /* of the member in struct hf_config */
    bool required;
    const char *preset; /* used when the file has none; NULL: stays empty */
    int64_t min, max, preset_number;
};

extern const struct hf_key hf_keys[];

/* NULL: unknown. */
const struct hf_key *hf_key_find(const char *section, const char *name);

/* The key of the section that is written most alike. */
const struct hf_key *hf_key_nearest(const char *section, const char *name);

/* "section.name" or "name". */
void hf_key_name(const struct hf_key *key, char out[HF_KEY_NAME_MAX]);

/* What a value must be, to complete "expected ...". */
void hf_key_expected(const struct hf_key *key, char out[HF_KEY_EXPECTED_MAX]);

#endif
