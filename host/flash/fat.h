#ifndef HF_FLASH_FAT_H
#define HF_FLASH_FAT_H

#include "wire/fault.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Writes a FAT16 file system with some files, all at once: what boot ROMs, boot loaders and every
 * computer read. Each file lies in one piece. There are no times (all is of 1980-01-01), and
 * nothing is ever changed afterwards.
 */

#define HF_FAT_SECTOR      512
#define HF_FAT_FILES_MAX   128
#define HF_FAT_NAME_MAX    64     /* letters, of each part of a path */
#define HF_FAT_SECTORS_MIN 32768  /* 16 MiB, so that it is FAT16 by its number of clusters */
#define HF_FAT_SECTORS_MAX 262000 /* a little less than 128 MiB, for the same reason */

struct hf_fat_file {
    /* "kernel.img" or "EFI/BOOT/BOOTX64.EFI": parts of A-Z, a-z, 0-9 and _ . - + . No two are alike
     * but for their case. There are at most 7 folders, of some 60 entries. */
    const char *name;
    const void *data;
    size_t len;
};

struct hf_fat {
    uint64_t at;       /* bytes into the disk, whole sectors */
    uint32_t sectors;  /* of the partition */
    const char *label; /* at most 11 of A-Z, 0-9 and space */
    const struct hf_fat_file *files;
    size_t count;
};

/*
 * Writes it to `fd` at its place. What lies between and behind the files is not written: the disk
 * there may hold anything. HF_ERR_INVALID: a name or the size of the partition; HF_ERR_NO_SPACE:
 * the files do not fit in; HF_ERR_NO_MEMORY; HF_ERR_IO: errno in `fault`.
 */
enum hf_err hf_fat_write(int fd, const struct hf_fat *fat, struct hf_fault *fault);

#endif
