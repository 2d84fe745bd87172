#ifndef HF_FLASH_DEVICE_H
#define HF_FLASH_DEVICE_H

#include "wire/fault.h"

#include <stdbool.h>
#include <stdint.h>

/* A card in a reader: a block device that an image is written to. */

struct hf_device {
    int64_t bytes;
    bool removable;
    char model[80]; /* as the kernel has it; empty: unknown */
};

/* Whether `path` is a block device. */
bool hf_device_is(const char *path);

/*
 * What it is. HF_ERR_INVALID: it is a partition, not a whole disk. HF_ERR_BUSY: something of it is
 * mounted, or a swap, or the kernel's in another way; `fault` names it. HF_ERR_NO_SPACE: it has
 * less than `need_bytes`. HF_ERR_DENIED, HF_ERR_IO, HF_ERR_NOT_FOUND.
 */
enum hf_err hf_device_look(const char *path, int64_t need_bytes, struct hf_device *out,
                           struct hf_fault *fault);

/*
 * All of the image onto it, holes as zeros, and waits until it is there. Errors of hf_device_look:
 * it may have come into use since it was looked at.
 */
enum hf_err hf_device_write(const char *path, const char *image, struct hf_fault *fault);

#endif
