#ifndef HF_WORKER_DISK_H
#define HF_WORKER_DISK_H

#include "wire/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What the journal asks of a disk, as a table, so that tests can put a disk there that is full,
 * broken, or loses its power between any two of these. Names are within `folder`, a descriptor.
 * Each answers as the system call of its name: -1 with errno on an error.
 */
struct hf_disk {
    int (*create)(int folder, const char *name); /* empty, for writing, replacing what is there */
    int (*open)(int folder, const char *name);   /* for reading; follows no link */
    ssize_t (*read)(int fd, void *data, size_t size, off_t offset);
    ssize_t (*write)(int fd, const void *data, size_t size, off_t offset);
    int (*sync)(int fd); /* a file's or a folder's; back only when it is on the medium */
    /* A hint, without an answer: these bytes are on their way to the medium, and what lies as many
     * before them is there. NULL: no hint. */
    void (*push)(int fd, off_t offset, off_t len);
    int (*rename)(int folder, const char *from, const char *to);
    int (*remove)(int folder, const char *name);
    int64_t (*room)(int folder); /* bytes that can be written; INT64_MAX: it doesn't say */
};

extern const struct hf_disk hf_disk_real;

/* Bytes that can be written in a folder, as `room` says; INT64_MAX too when there is no folder. */
int64_t hf_disk_room(const char *folder);

/* All of `data`, from `at` on; 0, or -1 with errno. */
int hf_disk_write_all(const struct hf_disk *disk, int fd, const void *data, size_t len, off_t at);

/* `sync`, taken up again after a signal. 0, or -1 with errno. */
int hf_disk_sync(const struct hf_disk *disk, int fd);

/* The same for a folder by its path: what was made, renamed or removed in it is on the medium. */
int hf_disk_sync_folder(const struct hf_disk *disk, const char *path);

/* HF_ERR_NO_SPACE, HF_ERR_DENIED (permissions, a read-only disk), HF_ERR_NOT_FOUND, HF_ERR_IO. */
enum hf_err hf_disk_err(int error);

#endif
