#include "manager/succession.h"

#include "broker/node.h"
#include "broker/up.h"
#include "ledger/certificates.h"
#include "manager/revocation.h"
#include "pki/inspect.h"
#include "pki/succession.h"

#include <string.h>

static enum hf_err check_private(const struct hf_site *site, struct hf_fault *fault)
{
    return hf_broker_settings_want_private(site->settings, site->home,
                                           ": its authority is renewed by who runs it", fault);
}

static enum hf_err reread(const struct hf_site *site, struct hf_fault *fault)
{
    return hf_node_reread_certificates(site->home, site->settings, fault);
}

enum hf_err hf_succession_begin(const struct hf_site *site, struct hf_fault *fault)
{
    enum hf_err err = check_private(site, fault);
    if (!err)
        err = hf_pki_succession_begin(site->home, site->now_s, fault);
    if (!err)
        err = hf_revocation_follow(site, fault);
    return err ? err : reread(site, fault);
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

static enum hf_err look_at(const struct hf_site *site, const char *board, struct look *look,
                           struct hf_fault *fault)
{
    char authority[HF_PATH_MAX + 1];
    hf_home_path(site->home, HF_HOME_DEVICE_CA, HF_PKI_NEXT, authority);
    *look = (struct look){.authority = authority};
    return hf_certificates_of(site->ledger, board, note, look, fault);
}

enum hf_err hf_succession_renewed(const struct hf_site *site, const char *board, bool *renewed,
                                  struct hf_fault *fault)
{
    struct look look;
    enum hf_err err = look_at(site, board, &look, fault);
    *renewed = !err && look.newest_is_new && (look.good == 1 || !look.newest_signs);
    return err;
}

enum hf_err hf_succession_give_up(const struct hf_site *site, const char *board,
                                  struct hf_fault *fault)
{
    struct look look;
    enum hf_err err = look_at(site, board, &look, fault);
    return err ? err
               : hf_certificates_revoke(site->ledger, board,
                                        look.newest_is_new ? look.newest : NULL, site->now_s * 1000,
                                        fault);
}

/* --- The end --- */

enum hf_err hf_succession_finish(const struct hf_site *site, struct hf_fault *fault)
{
    struct hf_pki_names names = {0};
    enum hf_err err = check_private(site, fault);
    if (!err)
        err = hf_up_names(&site->settings->node, &names, fault);
    if (!err)
        err = hf_revocation_follow(site, fault);
    if (!err)
        err = hf_pki_succession_hand_over(site->home, &names, site->now_s, fault);
    if (!err)
        err = reread(site, fault);
    if (!err)
        err = hf_pki_succession_drop(site->home, fault);
    if (!err)
        err = reread(site, fault);
    return err ? err : hf_pki_succession_tidy(site->home, fault);
}
