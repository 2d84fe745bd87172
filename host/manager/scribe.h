#ifndef HF_MANAGER_SCRIBE_H
#define HF_MANAGER_SCRIBE_H

#include "ledger/tasks.h"
#include "pki/seal_key.h"

/*
 * Signs tasks ahead of their turn. A signature takes as long as all else that is done to send a
 * task, so it is made on a thread of its own, page by page, while the tasks of the page before go
 * out.
 *
 * At most HF_SCRIBE_PAGES pages are in its hands at once; what is given first is taken back first.
 * The thread sees nothing but texts and signatures: entries and the ledger stay with the caller. It
 * is started with the first page and takes no signals.
 *
 * What cannot be signed ahead comes back unsigned, and is left to hf_parcel_load(), which says why:
 * plain tasks, payloads over HF_BODY_INLINE_MAX (to read a page of these would hold up the
 * caller), payloads that are gone, a library or a machine that fails.
 */

#define HF_SCRIBE_PAGE  64 /* tasks in a page at most */
#define HF_SCRIBE_PAGES 16 /* neither side waits while the other is off its processor */

struct hf_scribe;

/* `signer` is copied, `ledger` borrowed. HF_ERR_NO_MEMORY; errors of hf_seal_signer_copy(). */
enum hf_err hf_scribe_new(const struct hf_seal_signer *signer, struct hf_ledger *ledger,
                          struct hf_scribe **out, struct hf_fault *fault);
void hf_scribe_free(struct hf_scribe *scribe); /* NULL is fine; waits for the signature at hand */

/* Reads the tasks' payloads, and has them signed from now on. */
void hf_scribe_give(struct hf_scribe *scribe, const struct hf_entry *entries, size_t count);

/* Waits until the oldest page is signed, and writes the signatures into its tasks, which are those
 * that it was given with. */
void hf_scribe_take(struct hf_scribe *scribe, struct hf_entry *entries, size_t count);

/* Forgets all that was not taken; waits for the page at hand. */
void hf_scribe_drop(struct hf_scribe *scribe);

#endif
