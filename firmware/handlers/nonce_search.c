#include "handlers/builtins.h"
#include "handlers/hex.h"
#include "handlers/io.h"
#include "handlers/nonce.h"
#include "wire/number.h"

#include <cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#define PAYLOAD_MAX     (64 * 1024) /* bytes of JSON; so base and content fit in any case */
#define PROGRESS_MS     500
#define BLOCKS_PER_LOOK 16384 /* compressions between two looks at the clock */

struct request {
    uint64_t start, end;
    enum hf_nonce_algorithm algorithm;
    const char *base, *content, *prefix;
};

/* --- JSON -> request --- */

static int bad_field(const struct hf_handler_io *io, const char *name, const cJSON *item,
                     const char *expected)
{
    char *value = item ? cJSON_PrintUnformatted(item) : NULL;
    int code = hf_io_fail(io, EX_DATAERR, "\"%s\" is %.60s; expected %s", name,
                          value ? value : "missing", expected);
    cJSON_free(value);
    return code;
}

static int read_number(const struct hf_handler_io *io, const cJSON *root, const char *name,
                       uint64_t *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, name);
    double number = cJSON_IsNumber(item) ? item->valuedouble : -1.0;
    if (!(number >= 0.0) || !(number <= (double)HF_NUMBER_EXACT_MAX) ||
        (double)(uint64_t)number != number)
        return bad_field(io, name, item, "a whole number from 0 to 9007199254740991");
    *out = (uint64_t)number;
    return EX_OK;
}

static int read_text(const struct hf_handler_io *io, const cJSON *root, const char *name,
                     const char *preset, const char **out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, name);
    *out = cJSON_IsString(item) ? item->valuestring : preset;
    if ((item && !cJSON_IsString(item)) || !*out)
        return bad_field(io, name, item, "a text");
    return EX_OK;
}

static int read_algorithm(const struct hf_handler_io *io, const cJSON *root,
                          enum hf_nonce_algorithm *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, "algorithm");
    const char *text = cJSON_IsString(item) ? item->valuestring : "";
    bool md5 = strcmp(text, "md5") == 0;
    if (!md5 && strcmp(text, "sha256") != 0)
        return bad_field(io, "algorithm", item, "\"md5\" or \"sha256\"");
    *out = md5 ? HF_NONCE_MD5 : HF_NONCE_SHA256;
    return EX_OK;
}

static int read_request(const struct hf_handler_io *io, const cJSON *root, struct request *out)
{
    if (!cJSON_IsObject(root))
        return hf_io_fail(io, EX_DATAERR,
                          "the payload is no JSON object; expected {\"start\":0, "
                          "\"end\":1000, \"content\":\"text\", \"prefix\":\"00\", "
                          "\"algorithm\":\"md5\"}");
    int code = read_number(io, root, "start", &out->start);
    if (code == EX_OK)
        code = read_number(io, root, "end", &out->end);
    if (code == EX_OK)
        code = read_text(io, root, "base", "", &out->base);
    if (code == EX_OK)
        code = read_text(io, root, "content", "", &out->content);
    if (code == EX_OK)
        code = read_text(io, root, "prefix", NULL, &out->prefix);
    if (code == EX_OK)
        code = read_algorithm(io, root, &out->algorithm);
    if (code == EX_OK && out->start > out->end)
        code =
            hf_io_fail(io, EX_DATAERR, "\"start\" is %" PRIu64 ", above \"end\", which is %" PRIu64,
                       out->start, out->end);
    return code;
}

/* --- the search --- */

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool search(const struct hf_handler_io *io, struct hf_nonce *nonce,
                   const struct request *request, uint64_t *found, unsigned char *digest)
{
    int64_t reported_ms = now_ms();
    while (nonce->next <= request->end) {
        uint64_t count = BLOCKS_PER_LOOK / nonce->block_count;
        uint64_t left = request->end - nonce->next + 1;
        count = count == 0 ? 1 : count;
        if (hf_nonce_try(nonce, count < left ? count : left, found, digest))
            return true;
        if (now_ms() - reported_ms >= PROGRESS_MS) {
            reported_ms = now_ms();
            hf_io_progress(io, (int64_t)(nonce->next - request->start),
                           (int64_t)(request->end - request->start + 1), "nonces");
        }
    }
    return false;
}

static int answer(const struct hf_handler_io *io, bool hit, uint64_t found,
                  const unsigned char *digest, size_t digest_len)
{
    char hex[2 * HF_NONCE_DIGEST_MAX + 1], text[160] = "{\"nonce\":null}";
    if (hit) {
        hf_hex(hex, digest, digest_len);
        (void)snprintf(text, sizeof text, "{\"nonce\":%" PRIu64 ",\"digest\":\"%s\"}", found, hex);
    }
    if (hf_io_write(io, text, strlen(text)) != 0)
        return hf_io_fail(io, EX_IOERR, "cannot write the result: %s", strerror(errno));
    return EX_OK;
}

static int run(const struct hf_handler_io *io, const struct request *request)
{
    unsigned char digest[HF_NONCE_DIGEST_MAX] = {0};
    uint64_t found = 0;
    size_t base_len = strlen(request->base), content_len = strlen(request->content);
    struct hf_nonce *nonce = malloc(sizeof *nonce);
    char *suffix = malloc(base_len + content_len + 1);
    int code = EX_TEMPFAIL;
    if (!nonce || !suffix) {
        (void)hf_io_fail(io, code, "out of memory");
        goto done;
    }
    memcpy(suffix, request->base, base_len);
    memcpy(suffix + base_len, request->content, content_len + 1);
    if (!hf_nonce_begin(nonce, request->algorithm, request->start, suffix, base_len + content_len,
                        request->prefix)) {
        code = hf_io_fail(io, EX_DATAERR, "\"prefix\" is \"%.80s\"; expected up to %zu hex digits",
                          request->prefix, 2 * hf_nonce_digest_len(request->algorithm));
        goto done;
    }
    bool hit = search(io, nonce, request, &found, digest);
    code = answer(io, hit, found, digest, hf_nonce_digest_len(request->algorithm));
done:
    free(suffix);
    free(nonce);
    return code;
}

int hf_handler_nonce_search(const struct hf_handler_io *io)
{
    struct request request = {.base = "", .content = "", .prefix = ""};
    cJSON *root = NULL;
    int code = EX_TEMPFAIL;
    char *payload = malloc(PAYLOAD_MAX + 1);
    if (!payload)
        return hf_io_fail(io, code, "out of memory");
    ssize_t len = hf_io_read_all(io, payload, PAYLOAD_MAX + 1);
    if (len < 0) {
        code = hf_io_fail(io, EX_IOERR, "cannot read the payload: %s", strerror(errno));
    } else if (len > PAYLOAD_MAX) {
        code = hf_io_fail(io, EX_DATAERR, "the payload is over the limit of %d bytes", PAYLOAD_MAX);
    } else {
        root = cJSON_ParseWithLength(payload, (size_t)len);
        code = read_request(io, root, &request);
        if (code == EX_OK)
            code = run(io, &request);
    }
    cJSON_Delete(root);
    free(payload);
    return code;
}
