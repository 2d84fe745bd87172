#include "worker/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int create_file(int folder, const char *name)
{
    return openat(folder, name, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* O_NONBLOCK: somebody's FIFO of that name does not hold us up. */
static int open_file(int folder, const char *name)
{
    return openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

static int rename_file(int folder, const char *from, const char *to)
{
    return renameat(folder, from, folder, to);
}

static int remove_file(int folder, const char *name)
{
    return unlinkat(folder, name, 0);
}

static int64_t room(int folder)
{
    struct statvfs disk;
    if (fstatvfs(folder, &disk) != 0 || disk.f_blocks == 0 || disk.f_frsize == 0)
        return INT64_MAX;
    const uint64_t blocks = geteuid() == 0 ? disk.f_bfree : disk.f_bavail;
    return blocks < (uint64_t)INT64_MAX / disk.f_frsize ? (int64_t)(blocks * disk.f_frsize)
                                                        : INT64_MAX;
}

int64_t hf_disk_room(const char *folder)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return INT64_MAX;
    const int64_t bytes = room(fd);
    (void)close(fd);
    return bytes;
}

static void push(int fd, off_t offset, off_t len)
{
    (void)sync_file_range(fd, offset, len, SYNC_FILE_RANGE_WRITE);
    if (offset >= len)
        (void)sync_file_range(fd, offset - len, len,
                              SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                                  SYNC_FILE_RANGE_WAIT_AFTER);
}

const struct hf_disk hf_disk_real = {
    .create = create_file,
    .open = open_file,
    .read = pread,
    .write = pwrite,
    .sync = fsync,
    .push = push,
    .rename = rename_file,
    .remove = remove_file,
    .room = room,
};

int hf_disk_write_all(const struct hf_disk *disk, int fd, const void *data, size_t len, off_t at)
{
    for (size_t done = 0; done < len;) {
        const ssize_t written =
            disk->write(fd, (const char *)data + done, len - done, at + (off_t)done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written == 0)
            errno = EIO;
        if (written <= 0)
            return -1;
        done += (size_t)written;
    }
    return 0;
}

int hf_disk_sync(const struct hf_disk *disk, int fd)
{
    int failed;
    while ((failed = disk->sync(fd)) != 0 && errno == EINTR)
        continue;
    return failed;
}

int hf_disk_sync_folder(const struct hf_disk *disk, const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int failed = fd < 0 ? -1 : hf_disk_sync(disk, fd);
    const int error = errno;
    if (fd >= 0)
        (void)close(fd);
    errno = error;
    return failed;
}

enum hf_err hf_disk_err(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT: return HF_ERR_NO_SPACE;
    case EACCES:
    case EPERM:
    case EROFS: return HF_ERR_DENIED;
    case ENOENT: return HF_ERR_NOT_FOUND;
    default: return HF_ERR_IO;
    }
}
