#include "manager/bundle.h"

#include "broker/settings.h"
#include "home/file.h"
#include "pki/authority.h"
#include "pki/csr.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CA_MAX           (256 * 1024) /* a company's bundle of several */
#define WORKER_TIMEOUT_S 3600         /* its default for a task */

static const char *const files[] = {"worker.json", "ca.pem", "cert.pem", "key.pem", "manager.pub"};

static enum hf_err path_in(const char *dir, const char *file, char path[HF_PATH_MAX + 1],
                           struct hf_fault *fault)
{
    int len = snprintf(path, HF_PATH_MAX + 1, "%s/%s", dir, file);
    if (len < 0 || len > HF_PATH_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "the path %s is too long", dir);
    return HF_ERR_OK;
}

bool hf_bundle_exists(const char *dir)
{
    char path[HF_PATH_MAX + 1];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (path_in(dir, files[i], path, NULL) == HF_ERR_OK && hf_file_exists(path))
            return true;
    return false;
}

/* What the worker takes for granted holds for a private broker; a tenth is left for the report. */
static bool add_times(const struct hf_bundle *bundle, cJSON *root)
{
    const double most_s = (double)bundle->consumer_timeout_s;
    const int64_t task_s = bundle->consumer_timeout_s * 9 / 10;
    if (bundle->consumer_timeout_s >= HF_CONSUMER_TIMEOUT_PRIVATE_S)
        return true;
    if (!cJSON_AddNumberToObject(root, "consumer_timeout_s", most_s))
        return false;
    return most_s > WORKER_TIMEOUT_S ||
           cJSON_AddNumberToObject(root, "task_timeout_s", (double)task_s);
}

static cJSON *json_tree(const struct hf_bundle *bundle)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *broker = cJSON_CreateObject(), *tls = cJSON_CreateObject();
    if (cJSON_AddStringToObject(root, "board", bundle->board) &&
        cJSON_AddStringToObject(root, "pool", bundle->pool) &&
        cJSON_AddStringToObject(broker, "host", bundle->host) &&
        cJSON_AddNumberToObject(broker, "port", bundle->port) &&
        cJSON_AddStringToObject(broker, "vhost", bundle->vhost) &&
        cJSON_AddStringToObject(tls, "ca", "ca.pem") &&
        cJSON_AddStringToObject(tls, "cert", "cert.pem") &&
        cJSON_AddStringToObject(tls, "key", "key.pem") &&
        cJSON_AddItemToObject(root, "broker", broker) && cJSON_AddItemToObject(root, "tls", tls) &&
        add_times(bundle, root) &&
        (!bundle->signing || cJSON_AddStringToObject(root, "require_signature", "manager.pub")) &&
        (!bundle->sign_results || cJSON_AddTrueToObject(root, "sign_results")))
        return root;
    cJSON_Delete(root);
    return NULL;
}

enum hf_err hf_bundle_json(const struct hf_bundle *bundle, char text[HF_BUNDLE_JSON_MAX + 1],
                           struct hf_fault *fault)
{
    cJSON *root = json_tree(bundle);
    char *json = cJSON_Print(root);
    cJSON_Delete(root);
    if (!json)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for worker.json");
    int len = snprintf(text, HF_BUNDLE_JSON_MAX + 1,
                       "// The Holdfast worker's settings; all keys are in firmware/README.md.\n"
                       "// Paths are relative to this file.\n%s\n",
                       json);
    cJSON_free(json);
    if (len < 0 || len > HF_BUNDLE_JSON_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "worker.json would be too large");
    return HF_ERR_OK;
}

static enum hf_err copy(const struct hf_bundle *bundle, const char *from, const char *name,
                        struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    char *pem = NULL;
    size_t len = 0;
    enum hf_err err = path_in(bundle->dir, name, path, fault);
    if (!err)
        err = hf_file_read(from, CA_MAX, &pem, &len, fault);
    if (!err)
        err = hf_file_write(path, pem, len, 0644, fault);
    free(pem);
    return err;
}

/* A key that lies there from before would be copied with a certificate that it does not fit. */
static enum hf_err sign_request(const struct hf_bundle *bundle,
                                const struct hf_pki_request *request, const char *cert,
                                const char *key, struct hf_fault *fault)
{
    mbedtls_pk_context subject;
    enum hf_err err = hf_pki_csr_load(bundle->csr, bundle->board, &subject, fault);
    if (!err)
        err = hf_pki_leaf_sign(bundle->authority, request, &subject, cert, fault);
    if (!err)
        (void)unlink(key);
    mbedtls_pk_free(&subject);
    return err;
}

static enum hf_err make_identity(const struct hf_bundle *bundle, int64_t now_s,
                                 struct hf_fault *fault)
{
    const struct hf_pki_request request = {
        .kind = HF_PKI_CLIENT, .common_name = bundle->board, .now_s = now_s};
    char cert[HF_PATH_MAX + 1], key[HF_PATH_MAX + 1];
    enum hf_err err = path_in(bundle->dir, "cert.pem", cert, fault);
    if (!err)
        err = path_in(bundle->dir, "key.pem", key, fault);
    if (err)
        return err;
    return bundle->csr ? sign_request(bundle, &request, cert, key, fault)
                       : hf_pki_leaf_make(bundle->authority, &request, cert, key, fault);
}

enum hf_err hf_bundle_write(const struct hf_bundle *bundle, int64_t now_s, struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1], json[HF_BUNDLE_JSON_MAX + 1];
    enum hf_err err = hf_bundle_json(bundle, json, fault);
    if (!err)
        err = path_in(bundle->dir, "worker.json", path, fault);
    if (!err)
        err = hf_file_make_dir(bundle->dir, fault);
    if (!err)
        err = copy(bundle, bundle->ca, "ca.pem", fault);
    if (!err && bundle->signing)
        err = copy(bundle, bundle->signing, "manager.pub", fault);
    if (!err)
        err = make_identity(bundle, now_s, fault);
    return err ? err : hf_file_write(path, json, strlen(json), 0644, fault);
}
