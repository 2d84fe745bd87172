#ifndef TESTS_UNIT_WORKER_FAULT_DISK_H
#define TESTS_UNIT_WORKER_FAULT_DISK_H

#include "worker/disk.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/*
 * The real disk, until its `fault_disk_left` operations are used up: the next one fails with
 * `fault_disk_error`, and with `fault_disk_for_good` (a power cut) all that come after it. The one
 * that fails still does half of its work if it is a write.
 */

static int fault_disk_left = -1; /* -1: never */
static int fault_disk_error = EIO;
static bool fault_disk_for_good;
static int fault_disk_syncs;

static bool fault_disk_fails(void)
{
    if (fault_disk_left < 0)
        return false;
    if (fault_disk_left > 0) {
        fault_disk_left--;
        return false;
    }
    if (!fault_disk_for_good)
        fault_disk_left = -1;
    errno = fault_disk_error;
    return true;
}

static int fault_disk_create(int folder, const char *name)
{
    return fault_disk_fails() ? -1 : hf_disk_real.create(folder, name);
}

static int fault_disk_open(int folder, const char *name)
{
    return fault_disk_fails() ? -1 : hf_disk_real.open(folder, name);
}

static ssize_t fault_disk_read(int fd, void *data, size_t size, off_t offset)
{
    return fault_disk_fails() ? -1 : hf_disk_real.read(fd, data, size > 5 ? 5 : size, offset);
}

static ssize_t fault_disk_write(int fd, const void *data, size_t size, off_t offset)
{
    const bool last = fault_disk_left == 0;
    if (!fault_disk_fails())
        return hf_disk_real.write(fd, data, size > 7 ? size / 2 : size, offset);
    const int error = errno;
    if (last)
        (void)hf_disk_real.write(fd, data, size / 2, offset);
    errno = error;
    return -1;
}

static int fault_disk_sync(int fd)
{
    fault_disk_syncs++;
    return fault_disk_fails() ? -1 : hf_disk_real.sync(fd);
}

static int fault_disk_rename(int folder, const char *from, const char *to)
{
    return fault_disk_fails() ? -1 : hf_disk_real.rename(folder, from, to);
}

static int fault_disk_remove(int folder, const char *name)
{
    return fault_disk_fails() ? -1 : hf_disk_real.remove(folder, name);
}

static int64_t fault_disk_room(int folder)
{
    return hf_disk_real.room(folder);
}

__attribute__((unused)) static const struct hf_disk fault_disk = {
    .create = fault_disk_create,
    .open = fault_disk_open,
    .read = fault_disk_read,
    .write = fault_disk_write,
    .sync = fault_disk_sync,
    .rename = fault_disk_rename,
    .remove = fault_disk_remove,
    .room = fault_disk_room,
};

#endif
