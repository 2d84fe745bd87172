#ifndef HF_LEDGER_STRAYS_H
#define HF_LEDGER_STRAYS_H

#include "ledger/ledger.h"
#include "wire/str.h"

/*
 * The table `strays`: messages that arrived and belong to no task of this ledger, or could not be
 * read. Kept so that a person can see them; the oldest go when there are more than HF_STRAYS_MAX,
 * but for those whose bodies are files (ledger/bodies.h): these stay until they are pruned.
 */

#define HF_STRAYS_MAX       10000
#define HF_STRAYS_FILES_MAX (INT64_C(1) << 30) /* bytes of all bodies that are files */
#define HF_STRAY_REASON_MAX 240

struct hf_stray {
    int64_t number;
    int64_t received_ms; /* Unix ms */
    char queue[64];      /* where it came from */
    char sender[128];    /* its user_id, cleaned; empty: none */
    char task[128];      /* its message_id, cleaned; empty: none */
    char reason[HF_STRAY_REASON_MAX + 1];
    struct hf_body body; /* valid during the call of `each` */
};

/* Whether one more body of `size` bytes may be a file. */
enum hf_err hf_strays_have_room(struct hf_ledger *ledger, uint64_t size, bool *out,
                                struct hf_fault *fault);

/* Writes one down, with its body, and lets the oldest go. */
enum hf_err hf_strays_add(struct hf_ledger *ledger, const struct hf_stray *stray,
                          struct hf_fault *fault);

enum hf_err hf_strays_count(struct hf_ledger *ledger, int64_t *out, struct hf_fault *fault);

typedef enum hf_err (*hf_strays_each)(void *context, const struct hf_stray *stray);

/* The newest first, at most `limit`. */
enum hf_err hf_strays_list(struct hf_ledger *ledger, int64_t limit, hf_strays_each each,
                           void *context, struct hf_fault *fault);

#endif
