#include "worker/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATH_SIZE  600
#define COPY_BYTES 4096

static enum hf_err err_of(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT: return HF_ERR_NO_SPACE;
    case EACCES:
    case EPERM:
    case EROFS: return HF_ERR_DENIED;
    default: return HF_ERR_IO;
    }
}

static enum hf_err fail(struct hf_fault *fault, const char *what, const char *folder, int error)
{
    return hf_fault_set(fault, err_of(error), error, "cannot %s in %s: %s", what, folder,
                        strerror(error));
}

static enum hf_err write_all(int fd, int64_t offset, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t written = pwrite(fd, data, len, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return HF_ERR_IO;
        data += written;
        len -= (size_t)written;
        offset += written;
    }
    return HF_ERR_OK;
}

static enum hf_err make_file(const char *folder, int *fd, struct hf_fault *fault)
{
    char path[PATH_SIZE];
    int len = snprintf(path, sizeof path, "%s/spool-XXXXXX", folder);
    if (len < 0 || (size_t)len >= sizeof path)
        return fail(fault, "make a spool file", folder, ENAMETOOLONG);
    *fd = mkostemp(path, O_CLOEXEC);
    if (*fd < 0)
        return fail(fault, "make a spool file", folder, errno);
    (void)unlink(path);
    return HF_ERR_OK;
}

static enum hf_err copy(int from, int to, int64_t size)
{
    char buffer[COPY_BYTES];
    for (int64_t at = 0; at < size;) {
        ssize_t got = pread(from, buffer, sizeof buffer, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = EIO;
        if (got <= 0 || write_all(to, at, buffer, (size_t)got) != HF_ERR_OK)
            return HF_ERR_IO;
        at += got;
    }
    return HF_ERR_OK;
}

static enum hf_err move_to_disk(struct hf_spool *spool, struct hf_fault *fault)
{
    int fd = -1;
    enum hf_err err = make_file(spool->folder, &fd, fault);
    if (err != HF_ERR_OK)
        return err;
    if (copy(spool->fd, fd, spool->size_bytes) != HF_ERR_OK) {
        err = fail(fault, "write a spool file", spool->folder, errno);
        (void)close(fd);
        return err;
    }
    if (spool->fd >= 0)
        (void)close(spool->fd);
    spool->fd = fd;
    spool->on_disk = true;
    return HF_ERR_OK;
}

/* Where the next `len` bytes go. */
static enum hf_err make_room(struct hf_spool *spool, size_t len, struct hf_fault *fault)
{
    if (spool->on_disk)
        return HF_ERR_OK;
    if (len > (uint64_t)(HF_SPOOL_RAM_MAX - spool->size_bytes))
        return move_to_disk(spool, fault);
    if (spool->fd < 0)
        spool->fd = memfd_create("spool", MFD_CLOEXEC);
    return spool->fd >= 0 ? HF_ERR_OK : move_to_disk(spool, fault);
}

void hf_spool_init(struct hf_spool *spool)
{
    *spool = (struct hf_spool){.fd = -1};
}

enum hf_err hf_spool_open(struct hf_spool *spool, const char *folder, int64_t limit_bytes,
                          struct hf_fault *fault)
{
    hf_spool_close(spool);
    if (!folder || limit_bytes < 0)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "a spool without a folder or a limit");
    spool->folder = folder;
    spool->limit_bytes = limit_bytes;
    return HF_ERR_OK;
}

void hf_spool_view(struct hf_spool *spool, int fd, int64_t base_bytes, int64_t size_bytes)
{
    hf_spool_close(spool);
    *spool = (struct hf_spool){.fd = fd,
                               .on_disk = true,
                               .size_bytes = size_bytes,
                               .limit_bytes = size_bytes,
                               .base_bytes = base_bytes,
                               .folder = "the journal"};
}

enum hf_err hf_spool_append(struct hf_spool *spool, const void *data, size_t len,
                            struct hf_fault *fault)
{
    if (!spool->folder)
        return hf_fault_set(fault, HF_ERR_ILLEGAL, 0, "the spool is not open");
    if (len > (uint64_t)(spool->limit_bytes - spool->size_bytes))
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "over the limit of %lld bytes",
                            (long long)spool->limit_bytes);
    enum hf_err err = len > 0 ? make_room(spool, len, fault) : HF_ERR_OK;
    if (err != HF_ERR_OK)
        return err;
    if (write_all(spool->fd, spool->size_bytes, data, len) != HF_ERR_OK)
        return fail(fault, "write a spool file", spool->on_disk ? spool->folder : "memory", errno);
    spool->size_bytes += (int64_t)len;
    return HF_ERR_OK;
}

enum hf_err hf_spool_read(const struct hf_spool *spool, int64_t offset, void *data, size_t size,
                          size_t *got, struct hf_fault *fault)
{
    if (!spool->folder || offset < 0)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "the spool has no byte %lld",
                            (long long)offset);
    int64_t left = offset < spool->size_bytes ? spool->size_bytes - offset : 0;
    if (size > (uint64_t)left)
        size = (size_t)left;
    for (*got = 0; *got < size;) {
        const int64_t at = spool->base_bytes + offset + (int64_t)*got;
        ssize_t count = pread(spool->fd, (char *)data + *got, size - *got, (off_t)at);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return fail(fault, "read a spool file", spool->folder, count < 0 ? errno : EIO);
        *got += (size_t)count;
    }
    return HF_ERR_OK;
}

enum hf_err hf_spool_reader(const struct hf_spool *spool, int *fd, struct hf_fault *fault)
{
    char path[40] = "/dev/null"; /* empty */
    if (spool->fd >= 0)
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", spool->fd);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0 && spool->fd >= 0)
        *fd = fcntl(spool->fd, F_DUPFD_CLOEXEC, 0);
    if (*fd < 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "cannot open the payload: %s",
                            strerror(errno));
    if (lseek(*fd, (off_t)spool->base_bytes, SEEK_SET) >= 0)
        return HF_ERR_OK;
    (void)close(*fd);
    *fd = -1;
    return hf_fault_set(fault, HF_ERR_IO, errno, "cannot rewind the payload: %s", strerror(errno));
}

void hf_spool_close(struct hf_spool *spool)
{
    if (spool->fd >= 0)
        (void)close(spool->fd);
    hf_spool_init(spool);
}
