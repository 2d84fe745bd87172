#ifndef HF_MANAGER_PASS_H
#define HF_MANAGER_PASS_H

#include "ledger/tasks.h"
#include "manager/scribe.h"

#include <stdbool.h>

/*
 * One pass over the pending tasks, page by page, in the order of their places. Within a pass no
 * task comes twice: what is published but not yet marked lies behind the cursor.
 *
 * When there is more than a page, further ones are read while there is still one to go through, two
 * at each turn until HF_SCRIBE_PAGES are there, so that they can be signed meanwhile
 * (manager/scribe.h). Fewer tasks come unsigned: a thread for these is not worth it.
 */

#define HF_PASS_PAGE  HF_SCRIBE_PAGE
#define HF_PASS_SHUNS 16 /* targets that are left alone; further ones are tried again */

struct hf_pass_shun {
    struct hf_target target;
    bool missing; /* nothing takes its tasks; false: full just now */
};

struct hf_pass_page {
    size_t count;
    bool given; /* the scribe has it */
    struct hf_entry entries[HF_PASS_PAGE];
};

/* Zero it before first use. */
struct hf_pass {
    struct hf_scribe *scribe; /* borrowed, set by the caller; NULL: none is signed here */
    struct hf_place cursor;
    size_t at;    /* of the page at hand */
    size_t hand;  /* which page that is */
    size_t ahead; /* pages that are read behind it */
    bool over;    /* there is nothing behind the cursor */
    size_t shun_count;
    struct hf_pass_shun shuns[HF_PASS_SHUNS];
    struct hf_pass_page pages[HF_SCRIBE_PAGES];
};

void hf_pass_begin(struct hf_pass *pass);

/*
 * The next task, valid until the call after hf_pass_skip(); NULL with `over` set: there is none.
 * It stays the next one until hf_pass_skip(). Errors of the ledger.
 */
enum hf_err hf_pass_peek(struct hf_pass *pass, struct hf_ledger *ledger,
                         const struct hf_entry **out, struct hf_fault *fault);
void hf_pass_skip(struct hf_pass *pass);

/* Leaves a target alone from here on, until the next pass. */
void hf_pass_shun(struct hf_pass *pass, const struct hf_target *target, bool missing);

/* NULL: it is not shunned. */
const struct hf_pass_shun *hf_pass_shunned(const struct hf_pass *pass,
                                           const struct hf_target *target);

#endif
