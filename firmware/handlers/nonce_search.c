#include "handlers/builtins.h"
#include "handlers/io.h"
#include "handlers/nonce.h"
#include "wire/hex.h"
#include "wire/json.h"
#include "wire/number.h"
#include "wire/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#define PAYLOAD_MAX     (64 * 1024) /* bytes of JSON; so base and content fit in any case */
#define SHOWN_MAX       60          /* bytes of a bad value in a message */
#define PROGRESS_MS     500
#define BLOCKS_PER_LOOK 16384 /* compressions between two looks at the clock */

struct request {
    int64_t start, end;
    enum hf_nonce_algorithm algorithm;
    char *base, *content, *prefix; /* freed by drop_request */
};

/* --- JSON -> request --- */

static int bad_field(const struct hf_handler_io *io, const struct hf_json_field *field,
                     const char *expected)
{
    const struct hf_str value = field->value.len > 0 ? field->value : hf_str("missing");
    (void)hf_io_fail(io, EX_DATAERR, "\"%s\" is %.*s; expected %s", field->name,
                     (int)hf_utf8_head(value, SHOWN_MAX).len, value.data, expected);
    return EX_DATAERR;
}

static int read_number(const struct hf_handler_io *io, const struct hf_json_field *field,
                       int64_t *out)
{
    if (hf_number_parse(field->value, 0, HF_NUMBER_EXACT_MAX, out) != HF_ERR_OK)
        return bad_field(io, field, "a whole number from 0 to 9007199254740991");
    return EX_OK;
}

static int read_text(const struct hf_handler_io *io, const struct hf_json_field *field, char **out)
{
    const enum hf_err err = hf_json_text(field->value, out);
    if (err == HF_ERR_NO_MEMORY)
        return hf_io_fail(io, EX_TEMPFAIL, "out of memory");
    return err == HF_ERR_OK && *out ? EX_OK : bad_field(io, field, "a text");
}

static int read_algorithm(const struct hf_handler_io *io, const struct hf_json_field *field,
                          enum hf_nonce_algorithm *out)
{
    const bool md5 = hf_str_equal(field->value, hf_str("\"md5\""));
    if (!md5 && !hf_str_equal(field->value, hf_str("\"sha256\"")))
        return bad_field(io, field, "\"md5\" or \"sha256\"");
    *out = md5 ? HF_NONCE_MD5 : HF_NONCE_SHA256;
    return EX_OK;
}

static int read_request(const struct hf_handler_io *io, struct hf_str body, struct request *out)
{
    enum { START, END, BASE, CONTENT, PREFIX, ALGORITHM, COUNT };
    struct hf_json_field fields[COUNT] = {
        [START] = {.name = "start"},   [END] = {.name = "end"},
        [BASE] = {.name = "base"},     [CONTENT] = {.name = "content"},
        [PREFIX] = {.name = "prefix"}, [ALGORITHM] = {.name = "algorithm"}};
    struct hf_fault fault = {0};
    if (hf_json_read(body, fields, COUNT, &fault) != HF_ERR_OK) {
        (void)hf_io_fail(io, EX_DATAERR,
                         "the payload is no JSON object (%s); expected {\"start\":0, "
                         "\"end\":1000, \"content\":\"text\", \"prefix\":\"00\", "
                         "\"algorithm\":\"md5\"}",
                         fault.text);
        return EX_DATAERR;
    }
    int code = read_number(io, &fields[START], &out->start);
    if (code == EX_OK)
        code = read_number(io, &fields[END], &out->end);
    for (int i = BASE; i <= CONTENT; i++) {
        if (fields[i].value.len == 0)
            fields[i].value = hf_str("\"\"");
    }
    if (code == EX_OK)
        code = read_text(io, &fields[BASE], &out->base);
    if (code == EX_OK)
        code = read_text(io, &fields[CONTENT], &out->content);
    if (code == EX_OK)
        code = read_text(io, &fields[PREFIX], &out->prefix);
    if (code == EX_OK)
        code = read_algorithm(io, &fields[ALGORITHM], &out->algorithm);
    if (code == EX_OK && out->start > out->end)
        code =
            hf_io_fail(io, EX_DATAERR, "\"start\" is %" PRId64 ", above \"end\", which is %" PRId64,
                       out->start, out->end);
    return code;
}

static void drop_request(struct request *request)
{
    free(request->base);
    free(request->content);
    free(request->prefix);
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
    const uint64_t start = (uint64_t)request->start, end = (uint64_t)request->end;
    while (nonce->next <= end) {
        uint64_t count = BLOCKS_PER_LOOK / nonce->block_count;
        uint64_t left = end - nonce->next + 1;
        count = count == 0 ? 1 : count;
        if (hf_nonce_try(nonce, count < left ? count : left, found, digest))
            return true;
        if (now_ms() - reported_ms >= PROGRESS_MS) {
            reported_ms = now_ms();
            hf_io_progress(io, (int64_t)(nonce->next - start), (int64_t)(end - start + 1),
                           "nonces");
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
    const size_t base_len = strlen(request->base), content_len = strlen(request->content);
    struct hf_nonce *nonce = malloc(sizeof *nonce);
    char *suffix = malloc(base_len + content_len + 1);
    int code = EX_TEMPFAIL;
    if (!nonce || !suffix) {
        (void)hf_io_fail(io, code, "out of memory");
        goto done;
    }
    memcpy(suffix, request->base, base_len);
    memcpy(suffix + base_len, request->content, content_len + 1);
    if (!hf_nonce_begin(nonce, request->algorithm, (uint64_t)request->start, suffix,
                        base_len + content_len, request->prefix)) {
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
    struct request request = {0};
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
        code = read_request(io, (struct hf_str){payload, (size_t)len}, &request);
        if (code == EX_OK)
            code = run(io, &request);
    }
    drop_request(&request);
    free(payload);
    return code;
}
