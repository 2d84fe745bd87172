#ifndef HF_WORKER_READY_H
#define HF_WORKER_READY_H

#include "link/signature.h"
#include "link/tls_context.h"
#include "worker/config.h"

#include <stdbool.h>

/* What the settings name, read: certificate and key, whom to trust, with what to sign. */

struct hf_ready {
    struct hf_tls_context *tls;
    struct hf_verifier *manager; /* of require_signature; NULL: none is asked for */
    struct hf_signer *signer;    /* of sign_results; likewise */
    bool new_identity;           /* on trial: worker/renewal.h */
};

/*
 * `config` gets the names of the identity that is used: its own, or what was put into the state
 * folder later; either will do. `out` is to be freed whatever the outcome, and zeroed before.
 * Errors of what reads these files.
 */
enum hf_err hf_ready_load(struct hf_ready *out, struct hf_config *config, struct hf_fault *fault);
void hf_ready_free(struct hf_ready *ready);

#endif
