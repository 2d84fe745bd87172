#include "worker/ustar.h"

#include <string.h>

/* Places and widths of the fields. */
enum {
    NAME = 0,
    NAME_BYTES = 100,
    MODE = 100,
    MODE_BYTES = 8,
    SIZE = 124,
    SIZE_BYTES = 12,
    SUM = 148,
    SUM_BYTES = 8,
    TYPE = 156,
    MAGIC = 257,
    PREFIX = 345
};

/* Octal digits, blanks or zero bytes around them. False: anything else, or nothing. */
static bool octal(const uint8_t *field, size_t width, uint32_t *out)
{
    size_t at = 0;
    uint64_t number = 0;
    while (at < width && field[at] == ' ')
        at++;
    const size_t first = at;
    for (; at < width && field[at] >= '0' && field[at] <= '7'; at++) {
        number = number * 8 + (uint64_t)(field[at] - '0');
        if (number > UINT32_MAX)
            return false;
    }
    *out = (uint32_t)number;
    return at > first && (at == width || field[at] == ' ' || field[at] == '\0');
}

/* The field of the sum itself counts as blanks. */
static uint32_t sum_of(const uint8_t *block)
{
    uint32_t sum = SUM_BYTES * (uint32_t)' ';
    for (size_t i = 0; i < HF_USTAR_BLOCK; i++) {
        if (i < SUM || i >= SUM + SUM_BYTES)
            sum += block[i];
    }
    return sum;
}

static bool is_zero(const uint8_t *block)
{
    for (size_t i = 0; i < HF_USTAR_BLOCK; i++) {
        if (block[i] != 0)
            return false;
    }
    return true;
}

static enum hf_ustar_kind bad(struct hf_ustar *out, const char *why)
{
    memset(out, 0, sizeof *out);
    out->why = why;
    return HF_USTAR_BAD;
}

enum hf_ustar_kind hf_ustar_read(const uint8_t block[HF_USTAR_BLOCK], struct hf_ustar *out)
{
    uint32_t sum, mode;
    memset(out, 0, sizeof *out);
    if (is_zero(block))
        return HF_USTAR_END;
    if (memcmp(block + MAGIC, "ustar", 5) != 0 || !octal(block + SUM, SUM_BYTES, &sum) ||
        sum != sum_of(block))
        return bad(out, "it is no ustar archive, or is torn");
    struct hf_str name = {(const char *)block + NAME,
                          strnlen((const char *)block + NAME, NAME_BYTES)};
    if (name.len >= 2 && memcmp(name.data, "./", 2) == 0)
        name = (struct hf_str){name.data + 2, name.len - 2};
    if (block[TYPE] == '5' && name.len == 0)
        return HF_USTAR_FOLDER;
    if (block[TYPE] != '0' && block[TYPE] != '\0')
        return bad(out, "it holds something else than plain files (a link, or a folder)");
    if (block[PREFIX] != '\0' || !hf_handler_name_valid(name))
        return bad(out, "the name of one of its files is no handler's name");
    if (!octal(block + MODE, MODE_BYTES, &mode) || !octal(block + SIZE, SIZE_BYTES, &out->bytes) ||
        out->bytes > HF_USTAR_FILE_MAX)
        return bad(out, "a number in it is out of range");
    (void)hf_str_copy(out->name, sizeof out->name, name);
    out->executable = (mode & 0111) != 0;
    return HF_USTAR_FILE;
}
