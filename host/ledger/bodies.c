#include "ledger/bodies.h"

#include "home/file.h"
#include "wire/str.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_NAME_SIZE 64

struct hf_body_writer {
    struct hf_bodies *bodies;
    uint64_t size;
    int file;                  /* -1: all of it is still in `start` */
    char part[PART_NAME_SIZE]; /* name of the unfinished file */
    mbedtls_sha256_context hash;
    char start[HF_BODY_INLINE_MAX];
};

enum hf_err hf_bodies_open(struct hf_bodies *bodies, const char *path, struct hf_fault *fault)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return hf_file_fault(fault, errno, "cannot make the folder", path);
    bodies->unsynced = false;
    bodies->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (bodies->folder < 0)
        return hf_file_fault(fault, errno, "cannot open the folder", path);
    return HF_ERR_OK;
}

void hf_bodies_close(struct hf_bodies *bodies)
{
    if (bodies->folder >= 0)
        close(bodies->folder);
    bodies->folder = -1;
}

enum hf_err hf_bodies_sync(struct hf_bodies *bodies, struct hf_fault *fault)
{
    if (!bodies->unsynced)
        return HF_ERR_OK;
    if (fsync(bodies->folder) != 0)
        return hf_file_fault(fault, errno, "cannot sync the folder of", "bodies");
    bodies->unsynced = false;
    return HF_ERR_OK;
}

enum hf_err hf_body_writer_new(struct hf_bodies *bodies, struct hf_body_writer **out,
                               struct hf_fault *fault)
{
    struct hf_body_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a body");
    writer->bodies = bodies;
    writer->file = -1;
    *out = writer;
    return HF_ERR_OK;
}

void hf_body_writer_free(struct hf_body_writer *writer)
{
    if (!writer)
        return;
    hf_body_reset(writer);
    free(writer);
}

void hf_body_reset(struct hf_body_writer *writer)
{
    if (writer->file >= 0) {
        close(writer->file);
        (void)unlinkat(writer->bodies->folder, writer->part, 0);
        mbedtls_sha256_free(&writer->hash);
    }
    writer->file = -1;
    writer->size = 0;
}

static enum hf_err write_all(struct hf_body_writer *writer, const char *data, size_t len,
                             struct hf_fault *fault)
{
    while (len > 0) {
        ssize_t put = write(writer->file, data, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return hf_file_fault(fault, errno, "cannot write bodies file", writer->part);
        data += put;
        len -= (size_t)put;
    }
    return HF_ERR_OK;
}

/* A name that no other process has: a crashed one leaves its parts behind, never in our way. */
static enum hf_err open_part(struct hf_body_writer *writer, struct hf_fault *fault)
{
    static unsigned counter;
    do {
        snprintf(writer->part, sizeof writer->part, "part-%ld-%u", (long)getpid(), counter++);
        writer->file = openat(writer->bodies->folder, writer->part,
                              O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    } while (writer->file < 0 && errno == EEXIST);
    if (writer->file < 0)
        return hf_file_fault(fault, errno, "cannot make bodies file", writer->part);
    mbedtls_sha256_init(&writer->hash);
    (void)mbedtls_sha256_starts(&writer->hash, 0);
    return HF_ERR_OK;
}

static enum hf_err put(struct hf_body_writer *writer, const char *data, size_t len,
                       struct hf_fault *fault)
{
    enum hf_err err = write_all(writer, data, len, fault);
    if (err == HF_ERR_OK && mbedtls_sha256_update(&writer->hash, (const void *)data, len) != 0)
        err = hf_fault_set(fault, HF_ERR_IO, 0, "hashing %s failed", writer->part);
    return err;
}

enum hf_err hf_body_write(struct hf_body_writer *writer, const void *data, size_t len,
                          struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    if (len == 0)
        return err;
    if (writer->file < 0 && len <= HF_BODY_INLINE_MAX - writer->size) {
        memcpy(writer->start + writer->size, data, len);
        writer->size += len;
        return err;
    }
    if (writer->file < 0) {
        err = open_part(writer, fault);
        if (err == HF_ERR_OK)
            err = put(writer, writer->start, (size_t)writer->size, fault);
    }
    if (err == HF_ERR_OK)
        err = put(writer, data, len, fault);
    writer->size += len;
    return err;
}

static void to_text(const unsigned char hash[32], char text[HF_BODY_HASH_TEXT + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 32; i++) {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 15];
    }
    text[HF_BODY_HASH_TEXT] = '\0';
}

/* Writes over one of that name, which holds the same bytes, or what a broken disk made of them. */
static enum hf_err keep_file(struct hf_body_writer *writer, struct hf_body *out,
                             struct hf_fault *fault)
{
    unsigned char hash[32];
    int folder = writer->bodies->folder;
    if (fsync(writer->file) != 0)
        return hf_file_fault(fault, errno, "cannot sync bodies file", writer->part);
    if (mbedtls_sha256_finish(&writer->hash, hash) != 0)
        return hf_fault_set(fault, HF_ERR_IO, 0, "hashing %s failed", writer->part);
    to_text(hash, out->hash);
    if (renameat(folder, writer->part, folder, out->hash) != 0)
        return hf_file_fault(fault, errno, "cannot rename bodies file", writer->part);
    writer->bodies->unsynced = true;
    mbedtls_sha256_free(&writer->hash);
    close(writer->file);
    writer->file = -1;
    return HF_ERR_OK;
}

void hf_body_so_far(const struct hf_body_writer *writer, struct hf_body *out)
{
    *out = (struct hf_body){.size = writer->size};
    if (writer->file >= 0)
        (void)hf_str_copy(out->hash, sizeof out->hash, hf_str(writer->part));
    else if (writer->size > 0)
        out->bytes = writer->start;
}

enum hf_err hf_body_finish(struct hf_body_writer *writer, struct hf_body *out,
                           struct hf_fault *fault)
{
    hf_body_so_far(writer, out);
    return writer->file >= 0 ? keep_file(writer, out, fault) : HF_ERR_OK;
}

static enum hf_err copy_inline(const struct hf_body *body, struct hf_body_reader *reader,
                               struct hf_fault *fault)
{
    if (body->size > HF_BODY_INLINE_MAX)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "a body of %llu bytes is in the ledger",
                            (unsigned long long)body->size);
    if (!reader->bytes)
        reader->bytes = malloc(HF_BODY_INLINE_MAX);
    if (!reader->bytes)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a body");
    if (body->size > 0 && body->bytes)
        memcpy(reader->bytes, body->bytes, (size_t)body->size);
    reader->size = body->bytes ? body->size : 0;
    return HF_ERR_OK;
}

static enum hf_err open_file(const struct hf_bodies *bodies, const struct hf_body *body,
                             struct hf_body_reader *reader, struct hf_fault *fault)
{
    struct stat about;
    int file = openat(bodies->folder, body->hash, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return hf_file_fault(fault, errno, "cannot open bodies file", body->hash);
    if (fstat(file, &about) != 0 || (uint64_t)about.st_size != body->size) {
        close(file);
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                            "bodies file %s is damaged: it should have %llu bytes", body->hash,
                            (unsigned long long)body->size);
    }
    reader->file = file;
    reader->in_file = true;
    reader->size = body->size;
    return HF_ERR_OK;
}

static void close_file(struct hf_body_reader *reader)
{
    if (reader->in_file)
        close(reader->file);
    reader->in_file = false;
    reader->size = 0;
}

enum hf_err hf_body_open(const struct hf_bodies *bodies, const struct hf_body *body,
                         struct hf_body_reader *reader, struct hf_fault *fault)
{
    close_file(reader);
    return body->hash[0] ? open_file(bodies, body, reader, fault)
                         : copy_inline(body, reader, fault);
}

enum hf_err hf_body_read(struct hf_body_reader *reader, uint64_t offset, void *data, size_t len,
                         size_t *got, struct hf_fault *fault)
{
    *got = 0;
    if (offset >= reader->size || len == 0)
        return HF_ERR_OK;
    if (len > reader->size - offset)
        len = (size_t)(reader->size - offset);
    if (!reader->in_file) {
        memcpy(data, reader->bytes + offset, len);
        *got = len;
        return HF_ERR_OK;
    }
    ssize_t n;
    do
        n = pread(reader->file, data, len, (off_t)offset);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return hf_file_fault(fault, n < 0 ? errno : EIO, "cannot read", "a bodies file");
    *got = (size_t)n;
    return HF_ERR_OK;
}

void hf_body_close(struct hf_body_reader *reader)
{
    close_file(reader);
    free(reader->bytes);
    reader->bytes = NULL;
}
