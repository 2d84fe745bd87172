#ifndef HF_FLASH_DATA_H
#define HF_FLASH_DATA_H

#include "wire/fault.h"

#include <stdint.h>

/* The ext4 partition of a card, made by mke2fs (package e2fsprogs) without mounting anything. */

#define HF_DATA_LABEL  "holdfast" /* by which the board's first program finds it */
#define HF_DATA_MB_MIN 16
#define HF_DATA_MB_MAX 65536

struct hf_data {
    const char *image;  /* a file that is there, long enough */
    uint64_t at;        /* bytes into it */
    int64_t mb;         /* MiB */
    const char *folder; /* what it holds; on the card all of it is root's */
};

/* Complete from the start, so that the board's kernel has nothing left to initialise. Errors of
 * hf_tool_run. */
enum hf_err hf_data_write(const struct hf_data *data, struct hf_fault *fault);

#endif
