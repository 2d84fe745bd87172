#ifndef TESTS_UNIT_HANDLERS_CALL_H
#define TESTS_UNIT_HANDLERS_CALL_H

/* Calls a built-in in this process, with files without names in place of its pipes. */

#include "handlers/table.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct call {
    int code;
    size_t out_len;
    char out[512 * 1024], log[4096], progress[64 * 1024];
};

static inline size_t call_take(int fd, char *text, size_t size)
{
    ssize_t len = pread(fd, text, size - 1, 0);
    assert(len >= 0);
    text[len] = '\0';
    (void)close(fd);
    return (size_t)len;
}

static inline void call_handler(struct call *call, hf_handler_fn *run, const void *payload,
                                size_t len)
{
    struct hf_handler_io io = {.in = memfd_create("in", 0),
                               .out = memfd_create("out", 0),
                               .log = memfd_create("log", 0),
                               .progress = memfd_create("progress", 0)};
    assert(pwrite(io.in, payload, len, 0) == (ssize_t)len);
    call->code = run(&io);
    (void)close(io.in);
    call->out_len = call_take(io.out, call->out, sizeof call->out);
    (void)call_take(io.log, call->log, sizeof call->log);
    (void)call_take(io.progress, call->progress, sizeof call->progress);
}

static inline void call_text(struct call *call, hf_handler_fn *run, const char *payload)
{
    call_handler(call, run, payload, strlen(payload));
}

#endif
