#include "manager/succession.h"

#include "broker/node.h"
#include "broker/up.h"
#include "ledger/certificates.h"
#include "manager/revocation.h"
#include "pki/inspect.h"
#include "pki/succession.h"

#include <string.h>

static enum hf_err follow(const struct hf_succession *succession, struct hf_fault *fault)
{
    const struct hf_revocation revocation = {.home = succession->home,
                                             .settings = succession->settings,
                                             .ledger = succession->ledger,
                                             .now_s = succession->now_s};
    return hf_revocation_follow(&revocation, fault);
}

static enum hf_err check_private(const struct hf_succession *succession, struct hf_fault *fault)
{
    if (succession->settings->is_private)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "%s/broker.json names a broker elsewhere (%s): its authority is renewed by "
                        "who runs it",
                        succession->home->dir, succession->settings->host);
}

static enum hf_err reread(const struct hf_succession *succession, struct hf_fault *fault)
{
    return hf_node_reread_certificates(succession->home, succession->settings, fault);
}

enum hf_err hf_succession_begin(const struct hf_succession *succession, struct hf_fault *fault)
{
    enum hf_err err = check_private(succession, fault);
    if (!err)
        err = hf_pki_succession_begin(succession->home, succession->now_s, fault);
    if (!err)
        err = follow(succession, fault);
    return err ? err : reread(succession, fault);
}

/* --- A board --- */

struct look {
    const char *authority;
    size_t good; /* certificates that count */
    bool newest_is_new, newest_signs;
    char newest[HF_CERTIFICATE_SERIAL_MAX + 1];
};

static enum hf_err note(void *context, const struct hf_certificate *row)
{
    struct look *look = context;
    if (look->good++ > 0)
        return HF_ERR_OK;
    look->newest_is_new = hf_pki_is_signed_by(row->pem, look->authority);
    look->newest_signs = row->signs;
    memcpy(look->newest, row->serial, sizeof look->newest);
    return HF_ERR_OK;
}

static enum hf_err look_at(const struct hf_succession *succession, const char *board,
                           struct look *look, struct hf_fault *fault)
{
    char authority[HF_PATH_MAX + 1];
    hf_home_path(succession->home, HF_HOME_DEVICE_CA, HF_PKI_NEXT, authority);
    *look = (struct look){.authority = authority};
    return hf_certificates_of(succession->ledger, board, note, look, fault);
}

enum hf_err hf_succession_renewed(const struct hf_succession *succession, const char *board,
                                  bool *renewed, struct hf_fault *fault)
{
    struct look look;
    enum hf_err err = look_at(succession, board, &look, fault);
    *renewed = !err && look.newest_is_new && (look.good == 1 || !look.newest_signs);
    return err;
}

enum hf_err hf_succession_give_up(const struct hf_succession *succession, const char *board,
                                  struct hf_fault *fault)
{
    struct look look;
    enum hf_err err = look_at(succession, board, &look, fault);
    return err ? err
               : hf_certificates_revoke(succession->ledger, board,
                                        look.newest_is_new ? look.newest : NULL,
                                        succession->now_s * 1000, fault);
}

/* --- The end --- */

enum hf_err hf_succession_finish(const struct hf_succession *succession, struct hf_fault *fault)
{
    struct hf_pki_names names = {0};
    enum hf_err err = check_private(succession, fault);
    if (!err)
        err = hf_up_names(&succession->settings->node, &names, fault);
    if (!err)
        err = follow(succession, fault);
    if (!err)
        err = hf_pki_succession_hand_over(succession->home, &names, succession->now_s, fault);
    if (!err)
        err = reread(succession, fault);
    if (!err)
        err = hf_pki_succession_drop(succession->home, fault);
    if (!err)
        err = reread(succession, fault);
    return err ? err : hf_pki_succession_tidy(succession->home, fault);
}
