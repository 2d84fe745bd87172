#ifndef HF_TESTS_FUZZ_CARD_H
#define HF_TESTS_FUZZ_CARD_H

#include "fuzz.h"
#include "worker/disk.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * A disk with one file on it, in memory: `card`. Reading gives what was put there; what is renamed
 * or removed is gone. Made for hf_keep_read, so nothing can be written.
 */

static struct {
    const uint8_t *data;
    size_t len;
} card;

static inline int card_open(int folder, const char *name)
{
    (void)folder;
    (void)name;
    return memfd_create("card", MFD_CLOEXEC); /* a descriptor to close; its bytes are in `card` */
}

static inline ssize_t card_read(int fd, void *data, size_t size, off_t offset)
{
    (void)fd;
    const size_t at = (size_t)offset < card.len ? (size_t)offset : card.len;
    const size_t count = size < card.len - at ? size : card.len - at;
    if (count > 0)
        memcpy(data, card.data + at, count);
    return (ssize_t)count;
}

static inline int card_create(int folder, const char *name)
{
    (void)folder;
    (void)name;
    errno = EROFS;
    return -1;
}

static inline int card_rename(int folder, const char *from, const char *to)
{
    (void)folder;
    (void)from;
    (void)to;
    return 0;
}

static const struct hf_disk card_disk = {
    .create = card_create, .open = card_open, .read = card_read, .rename = card_rename};

#endif
