#include "pki/authority.h"

#include "home/file.h"
#include "link/random.h"
#include "pki/inspect.h"
#include "pki/key.h"
#include "pki/revocation.h"
#include "pki/signing.h"
#include "pki/succession.h"
#include "wire/topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE_MAX (HF_PATH_MAX + 8)

#define DEVICE_CA_TITLE "Holdfast device CA"
#define SERVER_CA_TITLE "Holdfast server CA"

static enum hf_err save_cert(const char *path, const char *pem, struct hf_fault *fault)
{
    return hf_file_write(path, pem, strlen(pem), 0644, fault);
}

/* Two installations must not have authorities of the same name: clients would mix them up. */
static void unique_name(char *to, size_t size, const char *title)
{
    uint32_t random = 0;
    hf_random(&random, sizeof random);
    snprintf(to, size, "%s %08x", title, random);
}

/* The key first: a crash before the certificate is written only makes the certificate again. Of two
 * processes the first one's are both taken by the second: what either signs is good. */
static enum hf_err ensure_authority(const struct hf_home *home, const char *name, const char *title,
                                    int64_t now_s, struct hf_fault *fault)
{
    char cert_path[HF_PATH_MAX + 1], key_path[HF_PATH_MAX + 1], common_name[64];
    char pem[HF_PKI_PEM_MAX];
    struct hf_pki_request request = {.kind = HF_PKI_CA, .now_s = now_s};
    mbedtls_pk_context key;
    hf_home_path(home, name, ".pem", cert_path);
    hf_home_path(home, name, ".key", key_path);
    if (hf_file_exists(cert_path))
        return HF_ERR_OK;
    unique_name(common_name, sizeof common_name, title);
    request.common_name = common_name;
    enum hf_err err = hf_pki_key_ensure(&key, key_path, fault);
    if (!err)
        err = hf_pki_issue(&request, &key, &key, NULL, pem, fault);
    if (!err)
        err = hf_file_write_new(cert_path, pem, strlen(pem), 0644, fault);
    mbedtls_pk_free(&key);
    return err == HF_ERR_EXISTS ? HF_ERR_OK : err;
}

static enum hf_err load_authority_key(mbedtls_pk_context *key, const char *authority,
                                      struct hf_fault *fault)
{
    char path[BASE_MAX];
    snprintf(path, sizeof path, "%s.key", authority);
    enum hf_err err = hf_pki_key_load(key, path, fault);
    if (err == HF_ERR_NOT_FOUND)
        return hf_fault_set(fault, HF_ERR_DENIED, 0,
                            "%s is not there, so nothing can be signed: put the authority's key "
                            "back for as long as this takes",
                            path);
    return err;
}

static enum hf_err sign(const char *authority, const struct hf_pki_request *request,
                        mbedtls_pk_context *subject, char pem[HF_PKI_PEM_MAX],
                        struct hf_fault *fault)
{
    char path[BASE_MAX];
    struct hf_pki_facts facts;
    struct hf_pki_request limited = *request;
    mbedtls_pk_context issuer;
    snprintf(path, sizeof path, "%s.pem", authority);
    enum hf_err err = load_authority_key(&issuer, authority, fault);
    if (!err)
        err = hf_pki_key_fits(authority, fault);
    if (!err)
        err = hf_pki_inspect(path, &facts, fault);
    if (!err && facts.not_after_s <= request->now_s)
        err = hf_fault_set(fault, HF_ERR_TLS_EXPIRED, 0, "the authority %s has expired", path);
    if (!err) {
        limited.not_after_max_s = facts.not_after_s;
        err = hf_pki_issue(&limited, subject, &issuer, facts.subject, pem, fault);
    }
    mbedtls_pk_free(&issuer);
    return err;
}

enum hf_err hf_pki_leaf_sign(const char *authority, const struct hf_pki_request *request,
                             mbedtls_pk_context *subject, const char *cert_path,
                             struct hf_fault *fault)
{
    char pem[HF_PKI_PEM_MAX];
    enum hf_err err = sign(authority, request, subject, pem, fault);
    return err ? err : save_cert(cert_path, pem, fault);
}

enum hf_err hf_pki_leaf_make(const char *authority, const struct hf_pki_request *request,
                             const char *cert_path, const char *key_path, struct hf_fault *fault)
{
    char pem[HF_PKI_PEM_MAX];
    mbedtls_pk_context key;
    enum hf_err err = hf_pki_key_make(&key, fault);
    if (!err)
        err = sign(authority, request, &key, pem, fault);
    if (!err)
        err = hf_pki_key_save(&key, key_path, fault);
    if (!err)
        err = save_cert(cert_path, pem, fault);
    mbedtls_pk_free(&key);
    return err;
}

static bool names_good(const char *cert_path, const struct hf_pki_names *wanted)
{
    struct hf_pki_facts facts;
    if (!wanted)
        return true;
    return hf_pki_inspect(cert_path, &facts, NULL) == HF_ERR_OK &&
           hf_pki_names_cover(&facts.names, wanted);
}

static enum hf_err ensure_leaf(const struct hf_home *home, const char *authority, const char *leaf,
                               const struct hf_pki_request *request, bool *renewed,
                               struct hf_fault *fault)
{
    char ca[HF_PATH_MAX + 1], base[HF_PATH_MAX + 1];
    char cert_path[HF_PATH_MAX + 1], key_path[HF_PATH_MAX + 1];
    hf_home_path(home, authority, "", ca);
    hf_home_path(home, leaf, "", base);
    hf_home_path(home, leaf, ".pem", cert_path);
    hf_home_path(home, leaf, ".key", key_path);
    if (hf_pki_pair_good(ca, base, request->now_s, request->now_s + HF_PKI_RENEW_S) &&
        names_good(cert_path, request->names))
        return HF_ERR_OK;
    if (renewed)
        *renewed = true;
    return hf_pki_leaf_make(ca, request, cert_path, key_path, fault);
}

enum hf_err hf_pki_setup_devices(const struct hf_home *home, int64_t now_s, struct hf_fault *fault)
{
    char folder[HF_PATH_MAX + 1];
    hf_home_path(home, HF_HOME_PKI, "", folder);
    enum hf_err err = hf_file_make_dir(folder, fault);
    return err ? err : ensure_authority(home, HF_HOME_DEVICE_CA, DEVICE_CA_TITLE, now_s, fault);
}

static struct hf_pki_request broker_request(const struct hf_pki_names *names, int64_t now_s)
{
    return (struct hf_pki_request){
        .kind = HF_PKI_SERVER, .common_name = "Holdfast broker", .names = names, .now_s = now_s};
}

static struct hf_pki_request manager_request(int64_t now_s)
{
    return (struct hf_pki_request){
        .kind = HF_PKI_CLIENT, .common_name = HF_MANAGER_USER, .now_s = now_s};
}

enum hf_err hf_pki_renew_broker(const struct hf_home *home, const struct hf_pki_names *names,
                                int64_t now_s, struct hf_fault *fault)
{
    char authority[HF_PATH_MAX + 1], cert_path[HF_PATH_MAX + 1], key_path[HF_PATH_MAX + 1];
    const struct hf_pki_request request = broker_request(names, now_s);
    hf_home_path(home, HF_HOME_SERVER_CA, "", authority);
    hf_home_path(home, HF_HOME_BROKER_CERT, ".pem", cert_path);
    hf_home_path(home, HF_HOME_BROKER_CERT, ".key", key_path);
    return hf_pki_leaf_make(authority, &request, cert_path, key_path, fault);
}

/* Nothing that a new authority signs can have been revoked; of an old one only the ledger knows. */
static enum hf_err setup_revocation(const struct hf_home *home, int64_t now_s,
                                    struct hf_fault *fault)
{
    char authority[HF_PATH_MAX + 1], folder[HF_PATH_MAX + 1];
    const struct hf_pki_revocation none = {
        .authority = authority, .folder = folder, .now_s = now_s};
    hf_home_path(home, HF_HOME_DEVICE_CA, "", authority);
    hf_home_path(home, HF_HOME_CRL, "", folder);
    return hf_pki_revocation_write(&none, fault);
}

enum hf_err hf_pki_setup(const struct hf_home *home, const struct hf_pki_names *names,
                         int64_t now_s, bool *renewed, struct hf_fault *fault)
{
    const struct hf_pki_request broker = broker_request(names, now_s);
    const struct hf_pki_request manager = manager_request(now_s);
    char devices[HF_PATH_MAX + 1];
    hf_home_path(home, HF_HOME_DEVICE_CA, ".pem", devices);
    const bool fresh = !hf_file_exists(devices);
    if (renewed)
        *renewed = false;
    enum hf_err err = hf_pki_setup_devices(home, now_s, fault);
    if (!err && fresh)
        err = setup_revocation(home, now_s, fault);
    if (!err)
        err = hf_pki_setup_signing(home, fault);
    if (!err)
        err = ensure_authority(home, HF_HOME_SERVER_CA, SERVER_CA_TITLE, now_s, fault);
    if (!err)
        err = ensure_leaf(home, HF_HOME_SERVER_CA, HF_HOME_BROKER_CERT, &broker, renewed, fault);
    if (!err)
        err = ensure_leaf(home, HF_HOME_DEVICE_CA, HF_HOME_MANAGER_CERT, &manager, NULL, fault);
    return err;
}

enum hf_err hf_pki_setup_next(const struct hf_home *home, int64_t now_s, struct hf_fault *fault)
{
    enum hf_err err =
        ensure_authority(home, HF_HOME_DEVICE_CA HF_PKI_NEXT, DEVICE_CA_TITLE, now_s, fault);
    return err ? err
               : ensure_authority(home, HF_HOME_SERVER_CA HF_PKI_NEXT, SERVER_CA_TITLE, now_s,
                                  fault);
}

enum hf_err hf_pki_setup_leaves_of_next(const struct hf_home *home,
                                        const struct hf_pki_names *names, int64_t now_s,
                                        struct hf_fault *fault)
{
    const struct hf_pki_request broker = broker_request(names, now_s);
    const struct hf_pki_request manager = manager_request(now_s);
    enum hf_err err = ensure_leaf(home, HF_HOME_DEVICE_CA HF_PKI_NEXT, HF_HOME_MANAGER_CERT,
                                  &manager, NULL, fault);
    return err ? err
               : ensure_leaf(home, HF_HOME_SERVER_CA HF_PKI_NEXT, HF_HOME_BROKER_CERT, &broker,
                             NULL, fault);
}
