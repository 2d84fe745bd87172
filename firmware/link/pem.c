#include "link/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/platform_util.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum hf_err read_whole(int fd, unsigned char *out, size_t len)
{
    while (len > 0) {
        const ssize_t got = read(fd, out, len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return HF_ERR_IO;
        out += got;
        len -= (size_t)got;
    }
    return HF_ERR_OK;
}

static int (*open_closed)(const char *path);

void hf_pem_open_else(int (*open_one)(const char *path))
{
    open_closed = open_one;
}

/* A pipe must not hang it. */
static int open_file(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const int error = errno;
    const int other = fd < 0 && error == EACCES && open_closed != NULL ? open_closed(path) : -1;
    errno = error;
    return fd < 0 ? other : fd;
}

enum hf_err hf_pem_read(const char *path, struct hf_pem *out, struct hf_fault *fault)
{
    struct stat info;
    enum hf_err err = HF_ERR_OK;
    unsigned char *text = NULL;
    const int fd = open_file(path);
    if (fd < 0) {
        err = errno == ENOENT ? HF_ERR_NOT_FOUND : errno == EACCES ? HF_ERR_DENIED : HF_ERR_IO;
        return hf_fault_set(fault, err, errno, "cannot read %s: %s", path, strerror(errno));
    }
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > HF_PEM_FILE_MAX) {
        err = hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                           "%s is not a PEM file (a regular file of at most 64 KB)", path);
        goto out;
    }
    text = calloc(1, (size_t)info.st_size + 1);
    if (text == NULL) {
        err = hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory reading %s", path);
        goto out;
    }
    if (read_whole(fd, text, (size_t)info.st_size) != HF_ERR_OK) {
        err = hf_fault_set(fault, HF_ERR_IO, errno, "reading %s failed: %s", path, strerror(errno));
        free(text);
        goto out;
    }
    *out = (struct hf_pem){text, (size_t)info.st_size + 1};
out:
    (void)close(fd);
    return err;
}

void hf_pem_free(struct hf_pem *pem)
{
    if (pem->text != NULL)
        mbedtls_platform_zeroize(pem->text, pem->size);
    free(pem->text);
    *pem = (struct hf_pem){0};
}

#define PATH_MAX_BYTES 600

static enum hf_err write_whole(int fd, const char *text, size_t len)
{
    while (len > 0) {
        const ssize_t put = write(fd, text, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return HF_ERR_IO;
        text += put;
        len -= (size_t)put;
    }
    return fsync(fd) == 0 ? HF_ERR_OK : HF_ERR_IO;
}

static void sync_folder_of(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash != NULL)
        slash[1] = '\0';
    const int fd = open(slash != NULL ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)close(fd);
}

static enum hf_err err_of(int error)
{
    switch (error) {
    case ENOENT: return HF_ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS: return HF_ERR_DENIED;
    case ENOSPC:
    case EDQUOT: return HF_ERR_NO_SPACE;
    default: return HF_ERR_IO;
    }
}

enum hf_err hf_pem_write(const char *path, const char *text, mode_t mode, struct hf_fault *fault)
{
    char fresh[PATH_MAX_BYTES];
    const int len = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (len < 0 || (size_t)len >= sizeof fresh)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "the path %.80s... is too long", path);
    (void)unlink(fresh); /* of a start that was cut off, perhaps with another mode */
    const int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    bool written = fd >= 0 && write_whole(fd, text, strlen(text)) == HF_ERR_OK;
    if (fd >= 0)
        written = close(fd) == 0 && written;
    if (written && rename(fresh, path) == 0) {
        sync_folder_of(fresh);
        return HF_ERR_OK;
    }
    const int error = errno;
    (void)unlink(fresh);
    return hf_fault_set(fault, err_of(error), error, "cannot write %s: %s", path, strerror(error));
}
