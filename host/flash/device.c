#include "flash/device.h"

#include "home/file.h"
#include "home/home.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES (1024 * 1024)

bool hf_device_is(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISBLK(info.st_mode);
}

/* "/dev/sdb" of "/dev/sdb", "/dev/sdb1" and links to them; empty: none. */
static void name_of(const char *path, char out[64])
{
    char *real = realpath(path, NULL);
    const char *slash = real ? strrchr(real, '/') : NULL;
    (void)snprintf(out, 64, "%s", slash ? slash + 1 : "");
    free(real);
}

static bool read_line(const char *name, const char *what, char *out, size_t size)
{
    char path[160];
    (void)snprintf(path, sizeof path, "/sys/class/block/%s/%s", name, what);
    FILE *file = fopen(path, "re");
    const bool got = file && fgets(out, (int)size, file);
    if (file)
        (void)fclose(file);
    if (got)
        out[strcspn(out, "\n")] = '\0';
    return got;
}

static bool is_of(const char *name, const char *disk)
{
    char path[160];
    (void)snprintf(path, sizeof path, "/sys/class/block/%s/%s", disk, name);
    return name[0] != '\0' && (strcmp(name, disk) == 0 || access(path, F_OK) == 0);
}

/* The first word of a line of `list` that is this disk or a partition of it. */
static bool used_in(const char *list, const char *disk, char where[128])
{
    char line[1024], source[512], target[512], name[64];
    bool found = false;
    FILE *file = fopen(list, "re");
    while (file && !found && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%511s %511s", source, target) < 2 || source[0] != '/')
            continue;
        name_of(source, name);
        found = is_of(name, disk);
        if (found)
            (void)snprintf(where, 128, "%.40s on %.60s", source, target);
    }
    if (file)
        (void)fclose(file);
    return found;
}

static enum hf_err check_free(const char *path, struct hf_fault *fault)
{
    char name[64], where[128];
    name_of(path, name);
    if (used_in("/proc/mounts", name, where) || used_in("/proc/swaps", name, where))
        return hf_fault_set(fault, HF_ERR_BUSY, 0,
                            "%s is in use (%s): unmount it first, if it is "
                            "the card at all",
                            path, where);
    return HF_ERR_OK;
}

/* Nobody else's meanwhile. */
static enum hf_err open_alone(const char *path, int flags, int *fd, struct hf_fault *fault)
{
    *fd = open(path, flags | O_EXCL | O_CLOEXEC);
    if (*fd >= 0)
        return HF_ERR_OK;
    if (errno != EBUSY)
        return hf_file_fault(fault, errno, "cannot open", path);
    return hf_fault_set(fault, HF_ERR_BUSY, EBUSY,
                        "%s is in use (by LVM, RAID, encryption or another program): give it up "
                        "first, if it is the card at all",
                        path);
}

enum hf_err hf_device_look(const char *path, int64_t need_bytes, struct hf_device *out,
                           struct hf_fault *fault)
{
    char name[64], text[80];
    int fd;
    uint64_t bytes = 0;
    *out = (struct hf_device){.bytes = 0};
    name_of(path, name);
    if (read_line(name, "partition", text, sizeof text))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "%s is a partition: name the whole disk, as /dev/sdb or /dev/mmcblk0",
                            path);
    out->removable = read_line(name, "removable", text, sizeof text) && text[0] == '1';
    if (!read_line(name, "device/model", out->model, sizeof out->model))
        (void)read_line(name, "device/name", out->model, sizeof out->model);
    enum hf_err err = check_free(path, fault);
    if (!err)
        err = open_alone(path, O_RDONLY, &fd, fault);
    if (err)
        return err;
    if (ioctl(fd, BLKGETSIZE64, &bytes) != 0)
        err = hf_file_fault(fault, errno, "cannot tell the size of", path);
    (void)close(fd);
    out->bytes = (int64_t)bytes;
    if (!err && out->bytes < need_bytes)
        err = hf_fault_set(fault, HF_ERR_NO_SPACE, 0, "%s has %lld MB, %lld are needed: --data-mb",
                           path, (long long)(out->bytes >> 20), (long long)(need_bytes >> 20));
    return err;
}

static bool copy(int from, int to)
{
    char *piece = malloc(PIECE_BYTES);
    ssize_t got = piece ? 0 : -1;
    while (piece && (got = read(from, piece, PIECE_BYTES)) > 0)
        for (ssize_t done = 0, wrote; done < got; done += wrote)
            if ((wrote = write(to, piece + done, (size_t)(got - done))) <= 0) {
                free(piece);
                return false;
            }
    free(piece);
    return got == 0;
}

enum hf_err hf_device_write(const char *path, const char *image, struct hf_fault *fault)
{
    struct hf_device now;
    struct stat info;
    int to = -1;
    const int from = open(image, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return hf_file_fault(fault, errno, "cannot open", image);
    enum hf_err err = fstat(from, &info) == 0
                          ? hf_device_look(path, info.st_size, &now, fault)
                          : hf_file_fault(fault, errno, "cannot tell the size of", image);
    if (!err)
        err = open_alone(path, O_WRONLY, &to, fault);
    if (!err && (!copy(from, to) || fsync(to) != 0))
        err = hf_file_fault(fault, errno, "cannot write", path);
    if (!err)
        (void)ioctl(to, BLKRRPART);
    if (to >= 0)
        (void)close(to);
    (void)close(from);
    return err;
}
