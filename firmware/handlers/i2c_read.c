#include "handlers/ask.h"
#include "handlers/builtins.h"
#include "handlers/io.h"
#include "wire/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define BYTES_MAX     256
#define BUS_MAX       255
#define ADDRESS_FIRST 0x03 /* what 7-bit devices may have */
#define ADDRESS_LAST  0x77
#define EXAMPLE       "{\"bus\":1, \"address\":\"0x48\", \"register\":0, \"bytes\":2}"

struct request {
    int64_t bus, address, reg, reg_bytes, bytes;
};

static int read_request(const struct hf_handler_io *io, struct request *out)
{
    enum { BUS, ADDRESS, REGISTER, REGISTER_BYTES, BYTES, COUNT };
    char body[HF_ASK_MAX + 1];
    struct hf_json_field fields[COUNT] = {[BUS] = {.name = "bus"},
                                          [ADDRESS] = {.name = "address"},
                                          [REGISTER] = {.name = "register"},
                                          [REGISTER_BYTES] = {.name = "register_bytes"},
                                          [BYTES] = {.name = "bytes"}};
    int code = hf_ask_read(io, body, fields, COUNT, EXAMPLE);
    *out = (struct request){.bus = -1, .address = -1, .reg = 0, .reg_bytes = 1, .bytes = 1};
    if (code == EX_OK)
        code = hf_ask_number(io, &fields[BUS], 0, BUS_MAX, &out->bus);
    if (code == EX_OK)
        code = hf_ask_number(io, &fields[ADDRESS], ADDRESS_FIRST, ADDRESS_LAST, &out->address);
    if (code == EX_OK && fields[REGISTER].value.len == 0)
        out->reg_bytes = 0;
    else if (code == EX_OK)
        code = hf_ask_number(io, &fields[REGISTER_BYTES], 1, 2, &out->reg_bytes);
    if (code == EX_OK)
        code =
            hf_ask_number(io, &fields[REGISTER], 0, out->reg_bytes == 2 ? 0xffff : 0xff, &out->reg);
    if (code == EX_OK)
        code = hf_ask_number(io, &fields[BYTES], 1, BYTES_MAX, &out->bytes);
    return code;
}

static int no_device(const struct hf_handler_io *io, const struct request *request)
{
    switch (errno) {
    case ENXIO:
    case EREMOTEIO:
    case ETIMEDOUT:
        return hf_io_fail(io, EX_UNAVAILABLE, "no device answers at 0x%02x of bus %d",
                          (unsigned)request->address, (int)request->bus);
    case ENOTTY:
        return hf_io_fail(io, EX_UNAVAILABLE, "/dev/i2c-%d is no I2C bus", (int)request->bus);
    default:
        return hf_io_fail(io, EX_IOERR, "bus %d, 0x%02x: %s", (int)request->bus,
                          (unsigned)request->address, strerror(errno));
    }
}

/* Write of the register's number and read in one transfer: nobody comes between them. */
static int transfer(const struct hf_handler_io *io, int fd, const struct request *request,
                    unsigned char *data)
{
    unsigned char reg[2] = {(unsigned char)request->reg, 0};
    if (request->reg_bytes == 2) {
        reg[0] = (unsigned char)(request->reg >> 8);
        reg[1] = (unsigned char)request->reg;
    }
    struct i2c_msg parts[2] = {
        {.addr = (__u16)request->address, .len = (__u16)request->reg_bytes, .buf = reg},
        {.addr = (__u16)request->address,
         .flags = I2C_M_RD,
         .len = (__u16)request->bytes,
         .buf = data}};
    const bool plain = request->reg_bytes == 0;
    struct i2c_rdwr_ioctl_data both = {.msgs = plain ? &parts[1] : parts, .nmsgs = plain ? 1 : 2};
    return hf_io_control(fd, I2C_RDWR, &both) < 0 ? no_device(io, request) : EX_OK;
}

int hf_handler_i2c_read(const struct hf_handler_io *io)
{
    struct request request;
    unsigned char data[BYTES_MAX] = {0};
    char path[32], hex[2 * BYTES_MAX + 1], answer[sizeof hex + 16];
    int code = read_request(io, &request);
    if (code != EX_OK)
        return code;
    (void)snprintf(path, sizeof path, "/dev/i2c-%d", (int)request.bus);
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return hf_io_fail(
            io, EX_UNAVAILABLE, "cannot use I2C bus %d: %s: %s%s", (int)request.bus, path,
            strerror(errno),
            hf_io_device_hint(errno, " (this board has none, or it is switched off)"));
    code = transfer(io, fd, &request, data);
    (void)close(fd);
    if (code != EX_OK)
        return code;
    hf_hex(hex, data, (size_t)request.bytes);
    (void)snprintf(answer, sizeof answer, "{\"hex\":\"%s\"}", hex);
    if (hf_io_write(io, answer, strlen(answer)) != 0)
        return hf_io_fail(io, EX_IOERR, "cannot write the result: %s", strerror(errno));
    return EX_OK;
}
