#include "link/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/platform_util.h>
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

enum hf_err hf_pem_read(const char *path, struct hf_pem *out, struct hf_fault *fault)
{
    struct stat info;
    enum hf_err err = HF_ERR_OK;
    unsigned char *text = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hang it */
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
