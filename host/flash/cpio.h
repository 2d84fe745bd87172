#ifndef HF_FLASH_CPIO_H
#define HF_FLASH_CPIO_H

#include "wire/fault.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * An initial file system as the kernel takes it: a cpio archive ("newc") in memory. Everything in
 * it belongs to root. Archives may follow one another, so some that are there already can be the
 * beginning. One that is all zeros is empty.
 */

struct hf_cpio {
    char *data; /* the caller's to free */
    size_t len, size;
    unsigned entries;
};

/* A whole archive as it is, in front of what follows. HF_ERR_NO_MEMORY. */
enum hf_err hf_cpio_join(struct hf_cpio *cpio, const void *data, size_t len,
                         struct hf_fault *fault);

/*
 * `path` without a slash in front; `mode` with its kind: S_IFDIR (no data), S_IFREG, S_IFLNK (the
 * data is where it points). The folder of a path goes in before it. HF_ERR_NO_MEMORY,
 * HF_ERR_TOO_LARGE (over 4 GiB).
 */
enum hf_err hf_cpio_add(struct hf_cpio *cpio, const char *path, mode_t mode, const void *data,
                        size_t len, struct hf_fault *fault);

/* The last entry; nothing is added after it. HF_ERR_NO_MEMORY. */
enum hf_err hf_cpio_end(struct hf_cpio *cpio, struct hf_fault *fault);

#endif
