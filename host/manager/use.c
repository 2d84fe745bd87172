#include "manager/use.h"

#include "broker/address.h"
#include "home/file.h"
#include "link/tls_context.h"
#include "pki/authority.h"
#include "pki/inspect.h"
#include "wire/topology.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum hf_err check_known(const struct hf_home *home, bool force, struct hf_fault *fault)
{
    struct hf_fault own = {0};
    struct hf_broker_settings known;
    if (hf_broker_settings_load(home, &known, &own) || !known.is_private || force)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_EXISTS, 0,
                        "%s has a private broker, whose boards and queues would stay behind: use "
                        "another folder (HOLDFAST_HOME), or --force",
                        home->dir);
}

static enum hf_err check_parts(const struct hf_use_request *request, struct hf_fault *fault)
{
    if (!request->ca)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--ca FILE is missing: the certificate of who signed the broker's; "
                            "boards get it too, so it should hold no more than is needed");
    if (!request->cert != !request->key)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--cert and --key belong together");
    if (request->management_url &&
        (!request->management_user || !request->management_password_file))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--management wants --user and --password-file too");
    if (!request->management_url &&
        (request->management_user || request->management_password_file || request->management_ca))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--user, --password-file and --management-ca are for --management URL");
    return HF_ERR_OK;
}

/* What is written down must not depend on where the command was called. */
static enum hf_err take_path(const char *path, char out[HF_PATH_MAX + 1], struct hf_fault *fault)
{
    if (!path)
        return HF_ERR_OK;
    char *full = realpath(path, NULL);
    enum hf_err err = full ? HF_ERR_OK : hf_file_fault(fault, errno, "reading", path);
    if (!err && !hf_str_copy(out, HF_PATH_MAX + 1, hf_str(full)))
        err = hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "the path %s is too long", path);
    free(full);
    return err;
}

static enum hf_err take_text(const char *what, const char *text, char *out, size_t size,
                             struct hf_fault *fault)
{
    if (!text || hf_str_copy(out, size, hf_str(text)))
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "%s is over %zu bytes", what, size - 1);
}

static enum hf_err take_paths(const struct hf_use_request *request, struct hf_broker_settings *out,
                              struct hf_fault *fault)
{
    enum hf_err err = take_path(request->ca, out->ca, fault);
    if (!err)
        err = take_path(request->cert, out->cert, fault);
    if (!err)
        err = take_path(request->key, out->key, fault);
    if (!err)
        err = take_path(request->management_password_file, out->management_password_file, fault);
    return err ? err : take_path(request->management_ca, out->management_ca, fault);
}

static enum hf_err take_management(const struct hf_use_request *request,
                                   struct hf_broker_settings *out, struct hf_fault *fault)
{
    enum hf_err err = take_text("--management", request->management_url, out->management_url,
                                sizeof out->management_url, fault);
    if (!err)
        err = take_text("--user", request->management_user, out->management_user,
                        sizeof out->management_user, fault);
    return err ? err : hf_broker_settings_check_url(out, "--management", fault);
}

/* A pair of our own, unless there is a good one. */
static enum hf_err make_certificate(const struct hf_home *home, int64_t now_s,
                                    struct hf_broker_settings *out, struct hf_fault *fault)
{
    const struct hf_pki_request request = {
        .kind = HF_PKI_CLIENT, .common_name = HF_MANAGER_USER, .now_s = now_s};
    char authority[HF_PATH_MAX + 1], base[HF_PATH_MAX + 1];
    hf_home_path(home, HF_HOME_DEVICE_CA, "", authority);
    hf_home_path(home, HF_HOME_MANAGER_CERT, "", base);
    hf_home_path(home, HF_HOME_MANAGER_CERT, ".pem", out->cert);
    hf_home_path(home, HF_HOME_MANAGER_CERT, ".key", out->key);
    enum hf_err err = hf_pki_setup_devices(home, now_s, fault);
    if (err || hf_pki_pair_good(authority, base, now_s, now_s + HF_PKI_RENEW_S))
        return err;
    return hf_pki_leaf_make(authority, &request, out->cert, out->key, fault);
}

/* Better said now than by the first command that connects. */
static enum hf_err check_files(const struct hf_broker_settings *settings, struct hf_fault *fault)
{
    struct hf_tls_context *tls = NULL;
    const struct hf_tls_files files = {
        .ca = settings->ca, .cert = settings->cert, .key = settings->key};
    enum hf_err err = hf_tls_context_load(&files, &tls, fault);
    if (!err)
        hf_tls_context_free(tls);
    return err;
}

enum hf_err hf_use(const struct hf_home *home, const struct hf_use_request *request, int64_t now_s,
                   struct hf_broker_settings *out, struct hf_fault *fault)
{
    memset(out, 0, sizeof *out);
    enum hf_err err = hf_address_parse(request->address, out, fault);
    out->consumer_timeout_s = request->consumer_timeout_ms > 0 ? request->consumer_timeout_ms / 1000
                                                               : HF_CONSUMER_TIMEOUT_S;
    if (!err)
        err = check_parts(request, fault);
    if (!err)
        err = check_known(home, request->force, fault);
    if (!err)
        err = take_paths(request, out, fault);
    if (!err)
        err = take_management(request, out, fault);
    if (!err && !request->cert)
        err = make_certificate(home, now_s, out, fault);
    if (!err)
        err = check_files(out, fault);
    return err ? err : hf_broker_settings_save(home, out, fault);
}
