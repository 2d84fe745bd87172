#include "home/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum hf_err hf_file_fault(struct hf_fault *fault, int number, const char *what, const char *path)
{
    enum hf_err err = HF_ERR_IO;
    if (number == ENOENT)
        err = HF_ERR_NOT_FOUND;
    else if (number == EACCES || number == EPERM || number == EROFS)
        err = HF_ERR_DENIED;
    else if (number == ENOSPC || number == EDQUOT)
        err = HF_ERR_NO_SPACE;
    else if (number == EEXIST)
        err = HF_ERR_EXISTS;
    return hf_fault_set(fault, err, number, "%s %s: %s", what, path, strerror(number));
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

static int sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder ? 1 : 0] = '\0';
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int failed = fsync(fd);
    int number = errno;
    close(fd);
    errno = number;
    return failed;
}

enum hf_err hf_file_sync_name(const char *path, struct hf_fault *fault)
{
    if (sync_folder_of(path) == 0)
        return HF_ERR_OK;
    return hf_file_fault(fault, errno, "cannot sync the folder of", path);
}

static int name_new(const char *from, const char *to)
{
    if (link(from, to) == 0) {
        unlink(from);
        return 0;
    }
    if (errno != EPERM && errno != EOPNOTSUPP)
        return -1;
    /* Where a file has one name only, as on FAT. */
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

static enum hf_err write_by(int (*name)(const char *from, const char *to), const char *path,
                            const void *data, size_t len, mode_t mode, struct hf_fault *fault)
{
    char temporary[PATH_MAX];
    int size = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (size < 0 || (size_t)size >= sizeof temporary)
        return hf_file_fault(fault, ENAMETOOLONG, "cannot write", path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return hf_file_fault(fault, errno, "cannot write", path);
    int failed = fchmod(fd, mode) || write_all(fd, data, len) || fsync(fd);
    int number = errno;
    if (close(fd) != 0 && !failed) {
        failed = 1;
        number = errno;
    }
    if (!failed && name(temporary, path) != 0) {
        failed = 1;
        number = errno;
    }
    if (failed) {
        unlink(temporary);
        return hf_file_fault(fault, number, "cannot write", path);
    }
    return hf_file_sync_name(path, fault);
}

enum hf_err hf_file_write(const char *path, const void *data, size_t len, mode_t mode,
                          struct hf_fault *fault)
{
    return write_by(rename, path, data, len, mode, fault);
}

enum hf_err hf_file_write_new(const char *path, const void *data, size_t len, mode_t mode,
                              struct hf_fault *fault)
{
    return write_by(name_new, path, data, len, mode, fault);
}

static enum hf_err read_all(FILE *from, const char *path, size_t max, char **data, size_t *len,
                            struct hf_fault *fault)
{
    char *bytes = malloc(max + 2); /* one byte more than allowed tells a file that is too large */
    if (!bytes)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for reading %s", path);
    size_t got = fread(bytes, 1, max + 1, from);
    if (ferror(from) || got > max) {
        free(bytes);
        if (got > max)
            return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                                "%s is larger than the %zu bytes that it may have", path, max);
        return hf_file_fault(fault, errno, "cannot read", path);
    }
    bytes[got] = '\0';
    *data = bytes;
    if (len)
        *len = got;
    return HF_ERR_OK;
}

enum hf_err hf_file_read(const char *path, size_t max, char **data, size_t *len,
                         struct hf_fault *fault)
{
    FILE *from = fopen(path, "re");
    if (!from)
        return hf_file_fault(fault, errno, "cannot read", path);
    enum hf_err err = read_all(from, path, max, data, len, fault);
    fclose(from);
    return err;
}

bool hf_file_exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

static int make_one(const char *path)
{
    struct stat about;
    if (mkdir(path, 0700) == 0)
        return 0;
    int number = errno;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return 0;
    errno = number == EEXIST ? ENOTDIR : number;
    return -1;
}

enum hf_err hf_file_make_dir(const char *path, struct hf_fault *fault)
{
    char part[PATH_MAX];
    int len = snprintf(part, sizeof part, "%s", path);
    if (len < 0 || (size_t)len >= sizeof part)
        return hf_file_fault(fault, ENAMETOOLONG, "cannot make the folder", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (make_one(part) != 0)
            return hf_file_fault(fault, errno, "cannot make the folder", part);
        *slash = '/';
    }
    if (make_one(part) != 0)
        return hf_file_fault(fault, errno, "cannot make the folder", part);
    return HF_ERR_OK;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    return remove(path);
}

enum hf_err hf_file_remove_tree(const char *path, struct hf_fault *fault)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0)
        return hf_file_sync_name(path, fault);
    return errno == ENOENT ? HF_ERR_OK : hf_file_fault(fault, errno, "cannot delete", path);
}
