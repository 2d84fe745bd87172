#ifndef HF_WORKER_RENEWAL_H
#define HF_WORKER_RENEWAL_H

#include "link/tls_context.h"
#include "worker/config.h"
#include "worker/upkeep.h"

#include <stdbool.h>

/*
 * Another certificate for this board, over the connection that it has: two upkeep tasks, and what
 * the worker keeps in its state folder.
 *
 *   hf-csr     makes identity.key unless it is there and new, and answers with a request for it
 *   hf-renew   with that key its payload becomes identity.new.pem (one file, 0600), and the
 *              settings are read again
 *
 * The payload is the certificate, and after it the authorities that may have signed the broker's,
 * in place of those of tls.ca; none: tls.ca counts.
 *
 * A worker that finds identity.new.pem is on trial with it: the first connection makes it
 * identity.pem; when the broker refuses it, just closes the line, or shows a certificate of none of
 * the new authorities, HF_RENEWAL_TRIES times before there was one, it is deleted, and what was
 * used before is used again. A broker that cannot be reached, or is silent, proves nothing.
 *
 * Of all that is there, the settings' own files too, the certificate that begins last is used: so a
 * bundle that is copied to the board later wins. Every file is written whole, synced, and renamed:
 * a power cut in any step leaves a board that can connect.
 */

#define HF_RENEWAL_TRIES 3

/*
 * `*tls` has the settings' own certificate, or is NULL when that cannot be used. When a later one
 * is in the state folder, `*tls` is freed and made anew with it, and tls.cert and tls.key of the
 * settings name its file, tls.ca too when it has authorities. True: it is on trial. What cannot be
 * used is logged and left alone.
 */
bool hf_renewal_choose(struct hf_config *config, struct hf_tls_context **tls);

/* The certificate on trial has a connection; or has been refused. */
void hf_renewal_proven(const struct hf_config *config);
void hf_renewal_failed(const struct hf_config *config);

/* The two handlers. */
hf_upkeep_fn hf_renewal_request;
hf_upkeep_fn hf_renewal_install;

#endif
