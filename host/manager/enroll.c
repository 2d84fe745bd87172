#include "manager/enroll.h"

#include "broker/declare.h"
#include "broker/listen.h"
#include "broker/users.h"
#include "ledger/boards.h"
#include "ledger/certificates.h"
#include "manager/bundle.h"
#include "manager/issued.h"
#include "manager/revocation.h"
#include "pki/authority.h"
#include "pki/csr.h"
#include "pki/inspect.h"
#include "pki/signing.h"
#include "wire/topology.h"

#include <stdio.h>
#include <string.h>

static enum hf_err check_name(const char *what, const char *name, struct hf_fault *fault)
{
    if (hf_name_valid(hf_str(name)))
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "\"%s\" cannot be a %s's name: use 1 to %d of a-z, 0-9 and '-', beginning "
                        "with a letter or digit",
                        name, what, HF_NAME_MAX);
}

static enum hf_err check_board(const struct hf_broker_settings *settings, const char *board,
                               struct hf_fault *fault)
{
    static const char *const reserved[] = {HF_MANAGER_USER, "admin", "guest", "broker", "ca"};
    enum hf_err err = check_name("board", board, fault);
    bool taken = strcmp(board, settings->management_user) == 0;
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        taken = taken || strcmp(board, reserved[i]) == 0;
    if (!err && taken)
        err =
            hf_fault_set(fault, HF_ERR_INVALID, 0,
                         "\"%s\" is no board's name but the broker's or a command's own word: give "
                         "the board another name",
                         board);
    return err;
}

static enum hf_err check_dir(const struct hf_enroll_request *request, const struct hf_enrolled *out,
                             struct hf_fault *fault)
{
    if (hf_bundle_exists(out->dir) && !request->force)
        return hf_fault_set(fault, HF_ERR_EXISTS, 0,
                            "%s holds a bundle already: --force makes a new key and overwrites it, "
                            "--out names another folder",
                            out->dir);
    return HF_ERR_OK;
}

static enum hf_err choose_dir(const struct hf_enroll_request *request, struct hf_enrolled *out,
                              struct hf_fault *fault)
{
    const char *dir = request->out_dir ? request->out_dir : request->board;
    if (!hf_str_copy(out->dir, sizeof out->dir - sizeof "/worker.json", hf_str(dir)))
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "the path \"%s\" is too long", dir);
    return check_dir(request, out, fault);
}

/* A board that connects by a name the certificate lacks is refused: say so here, not there. */
static enum hf_err check_certificate(const struct hf_home *home, const char *host,
                                     struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    struct hf_pki_facts facts;
    struct hf_pki_names wanted = {0};
    hf_home_path(home, HF_HOME_BROKER_CERT, ".pem", path);
    enum hf_err err = hf_pki_inspect(path, &facts, fault);
    if (!err)
        err = hf_pki_names_add(&wanted, host, fault);
    if (!err && !hf_pki_names_cover(&facts.names, &wanted))
        err = hf_fault_set(fault, HF_ERR_INVALID, 0,
                           "the broker's certificate is not good for %s, so boards would refuse "
                           "it: holdfast up --san %s",
                           host, host);
    return err;
}

static enum hf_err choose_host(const struct hf_home *home,
                               const struct hf_broker_settings *settings,
                               const struct hf_enroll_request *request, struct hf_enrolled *out,
                               struct hf_fault *fault)
{
    struct hf_pki_names machine = {0};
    const char *host = request->broker_host;
    if (!host && settings->is_private) {
        hf_pki_names_of_machine(&machine);
        host = hf_listen_public_host(&settings->node, &machine);
    }
    if (!host)
        host = settings->host;
    if (!hf_str_copy(out->host, sizeof out->host, hf_str(host)))
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "the host name \"%s\" is too long", host);
    out->port = settings->port;
    out->only_this_machine = settings->is_private && hf_listen_is_loopback(host);
    return settings->is_private ? check_certificate(home, host, fault) : HF_ERR_OK;
}

static enum hf_err check_csr(const struct hf_enroll_request *request, struct hf_fault *fault)
{
    mbedtls_pk_context key;
    enum hf_err err = hf_pki_csr_load(request->csr, request->board, &key, fault);
    mbedtls_pk_free(&key);
    return err;
}

enum hf_err hf_enroll_plan(const struct hf_home *home, const struct hf_broker_settings *settings,
                           const struct hf_enroll_request *request, struct hf_enrolled *out,
                           struct hf_fault *fault)
{
    const char *pool = request->pool ? request->pool : HF_POOL_DEFAULT;
    memset(out, 0, sizeof *out);
    enum hf_err err = check_board(settings, request->board, fault);
    if (!err)
        err = check_name("pool", pool, fault);
    if (err)
        return err;
    hf_str_copy(out->pool, sizeof out->pool, hf_str(pool));
    err = choose_dir(request, out, fault);
    if (!err && request->csr)
        err = check_csr(request, fault);
    return err ? err : choose_host(home, settings, request, out, fault);
}

static enum hf_err declare(const struct hf_broker_settings *settings, const char *board,
                           const char *pool, struct hf_fault *fault)
{
    struct hf_management *management = NULL;
    enum hf_err err = hf_management_open(settings, &management, fault);
    if (!err && !settings->is_private) /* a private broker loads it at every start */
        err = hf_declare_topology(management, fault);
    if (!err)
        err = hf_declare_pool(management, pool, fault);
    if (!err)
        err = hf_declare_board(management, board, pool, fault);
    if (!err)
        err = hf_users_declare_board(management, board, pool, fault);
    hf_management_close(management);
    return err;
}

static enum hf_err write_bundle(const struct hf_site *site, const struct hf_enroll_request *request,
                                struct hf_enrolled *out, struct hf_fault *fault)
{
    char authority[HF_PATH_MAX + 1], signing[HF_PATH_MAX + 1];
    const struct hf_broker_settings *settings = site->settings;
    hf_home_path(site->home, HF_HOME_DEVICE_CA, "", authority);
    const struct hf_bundle bundle = {.dir = out->dir,
                                     .board = request->board,
                                     .pool = out->pool,
                                     .host = out->host,
                                     .port = out->port,
                                     .vhost = settings->vhost,
                                     .consumer_timeout_s = settings->consumer_timeout_s,
                                     .ca = settings->ca,
                                     .signing = signing,
                                     .sign_results = !request->unsigned_results,
                                     .csr = request->csr,
                                     .authority = authority};
    hf_home_path(site->home, HF_HOME_SIGNING, ".pub", signing);
    enum hf_err err = hf_pki_setup_devices(site->home, site->now_s, fault);
    if (!err)
        err = hf_pki_setup_signing(site->home, fault);
    return err ? err : hf_bundle_write(&bundle, site->now_s, fault);
}

static enum hf_err write_down(const struct hf_site *site, const struct hf_enroll_request *request,
                              struct hf_enrolled *out, struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 16];
    const int64_t now_ms = site->now_s * 1000;
    struct hf_certificate certificate = {.issued_ms = now_ms, .signs = !request->unsigned_results};
    hf_str_copy(certificate.board, sizeof certificate.board, hf_str(request->board));
    snprintf(path, sizeof path, "%s/cert.pem", out->dir);
    enum hf_err err = hf_issued_read(path, &certificate, fault);
    if (err)
        return err;
    out->certificate_until_s = certificate.until_s;
    err = hf_certificates_add(site->ledger, &certificate, fault);
    if (!err && !request->keep_old)
        err =
            hf_certificates_revoke(site->ledger, request->board, certificate.serial, now_ms, fault);
    return err ? err : hf_boards_enrolled(site->ledger, request->board, out->pool, now_ms, fault);
}

/* In a transaction: of two that enroll one board the second finds the first one's bundle, or
 * replaces all of it. */
static enum hf_err make_known(const struct hf_site *site, const struct hf_enroll_request *request,
                              struct hf_enrolled *out, struct hf_fault *fault)
{
    enum hf_err err = hf_ledger_begin(site->ledger, fault);
    if (err)
        return err;
    err = check_dir(request, out, fault);
    if (!err)
        err = write_bundle(site, request, out, fault);
    if (!err)
        err = write_down(site, request, out, fault);
    if (!err)
        return hf_ledger_commit(site->ledger, fault);
    hf_ledger_rollback(site->ledger);
    return err;
}

static enum hf_err enroll(const struct hf_site *site, const struct hf_enroll_request *request,
                          struct hf_enrolled *out, struct hf_fault *fault)
{
    enum hf_err err = hf_enroll_plan(site->home, site->settings, request, out, fault);
    if (!err)
        err = declare(site->settings, request->board, out->pool, fault);
    if (!err)
        err = make_known(site, request, out, fault);
    return err ? err : hf_revocation_follow(site, fault);
}

enum hf_err hf_enroll(const struct hf_site *site, const struct hf_enroll_request *request,
                      struct hf_enrolled *out, struct hf_fault *fault)
{
    struct hf_site own = *site;
    char path[HF_PATH_MAX + 1];
    if (site->ledger)
        return enroll(site, request, out, fault);
    hf_home_path(site->home, HF_HOME_LEDGER, "", path);
    enum hf_err err = hf_ledger_open(path, &own.ledger, fault);
    if (!err)
        err = enroll(&own, request, out, fault);
    hf_ledger_close(own.ledger);
    return err;
}
