#include "flash/cpio.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ALIGN    4
#define HEAD_LEN 110

static enum hf_err append(struct hf_cpio *cpio, const void *data, size_t len,
                          struct hf_fault *fault)
{
    const size_t padded = (len + ALIGN - 1) / ALIGN * ALIGN;
    if (padded > cpio->size - cpio->len) {
        const size_t size = 2 * (cpio->len + padded) + 4096;
        char *grown = realloc(cpio->data, size);
        if (!grown)
            return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for %zu bytes of an archive",
                                size);
        cpio->data = grown;
        cpio->size = size;
    }
    if (len > 0)
        memcpy(cpio->data + cpio->len, data, len);
    memset(cpio->data + cpio->len + len, 0, padded - len);
    cpio->len += padded;
    return HF_ERR_OK;
}

enum hf_err hf_cpio_join(struct hf_cpio *cpio, const void *data, size_t len, struct hf_fault *fault)
{
    return append(cpio, data, len, fault);
}

enum hf_err hf_cpio_add(struct hf_cpio *cpio, const char *path, mode_t mode, const void *data,
                        size_t len, struct hf_fault *fault)
{
    char head[HEAD_LEN + 256];
    if (len > UINT32_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "%s is too large for an archive", path);
    const int links = S_ISDIR(mode) ? 2 : 1;
    const int head_len =
        snprintf(head, sizeof head, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s",
                 ++cpio->entries, (unsigned)mode, 0U, 0U, (unsigned)links, 0U, (unsigned)len, 0U,
                 0U, 0U, 0U, (unsigned)strlen(path) + 1, 0U, path);
    if (head_len < 0 || (size_t)head_len >= sizeof head)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "the path %s is too long", path);
    enum hf_err err = append(cpio, head, (size_t)head_len + 1, fault);
    return err ? err : append(cpio, data, len, fault);
}

enum hf_err hf_cpio_end(struct hf_cpio *cpio, struct hf_fault *fault)
{
    return hf_cpio_add(cpio, "TRAILER!!!", 0, NULL, 0, fault);
}
