#ifndef HF_MANAGER_PROOF_H
#define HF_MANAGER_PROOF_H

#include "ledger/certificates.h"
#include "wire/result.h"
#include "wire/seal.h"

/*
 * Whether a result is from the board that it names: signed by the key of a certificate that was
 * issued to that board and not revoked (ledger/certificates.h). The broker's word, user_id, is no
 * proof against the broker.
 *
 * A board that the ledger has no certificate of (enrolled by a version of before, or in a new
 * ledger), or whose newest was issued for unsigned results, may go unsigned. A signature that is
 * there must be good in each case but the first, in which nothing can be said of it. One that had
 * certificates to sign with, and none of them is good any more, is not believed at all.
 *
 * Of several certificates that are good (rotate, enroll --keep-old) all count, until a result comes
 * that is signed with the newest: from then on the others are revoked. A board publishes what it
 * has signed before ahead of what it signs with a new key, so none of its results is lost by that.
 */

struct hf_proof; /* keeps the keys that it has met; one a collector */

/* HF_ERR_NO_MEMORY. */
enum hf_err hf_proof_new(struct hf_proof **out, struct hf_fault *fault);
void hf_proof_free(struct hf_proof *proof); /* NULL is fine */

/*
 * In a transaction only. `words` and `body` as in hf_seal_result. HF_ERR_DENIED: no signature, or
 * not a good one; `fault` says it for a person. Errors of the ledger.
 */
enum hf_err hf_proof_check(struct hf_proof *proof, struct hf_ledger *ledger,
                           const struct hf_result *result, const uint8_t words[HF_SHA256_BYTES],
                           const uint8_t body[HF_SHA256_BYTES], struct hf_fault *fault);

#endif
