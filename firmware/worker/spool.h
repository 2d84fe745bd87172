#ifndef HF_WORKER_SPOOL_H
#define HF_WORKER_SPOOL_H

#include "wire/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A sequence of bytes that is written once, from front to back, and then read: a payload on its way
 * to a handler, a result on its way to the broker. The first HF_SPOOL_RAM_MAX bytes stay in memory
 * (a memfd); what grows beyond moves to a file without a name in the worker's folder, so that
 * nothing is left behind however the worker ends, and its own memory stays flat. An empty one costs
 * no descriptor: memory or file are made for the first byte.
 *
 * Plain data, no allocation. Every descriptor is close-on-exec. Reads and writes of a file may wait
 * for the disk, never for a peer. A kernel without memfd_create uses the file from the first byte.
 */

#define HF_SPOOL_RAM_MAX (64 * 1024) /* bytes */

struct hf_spool {
    int fd; /* -1: not open, or empty still */
    bool on_disk;
    int64_t size_bytes;
    int64_t limit_bytes;
    int64_t base_bytes; /* where its first byte is in the file: not 0 in a view alone */
    const char *folder; /* for the file; the caller's, must outlive the spool. NULL: not open */
};

/* A spool that is not open. Any other call but open, reset and close is an error on it. */
void hf_spool_init(struct hf_spool *spool);

/*
 * Opens an empty spool that takes at most `limit_bytes`. One that is open already is closed first.
 * HF_ERR_INVALID: no folder, or a negative limit; it is not open then.
 */
enum hf_err hf_spool_open(struct hf_spool *spool, const char *folder, int64_t limit_bytes,
                          struct hf_fault *fault);

/*
 * Makes it a view of `size_bytes` bytes at `base_bytes` of an open file, to be read only; takes
 * over `fd`. One that is open already is closed first.
 */
void hf_spool_view(struct hf_spool *spool, int fd, int64_t base_bytes, int64_t size_bytes);

/*
 * Adds all of `data` or nothing. HF_ERR_TOO_LARGE: it would pass the limit. HF_ERR_NO_SPACE,
 * HF_ERR_DENIED, HF_ERR_IO: the folder, or no memory. After an error what was there before can
 * still be read.
 */
enum hf_err hf_spool_append(struct hf_spool *spool, const void *data, size_t len,
                            struct hf_fault *fault);

/*
 * Reads up to `size` bytes from `offset` on; `*got` is less only at the end, 0 at or behind it.
 * HF_ERR_INVALID: a negative offset. HF_ERR_IO.
 */
enum hf_err hf_spool_read(const struct hf_spool *spool, int64_t offset, void *data, size_t size,
                          size_t *got, struct hf_fault *fault);

/*
 * A descriptor for a child's stdin, at the first byte, that the caller closes: read-only and with
 * an offset of its own. (Without /proc it is a duplicate whose offset all readers share.) Bytes
 * appended later are seen only while the spool stays in the same place, so ask when it is complete.
 * HF_ERR_IO.
 */
enum hf_err hf_spool_reader(const struct hf_spool *spool, int *fd, struct hf_fault *fault);

/* Gives memory or file back. Harmless on one that is not open. */
void hf_spool_close(struct hf_spool *spool);

#endif
