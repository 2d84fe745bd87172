#include "worker/renewal.h"

#include "link/log.h"
#include "link/pem.h"
#include "link/request.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/platform_util.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEY   "identity.key"
#define FRESH "identity.new.pem"
#define KEPT  "identity.pem"
#define TRIED "identity.try.pem"

#define CERT_MAX 4096
#define BOTH_MAX (CERT_MAX + 512)

#define EX_DATAERR  65
#define EX_TEMPFAIL 75

typedef char path_text[HF_CONFIG_PATH_MAX + 1];

static void path_of(const struct hf_config *config, const char *name, path_text out)
{
    (void)snprintf(out, sizeof(path_text), "%.*s/%s", (int)(sizeof(path_text) - 32), config->state,
                   name);
}

/* --- Which one is used --- */

static enum hf_err load(const struct hf_config *config, const char *path,
                        struct hf_tls_context **out, struct hf_fault *fault)
{
    const struct hf_tls_files files = {.ca = config->tls.ca, .cert = path, .key = path};
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

static bool choose(struct hf_config *config, const char *name, struct hf_tls_context **tls)
{
    struct hf_fault fault;
    struct hf_tls_context *found = NULL;
    path_text path;
    path_of(config, name, path);
    if (access(path, F_OK) != 0)
        return false;
    if (load(config, path, &found, &fault) != HF_ERR_OK) {
        hf_log(HF_LOG_WARN, "identity.unusable", "reason=\"%s\"", fault.text);
        return false;
    }
    const bool later = is_later(found, *tls);
    hf_tls_context_free(later ? *tls : found);
    if (!later)
        return false;
    *tls = found;
    memcpy(config->tls.cert, path, sizeof path);
    memcpy(config->tls.key, path, sizeof path);
    return true;
}

bool hf_renewal_choose(struct hf_config *config, struct hf_tls_context **tls)
{
    if (config->tls.cert[0] == '\0')
        return false;
    (void)choose(config, KEPT, tls);
    return choose(config, FRESH, tls);
}

static void sync_folder(const struct hf_config *config)
{
    const int fd = open(config->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)close(fd);
}

static int move(const struct hf_config *config, const char *from, const char *to)
{
    path_text source, target;
    path_of(config, from, source);
    path_of(config, to, target);
    const int failed = rename(source, target);
    sync_folder(config);
    return failed;
}

static void forget(const struct hf_config *config, const char *name)
{
    path_text path;
    path_of(config, name, path);
    (void)unlink(path);
    sync_folder(config);
}

void hf_renewal_proven(const struct hf_config *config)
{
    if (move(config, FRESH, KEPT) == 0)
        hf_log(HF_LOG_INFO, "identity.renewed", "file=%s/" KEPT, config->state);
}

void hf_renewal_failed(const struct hf_config *config)
{
    hf_log(HF_LOG_ERROR, "identity.refused",
           "reason=\"the broker does not take the new certificate: back to the one before\"%s", "");
    forget(config, FRESH);
}

/* --- The tasks --- */

static int give_up(const struct hf_handler_io *io, int code, const char *why)
{
    (void)dprintf(io->log, "%s\n", why);
    return code;
}

int hf_renewal_request(const struct hf_handler_io *io, const struct hf_upkeep *upkeep)
{
    struct hf_fault fault;
    char request[HF_REQUEST_MAX + 1];
    path_text key;
    bool made;
    path_of(upkeep->config, KEY, key);
    const enum hf_err err = hf_request_make(upkeep->config->board, key, request, &made, &fault);
    if (err != HF_ERR_OK)
        return give_up(io, err == HF_ERR_MALFORMED ? EX_DATAERR : EX_TEMPFAIL, fault.text);
    return dprintf(io->out, "%s", request) > 0 ? 0 : EX_TEMPFAIL;
}

/* 0 bytes end the text; -1: it is too long or cannot be read. */
static int read_text(int fd, char *out, size_t size)
{
    size_t len = 0;
    ssize_t got = 1;
    while (got > 0 && len < size) {
        got = read(fd, out + len, size - len);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            len += (size_t)got;
    }
    if (got < 0 || len == size)
        return -1;
    out[len] = '\0';
    return 0;
}

/* The same task before a power cut: its certificate is in place already. */
static bool is_there(const struct hf_config *config, const char *name, const char *certificate)
{
    struct hf_pem pem = {0};
    path_text path;
    path_of(config, name, path);
    if (hf_pem_read(path, &pem, NULL) != HF_ERR_OK)
        return false;
    const bool there = strstr((const char *)pem.text, certificate) != NULL;
    hf_pem_free(&pem);
    return there;
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
        err = load(config, path, &tried, fault);
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
    if (read_text(io->in, certificate, sizeof certificate) != 0 ||
        strstr(certificate, "-----BEGIN CERTIFICATE-----") == NULL)
        return give_up(io, EX_DATAERR, "the payload is no certificate in PEM");
    if (is_there(config, FRESH, certificate) || is_there(config, KEPT, certificate))
        return 0;
    const enum hf_err err = put_in_place(config, certificate, &fault);
    if (err == HF_ERR_NOT_FOUND)
        return give_up(io, EX_DATAERR, "this board has made no key for it: hf-csr goes before");
    if (err != HF_ERR_OK)
        return give_up(io,
                       err == HF_ERR_INVALID || err == HF_ERR_MALFORMED ? EX_DATAERR : EX_TEMPFAIL,
                       fault.text);
    forget(config, KEY);
    return 0;
}
