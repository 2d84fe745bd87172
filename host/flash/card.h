#ifndef HF_FLASH_CARD_H
#define HF_FLASH_CARD_H

#include "flash/fat.h"
#include "wire/fault.h"

#include <stdint.h>

/*
 * A card's image: a partition table (MBR), a FAT16 partition from which the board starts, and an
 * ext4 partition for what it must not lose.
 *
 *     0       partition table
 *     1 MiB   boot: 63 MiB
 *     64 MiB  data: as large as asked for
 */

#define HF_CARD_BOOT_AT (UINT64_C(1) << 20)
#define HF_CARD_DATA_AT (UINT64_C(64) << 20)

struct hf_card {
    const struct hf_fat_file *boot;
    size_t boot_count;
    const char *data_folder;
    int64_t data_mb;
};

/*
 * The file appears under `path` when it is complete, and replaces what was there; mode 0600, for
 * the board's key is in it. Holes where nothing is. Errors of hf_fat_write and hf_data_write,
 * HF_ERR_IO, HF_ERR_DENIED, HF_ERR_NO_SPACE.
 */
enum hf_err hf_card_write(const char *path, const struct hf_card *card, struct hf_fault *fault);

#endif
