#include "manager/proof.h"

#include "link/clock.h"
#include "pki/seal_key.h"

#include <stdlib.h>
#include <string.h>

#define KEPT 256 /* keys; one that meets another of its place takes it */

struct key {
    int64_t number; /* of the certificate in the ledger; 0: free */
    struct hf_seal_verifier *verifier;
};

struct hf_proof {
    struct key keys[KEPT];
};

/* One look at a result. */
struct look {
    struct hf_proof *proof;
    struct hf_seal seal;
    const char *signature;
    struct hf_fault *fault;
    size_t certificates;
    char newest[HF_CERTIFICATE_SERIAL_MAX + 1];
    bool by_newest; /* it is signed with that one's key */
    bool signs;     /* the newest certificate was issued for signed results */
    bool good;
};

enum hf_err hf_proof_new(struct hf_proof **out, struct hf_fault *fault)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for the boards' keys");
    return HF_ERR_OK;
}

void hf_proof_free(struct hf_proof *proof)
{
    for (size_t i = 0; proof && i < KEPT; i++)
        hf_seal_verifier_free(proof->keys[i].verifier);
    free(proof);
}

static enum hf_err find_key(struct look *look, const struct hf_certificate *certificate,
                            struct hf_seal_verifier **out)
{
    struct key *key = &look->proof->keys[(uint64_t)certificate->number % KEPT];
    struct hf_seal_verifier *verifier = NULL;
    if (key->number != certificate->number) {
        enum hf_err err = hf_seal_verifier_parse(certificate->pem, strlen(certificate->pem),
                                                 certificate->board, &verifier, look->fault);
        if (err != HF_ERR_OK)
            return err;
        hf_seal_verifier_free(key->verifier);
        *key = (struct key){certificate->number, verifier};
    }
    *out = key->verifier;
    return HF_ERR_OK;
}

static enum hf_err try_one(void *context, const struct hf_certificate *certificate)
{
    struct look *look = context;
    struct hf_seal_verifier *verifier = NULL;
    const bool newest = look->certificates++ == 0;
    if (newest) {
        look->signs = certificate->signs;
        memcpy(look->newest, certificate->serial, sizeof look->newest);
    }
    if (look->good || look->signature[0] == '\0')
        return HF_ERR_OK;
    enum hf_err err = find_key(look, certificate, &verifier);
    if (err == HF_ERR_OK)
        look->good = hf_seal_check(verifier, &look->seal, look->signature);
    look->by_newest = newest && look->good;
    return err;
}

/* No certificate of it is good: never written down, or all revoked. */
static enum hf_err check_without(struct hf_ledger *ledger, const char *board,
                                 struct hf_fault *fault)
{
    bool signs = false;
    enum hf_err err = hf_certificates_ever_signed(ledger, board, &signs, fault);
    if (err != HF_ERR_OK || !signs)
        return err;
    return hf_fault_set(fault, HF_ERR_DENIED, 0,
                        "board %s signs its results, and all of its certificates are revoked: "
                        "holdfast enroll %s --force",
                        board, board);
}

enum hf_err hf_proof_check(struct hf_proof *proof, struct hf_ledger *ledger,
                           const struct hf_result *result, const uint8_t words[HF_SHA256_BYTES],
                           const uint8_t body[HF_SHA256_BYTES], struct hf_fault *fault)
{
    struct look look = {.proof = proof, .signature = result->signature, .fault = fault};
    hf_seal_result(&look.seal, result, words, body);
    enum hf_err err = hf_certificates_of(ledger, result->board, try_one, &look, fault);
    if (err == HF_ERR_OK && look.by_newest && look.certificates > 1)
        return hf_certificates_revoke(ledger, result->board, look.newest, hf_clock_unix_ms(),
                                      fault);
    if (err == HF_ERR_OK && look.certificates == 0)
        return check_without(ledger, result->board, fault);
    if (err != HF_ERR_OK || look.good)
        return err;
    if (result->signature[0] != '\0')
        return hf_fault_set(fault, HF_ERR_DENIED, 0,
                            "its signature is not one of board %s over this result: it was altered,"
                            " or signed with a key that is not, or no longer, that board's",
                            result->board);
    if (!look.signs)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_DENIED, 0,
                        "it is not signed, and board %s was enrolled to sign its results "
                        "(sign_results in its worker.json)",
                        result->board);
}
