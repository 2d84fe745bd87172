#include "worker/ready.h"

#include "worker/renewal.h"

#include <stddef.h>

static enum hf_err load_tls(const struct hf_config *config, struct hf_tls_context **tls,
                            struct hf_fault *fault)
{
    const bool has_cert = config->tls.cert[0] != '\0';
    const struct hf_tls_files files = {.ca = config->tls.ca,
                                       .cert = has_cert ? config->tls.cert : NULL,
                                       .key = has_cert ? config->tls.key : NULL};
    return hf_tls_context_load(&files, tls, fault);
}

static enum hf_err load_identity(struct hf_ready *out, struct hf_config *config,
                                 struct hf_fault *fault)
{
    const enum hf_err err = load_tls(config, &out->tls, fault);
    out->new_identity = hf_renewal_choose(config, &out->tls);
    return out->tls != NULL ? HF_ERR_OK : err;
}

enum hf_err hf_ready_load(struct hf_ready *out, struct hf_config *config, struct hf_fault *fault)
{
    enum hf_err err = load_identity(out, config, fault);
    if (err == HF_ERR_OK && config->require_signature[0] != '\0')
        err = hf_verifier_load(config->require_signature, &out->manager, fault);
    if (err == HF_ERR_OK && config->sign_results)
        err = hf_signer_load(config->tls.key, &out->signer, fault);
    return err;
}

void hf_ready_free(struct hf_ready *ready)
{
    hf_tls_context_free(ready->tls);
    hf_verifier_free(ready->manager);
    hf_signer_free(ready->signer);
}
