#ifndef HF_LEDGER_BODIES_H
#define HF_LEDGER_BODIES_H

#include "wire/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Payloads and results of any size. Up to HF_BODY_INLINE_MAX bytes they lie in the database; a
 * larger one becomes a file of its own in a folder beside it, named by its SHA-256, so that the
 * same bytes are kept once and a file is never changed.
 *
 * A file is durable before anything can refer to it: written, synced, renamed, and the folder
 * synced by hf_bodies_sync(), which the ledger calls before each commit. What a crash leaves is at
 * worst a file that nothing refers to.
 *
 * All calls block on the disk. Faults name the path. Not thread safe.
 */

#define HF_BODY_INLINE_MAX ((size_t)64 * 1024)
#define HF_BODY_HASH_TEXT  64 /* hexadecimal digits */

/* A finished body; a view: who hands it out says how long it lasts. */
struct hf_body {
    uint64_t size;                    /* bytes */
    const void *bytes;                /* NULL when it is a file, or empty */
    char hash[HF_BODY_HASH_TEXT + 1]; /* name of the file; empty: no file */
};

struct hf_bodies {
    int folder;    /* descriptor; -1: closed */
    bool unsynced; /* a name was added since the last sync */
};

/* Opens the folder and makes it when it is not there. HF_ERR_IO, HF_ERR_DENIED, HF_ERR_NO_SPACE. */
enum hf_err hf_bodies_open(struct hf_bodies *bodies, const char *path, struct hf_fault *fault);
void hf_bodies_close(struct hf_bodies *bodies);

/* Makes every name added so far durable; nothing to do costs nothing. HF_ERR_IO. */
enum hf_err hf_bodies_sync(struct hf_bodies *bodies, struct hf_fault *fault);

/*
 * Takes one body after the other, piece by piece; memory is HF_BODY_INLINE_MAX whatever the size.
 * `bodies` is borrowed. HF_ERR_NO_MEMORY.
 */
struct hf_body_writer;
enum hf_err hf_body_writer_new(struct hf_bodies *bodies, struct hf_body_writer **out,
                               struct hf_fault *fault);
void hf_body_writer_free(
    struct hf_body_writer *writer); /* NULL is fine; drops what is unfinished */

/* HF_ERR_NO_SPACE, HF_ERR_IO: the body is lost, hf_body_reset() it. */
enum hf_err hf_body_write(struct hf_body_writer *writer, const void *data, size_t len,
                          struct hf_fault *fault);

/* What there is of it so far, to be read and never to be referred to; valid as below. */
void hf_body_so_far(const struct hf_body_writer *writer, struct hf_body *out);

/* The body is whole. `out` is valid until the next call on this writer. Errors as above. */
enum hf_err hf_body_finish(struct hf_body_writer *writer, struct hf_body *out,
                           struct hf_fault *fault);

/* Begins a new body; drops one that was not finished. */
void hf_body_reset(struct hf_body_writer *writer);

/* Reads a body again, from memory of its own or from the file. Zero it before first use. */
struct hf_body_reader {
    uint64_t size;
    char *bytes; /* kept between bodies, HF_BODY_INLINE_MAX; NULL: not needed yet */
    int file;    /* descriptor when `in_file` */
    bool in_file;
};

/*
 * Begins to read `body`, whose bytes are copied; a body read before is closed. HF_ERR_NOT_FOUND,
 * HF_ERR_MALFORMED (the file has another size than the ledger says), HF_ERR_IO, HF_ERR_NO_MEMORY.
 */
enum hf_err hf_body_open(const struct hf_bodies *bodies, const struct hf_body *body,
                         struct hf_body_reader *reader, struct hf_fault *fault);

/* Up to `len` bytes from `offset`; `*got` is 0 only at the end. HF_ERR_IO. */
enum hf_err hf_body_read(struct hf_body_reader *reader, uint64_t offset, void *data, size_t len,
                         size_t *got, struct hf_fault *fault);
void hf_body_close(struct hf_body_reader *reader);

#endif
