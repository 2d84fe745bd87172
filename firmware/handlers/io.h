#ifndef HF_HANDLERS_IO_H
#define HF_HANDLERS_IO_H

#include "handlers/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What built-ins share: whole reads and writes, progress lines, and a way to fail with words. */

/* A small payload, and a result that stays small. One that does not fit goes to the descriptor, in
 * order and from its first byte; nothing of it is left here then. */
struct hf_io_memory {
    const char *in;
    size_t in_len, in_read;
    char *out;
    size_t out_size, out_len;
    bool piped; /* something was written to a descriptor: result, log or progress */
};

/* Bytes read, 0 at the end, -1 with errno. */
ssize_t hf_io_read(const struct hf_handler_io *io, void *data, size_t size);

/* Reads to the end or until `size` bytes are there; how many, or -1 with errno. */
ssize_t hf_io_read_all(const struct hf_handler_io *io, void *data, size_t size);

/* 0, or -1 with errno. */
int hf_io_write(const struct hf_handler_io *io, const void *data, size_t len);

/* The payload's size where it is a file, else 0. */
int64_t hf_io_payload_bytes(const struct hf_handler_io *io);

/* One line of progress; `done` of `total`, both at least 0. A reader that is gone is no error. */
void hf_io_progress(const struct hf_handler_io *io, int64_t done, int64_t total, const char *unit);

/* ioctl() of a device, whose request is an int to one C library and unsigned to the other. */
int hf_io_control(int fd, unsigned long request, void *argument);

/* What to add to errno's text about a device that cannot be opened; `absent` for ENOENT. */
const char *hf_io_device_hint(int number, const char *absent);

/* Says why on the log and returns `code`: `return hf_io_fail(io, EX_DATAERR, "...", ...);` */
__attribute__((format(printf, 3, 4))) int hf_io_fail(const struct hf_handler_io *io, int code,
                                                     const char *format, ...);

#endif
