#include "handlers/io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static ssize_t recall(struct hf_io_memory *memory, void *data, size_t size)
{
    const size_t left = memory->in_len - memory->in_read;
    const size_t count = size < left ? size : left;
    if (count > 0)
        memcpy(data, memory->in + memory->in_read, count);
    memory->in_read += count;
    return (ssize_t)count;
}

ssize_t hf_io_read(const struct hf_handler_io *io, void *data, size_t size)
{
    ssize_t got;
    if (io->memory)
        return recall(io->memory, data, size);
    do {
        got = read(io->in, data, size);
    } while (got < 0 && errno == EINTR);
    return got;
}

ssize_t hf_io_read_all(const struct hf_handler_io *io, void *data, size_t size)
{
    size_t fill = 0;
    while (fill < size) {
        ssize_t got = hf_io_read(io, (char *)data + fill, size - fill);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        fill += (size_t)got;
    }
    return (ssize_t)fill;
}

static int write_to(const struct hf_handler_io *io, int fd, const char *data, size_t len)
{
    if (io->memory)
        io->memory->piped = true;
    while (len > 0) {
        ssize_t written = write(fd, data, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        data += written;
        len -= (size_t)written;
    }
    return 0;
}

/* False: it does not fit, and what was kept before has to go ahead of it. */
static bool keep(struct hf_io_memory *memory, const void *data, size_t len)
{
    if (len > memory->out_size - memory->out_len)
        return false;
    memcpy(memory->out + memory->out_len, data, len);
    memory->out_len += len;
    return true;
}

int hf_io_write(const struct hf_handler_io *io, const void *data, size_t len)
{
    struct hf_io_memory *memory = io->memory;
    if (memory && keep(memory, data, len))
        return 0;
    if (memory && write_to(io, io->out, memory->out, memory->out_len) != 0)
        return -1;
    if (memory)
        memory->out_size = memory->out_len = 0;
    return write_to(io, io->out, data, len);
}

int64_t hf_io_payload_bytes(const struct hf_handler_io *io)
{
    struct stat info;
    if (io->memory)
        return (int64_t)io->memory->in_len;
    return fstat(io->in, &info) == 0 && S_ISREG(info.st_mode) ? (int64_t)info.st_size : 0;
}

void hf_io_progress(const struct hf_handler_io *io, int64_t done, int64_t total, const char *unit)
{
    char line[120];
    int percent = total > 0 ? (int)((double)done * 100.0 / (double)total) : 0;
    int len = snprintf(line, sizeof line, "%d %" PRId64 " of %" PRId64 " %s\n", percent, done,
                       total, unit);
    if (len > 0 && (size_t)len < sizeof line)
        (void)write_to(io, io->progress, line, (size_t)len);
}

int hf_io_control(int fd, unsigned long request, void *argument)
{
    return (int)syscall(SYS_ioctl, fd, request, argument);
}

const char *hf_io_device_hint(int number, const char *absent)
{
    if (number == EACCES || number == EPERM)
        return " (the user that handlers run as, task_user, may not use it)";
    return number == ENOENT ? absent : "";
}

int hf_io_fail(const struct hf_handler_io *io, int code, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof line - 1, format, args);
    va_end(args);
    if (len < 0)
        return code;
    size_t used = (size_t)len < sizeof line - 1 ? (size_t)len : sizeof line - 2;
    line[used] = '\n';
    (void)write_to(io, io->log, line, used + 1);
    return code;
}
