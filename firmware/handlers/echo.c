#include "handlers/builtins.h"
#include "handlers/io.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

int hf_handler_echo(const struct hf_handler_io *io)
{
    char data[16384];
    for (;;) {
        ssize_t got = hf_io_read(io, data, sizeof data);
        if (got == 0)
            return EX_OK;
        if (got < 0 || hf_io_write(io, data, (size_t)got) != 0)
            return hf_io_fail(io, EX_IOERR, "cannot copy the payload: %s", strerror(errno));
    }
}
