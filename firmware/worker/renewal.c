#include "worker/renewal.h"

#include "handlers/io.h"
#include "link/log.h"
#include "link/pem.h"
#include "link/request.h"
#include "worker/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/platform_util.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define KEY   "identity.key"
#define FRESH "identity.new.pem"
#define KEPT  "identity.pem"
#define TRIED "identity.try.pem"

#define CERT_BEGIN "-----BEGIN CERTIFICATE-----"
#define CERT_MAX   8192 /* a certificate and some authorities */
#define BOTH_MAX   (CERT_MAX + 512)

typedef char path_text[HF_CONFIG_PATH_MAX + 1];

static void path_of(const struct hf_config *config, const char *name, path_text out)
{
    (void)snprintf(out, sizeof(path_text), "%.*s/%s", (int)(sizeof(path_text) - 32), config->state,
                   name);
}

/* --- Which one is used --- */

/* Whether authorities come after the certificate: then they are the ones to judge the broker by. */
static bool names_authorities(const char *path)
{
    struct hf_pem pem = {0};
    if (hf_pem_read(path, &pem, NULL) != HF_ERR_OK)
        return false;
    const char *first = strstr((const char *)pem.text, CERT_BEGIN);
    const bool more = first != NULL && strstr(first + 1, CERT_BEGIN) != NULL;
    hf_pem_free(&pem);
    return more;
}

static enum hf_err load(const char *ca, const char *path, struct hf_tls_context **out,
                        struct hf_fault *fault)
{
    const struct hf_tls_files files = {
        .ca = names_authorities(path) ? path : ca, .cert = path, .key = path};
    return hf_tls_context_load(&files, out, fault);
}

static bool is_later(const struct hf_tls_context *one, const struct hf_tls_context *other)
{
    int64_t one_s = 0, other_s = 0;
    if (other == NULL)
        return true;
    (void)hf_tls_context_dates(one, &one_s, NULL);
    (void)hf_tls_context_dates(other, &other_s, NULL);
    return one_s >= other_s;
}

static bool choose(struct hf_config *config, const char *name, const char *ca,
                   struct hf_tls_context **tls)
{
    struct hf_fault fault;
    struct hf_tls_context *found = NULL;
    path_text path;
    path_of(config, name, path);
    if (access(path, F_OK) != 0)
        return false;
    if (load(ca, path, &found, &fault) != HF_ERR_OK) {
        hf_log(HF_LOG_WARN, "identity.unusable", "reason=\"%s\"", fault.text);
        return false;
    }
    const bool later = is_later(found, *tls);
    hf_tls_context_free(later ? *tls : found);
    if (!later)
        return false;
    *tls = found;
    (void)hf_str_copy(config->tls.ca, sizeof config->tls.ca,
                      hf_str(names_authorities(path) ? path : ca));
    memcpy(config->tls.cert, path, sizeof path);
    memcpy(config->tls.key, path, sizeof path);
    return true;
}

bool hf_renewal_choose(struct hf_config *config, struct hf_tls_context **tls)
{
    path_text ca;
    if (config->tls.cert[0] == '\0')
        return false;
    memcpy(ca, config->tls.ca, sizeof ca);
    (void)choose(config, KEPT, ca, tls);
    return choose(config, FRESH, ca, tls);
}

static int move(const struct hf_config *config, const char *from, const char *to)
{
    path_text source, target;
    path_of(config, from, source);
    path_of(config, to, target);
    const int failed = rename(source, target);
    (void)hf_disk_sync_folder(&hf_disk_real, config->state);
    return failed;
}

static void forget(const struct hf_config *config, const char *name)
{
    path_text path;
    path_of(config, name, path);
    (void)unlink(path);
    (void)hf_disk_sync_folder(&hf_disk_real, config->state);
}

void hf_renewal_proven(const struct hf_config *config)
{
    if (move(config, FRESH, KEPT) == 0)
        hf_log(HF_LOG_INFO, "identity.renewed", "file=%s/" KEPT, config->state);
}

void hf_renewal_failed(const struct hf_config *config)
{
    hf_log(HF_LOG_ERROR, "identity.refused",
           "reason=\"the broker does not take the new certificate: back to the one before\"");
    forget(config, FRESH);
}

/* --- The tasks --- */

static bool is_there(const struct hf_config *config, const char *name, const char *text)
{
    struct hf_pem pem = {0};
    path_text path;
    path_of(config, name, path);
    if (hf_pem_read(path, &pem, NULL) != HF_ERR_OK)
        return false;
    const bool there = strstr((const char *)pem.text, text) != NULL;
    hf_pem_free(&pem);
    return there;
}

/* A power cut may have left it after its certificate was put in place: it is no new one then. */
static void forget_used_key(const struct hf_config *config)
{
    struct hf_pem key = {0};
    path_text path;
    path_of(config, KEY, path);
    if (hf_pem_read(path, &key, NULL) != HF_ERR_OK)
        return;
    const char *text = (const char *)key.text;
    if (is_there(config, FRESH, text) || is_there(config, KEPT, text))
        forget(config, KEY);
    hf_pem_free(&key);
}

int hf_renewal_request(const struct hf_handler_io *io, const struct hf_upkeep *upkeep)
{
    struct hf_fault fault;
    char request[HF_REQUEST_MAX + 1];
    path_text key;
    bool made;
    forget_used_key(upkeep->config);
    path_of(upkeep->config, KEY, key);
    const enum hf_err err = hf_request_make(upkeep->config->board, key, request, &made, &fault);
    if (err != HF_ERR_OK)
        return hf_io_fail(io, err == HF_ERR_MALFORMED ? EX_DATAERR : EX_TEMPFAIL, "%s", fault.text);
    return hf_io_write(io, request, strlen(request)) == 0 ? EX_OK : EX_TEMPFAIL;
}

/* Key and certificate in one file, which is tried before it gets the name that counts. */
static enum hf_err put_in_place(const struct hf_config *config, const char *certificate,
                                struct hf_fault *fault)
{
    struct hf_tls_context *tried = NULL;
    struct hf_pem key = {0};
    char both[BOTH_MAX];
    path_text path;
    path_of(config, KEY, path);
    enum hf_err err = hf_pem_read(path, &key, fault);
    if (err != HF_ERR_OK)
        return err;
    (void)snprintf(both, sizeof both, "%s%s", (const char *)key.text, certificate);
    hf_pem_free(&key);
    path_of(config, TRIED, path);
    err = hf_pem_write(path, both, 0600, fault);
    mbedtls_platform_zeroize(both, sizeof both);
    if (err == HF_ERR_OK)
        err = load(config->tls.ca, path, &tried, fault);
    hf_tls_context_free(tried);
    if (err == HF_ERR_OK && move(config, TRIED, FRESH) != 0)
        err = hf_fault_set(fault, HF_ERR_IO, errno, "cannot rename %s: %s", path, strerror(errno));
    if (err != HF_ERR_OK)
        forget(config, TRIED);
    return err;
}

int hf_renewal_install(const struct hf_handler_io *io, const struct hf_upkeep *upkeep)
{
    struct hf_fault fault;
    char certificate[CERT_MAX];
    const struct hf_config *config = upkeep->config;
    const ssize_t len = hf_io_read_all(io, certificate, sizeof certificate);
    if (len >= 0 && (size_t)len < sizeof certificate)
        certificate[len] = '\0';
    else
        certificate[0] = '\0'; /* it cannot be read, or is too long */
    if (strstr(certificate, CERT_BEGIN) == NULL)
        return hf_io_fail(io, EX_DATAERR, "the payload is no certificate in PEM");
    if (is_there(config, FRESH, certificate) || is_there(config, KEPT, certificate))
        return 0; /* put there by the same task, before a power cut */
    const enum hf_err err = put_in_place(config, certificate, &fault);
    if (err == HF_ERR_NOT_FOUND)
        return hf_io_fail(io, EX_DATAERR, "this board has made no key for it: hf-csr goes before");
    if (err != HF_ERR_OK)
        return hf_io_fail(
            io, err == HF_ERR_INVALID || err == HF_ERR_MALFORMED ? EX_DATAERR : EX_TEMPFAIL, "%s",
            fault.text);
    forget(config, KEY);
    return 0;
}
