#ifndef HF_MANAGER_REVOCATION_H
#define HF_MANAGER_REVOCATION_H

#include "manager/site.h"

/*
 * Keeps a revoked certificate from logging in at the private broker: the list that it looks at in
 * each handshake (pki/revocation.h) is brought into line with the ledger. Whatever revokes in the
 * ledger is followed by this; a process that was killed in between is followed by the next command
 * that asks the broker for something, and by `up`.
 */

/*
 * Writes the list when it lacks something or cannot be used, and closes what boards have open whose
 * certificates were not on it: they connect again with a good one, if they have it. When that was
 * cut off or failed (HF_HOME_HANG_UP is there), the next call closes what all boards have open that
 * ever had a certificate revoked. Nothing is done for a broker elsewhere, and nothing is open while
 * the private one is down. Errors of hf_pki_revocation_write, the ledger, and, once the list is
 * written, hf_management_call.
 */
enum hf_err hf_revocation_follow(const struct hf_site *site, struct hf_fault *fault);

/* Looks only. HF_ERR_MISSING also: something is to be closed still. Errors of
 * hf_pki_revocation_check and the ledger. */
enum hf_err hf_revocation_check(const struct hf_site *site, struct hf_fault *fault);

#endif
