#include "worker/keep.h"

#include "worker/bytes.h"
#include "worker/crc32.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAGIC_BYTES 8
#define CRC_AT      12
#define HEAD_BYTES  16
#define ENDING_MAX  5 /* ".torn" */

typedef char file_name[HF_KEEP_NAME_MAX + ENDING_MAX + 1];

static void name_it(const struct hf_keep *keep, const char *ending, file_name out)
{
    (void)snprintf(out, sizeof(file_name), "%.*s%s", HF_KEEP_NAME_MAX, keep->name, ending);
}

static enum hf_err fail(const struct hf_keep *keep, const char *what, int error,
                        struct hf_fault *fault)
{
    return hf_fault_set(fault, hf_disk_err(error), error, "cannot %s %s/%s: %s", what, keep->folder,
                        keep->name, strerror(error));
}

static int open_folder(const struct hf_keep *keep)
{
    return open(keep->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void make_head(const struct hf_keep *keep, const uint8_t *data, size_t len,
                      uint8_t head[HEAD_BYTES])
{
    struct hf_bytes_out out = {.data = head, .size = HEAD_BYTES};
    hf_bytes_put_raw(&out, keep->magic, MAGIC_BYTES);
    hf_bytes_put_u32(&out, keep->version);
    hf_bytes_put_u32(&out, hf_crc32(hf_crc32(0, head, CRC_AT), data, len));
}

static int fill(const struct hf_keep *keep, int fd, const uint8_t *data, size_t len)
{
    uint8_t head[HEAD_BYTES];
    make_head(keep, data, len, head);
    if (hf_disk_write_all(keep->disk, fd, head, sizeof head, 0) != 0 ||
        hf_disk_write_all(keep->disk, fd, data, len, HEAD_BYTES) != 0)
        return -1;
    return hf_disk_sync(keep->disk, fd);
}

/* 0, or -1 with errno. */
static int replace(const struct hf_keep *keep, int folder, const uint8_t *data, size_t len)
{
    const struct hf_disk *disk = keep->disk;
    file_name fresh;
    name_it(keep, ".new", fresh);
    const int fd = disk->create(folder, fresh);
    if (fd < 0)
        return -1;
    int failed = fill(keep, fd, data, len);
    int error = errno;
    (void)close(fd);
    if (failed == 0 && (failed = disk->rename(folder, fresh, keep->name)) != 0)
        error = errno;
    if (failed != 0) {
        (void)disk->remove(folder, fresh);
        errno = error;
        return -1;
    }
    return hf_disk_sync(disk, folder);
}

enum hf_err hf_keep_write(const struct hf_keep *keep, const uint8_t *data, size_t len,
                          struct hf_fault *fault)
{
    if (!keep->folder)
        return HF_ERR_OK;
    if (len > HF_KEEP_DATA_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "%zu bytes are too many for %s/%s", len,
                            keep->folder, keep->name);
    const int folder = open_folder(keep);
    if (folder < 0)
        return fail(keep, "write", errno, fault);
    const int failed = replace(keep, folder, data, len);
    const int error = errno;
    (void)close(folder);
    return failed == 0 ? HF_ERR_OK : fail(keep, "write", error, fault);
}

/* How many bytes of `size` there are from `at` on; -1 with errno. */
static ssize_t read_all(const struct hf_disk *disk, int fd, uint8_t *data, size_t size, off_t at)
{
    size_t got = 0;
    while (got < size) {
        const ssize_t count = disk->read(fd, data + got, size - got, at + (off_t)got);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        if (count == 0)
            break;
        got += (size_t)count;
    }
    return (ssize_t)got;
}

/* What is wrong with a file of `head` and `data`; NULL: nothing. */
static const char *judge(const struct hf_keep *keep, const uint8_t *head, ssize_t head_len,
                         const uint8_t *data, size_t len)
{
    uint8_t wanted[HEAD_BYTES];
    if (head_len < HEAD_BYTES)
        return "it is cut off";
    make_head(keep, data, len, wanted);
    if (memcmp(head, wanted, MAGIC_BYTES) != 0)
        return "it is something else";
    if (memcmp(head + MAGIC_BYTES, wanted + MAGIC_BYTES, CRC_AT - MAGIC_BYTES) != 0)
        return "it has another version than this worker writes";
    return memcmp(head + CRC_AT, wanted + CRC_AT, HEAD_BYTES - CRC_AT) != 0
               ? "its checksum is wrong"
               : NULL;
}

static enum hf_err set_aside(const struct hf_keep *keep, int folder, const char *why,
                             struct hf_fault *fault)
{
    file_name torn;
    name_it(keep, ".torn", torn);
    const int failed = keep->disk->rename(folder, keep->name, torn);
    return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "%s/%s cannot be used: %s; %s%s", keep->folder,
                        keep->name, why, failed == 0 ? "moved aside to " : "it stays there",
                        failed == 0 ? torn : "");
}

static enum hf_err take(const struct hf_keep *keep, int folder, int fd, uint8_t *data, size_t size,
                        size_t *len, struct hf_fault *fault)
{
    uint8_t head[HEAD_BYTES] = {0};
    uint8_t more;
    const ssize_t head_len = read_all(keep->disk, fd, head, sizeof head, 0);
    const ssize_t got = head_len < 0 ? -1 : read_all(keep->disk, fd, data, size, HEAD_BYTES);
    const ssize_t rest =
        got < 0 ? -1 : read_all(keep->disk, fd, &more, 1, (off_t)(HEAD_BYTES + size));
    if (rest < 0)
        return fail(keep, "read", errno, fault);
    const char *why = rest > 0 ? "it is too long" : judge(keep, head, head_len, data, (size_t)got);
    if (why)
        return set_aside(keep, folder, why, fault);
    *len = (size_t)got;
    return HF_ERR_OK;
}

enum hf_err hf_keep_read(const struct hf_keep *keep, uint8_t *data, size_t size, size_t *len,
                         struct hf_fault *fault)
{
    *len = 0;
    if (!keep->folder)
        return HF_ERR_NOT_FOUND;
    const int folder = open_folder(keep);
    const int fd = folder >= 0 ? keep->disk->open(folder, keep->name) : -1;
    const int error = errno;
    enum hf_err err = HF_ERR_OK;
    if (fd >= 0)
        err = take(keep, folder, fd, data, size, len, fault);
    else if (error == ENOENT)
        err = HF_ERR_NOT_FOUND;
    else
        err = fail(keep, "read", error, fault);
    if (fd >= 0)
        (void)close(fd);
    if (folder >= 0)
        (void)close(folder);
    return err;
}
