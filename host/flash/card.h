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
 *             boot loaders that a board's ROM looks for outside of all partitions
 *     1 MiB   boot: 63 MiB
 *     64 MiB  data: as large as asked for
 */

#define HF_CARD_BOOT_AT     (UINT64_C(1) << 20)
#define HF_CARD_DATA_AT     (UINT64_C(64) << 20)
#define HF_CARD_LOADERS_MAX 4

/* All of a card with so much for data. */
#define HF_CARD_BYTES(data_mb) (HF_CARD_DATA_AT + ((uint64_t)(data_mb) << 20))

#define HF_CARD_FAT16 0x0E /* types of a boot partition */
#define HF_CARD_EFI   0xEF

/* Lies behind the partition table and before the first partition. */
struct hf_card_loader {
    uint64_t at; /* bytes into the card */
    const void *data;
    size_t len;
};

struct hf_card {
    uint8_t boot_type;
    const struct hf_fat_file *boot;
    size_t boot_count;
    const struct hf_card_loader *loaders;
    size_t loader_count;
    const char *data_folder;
    int64_t data_mb;
};

/*
 * The file appears under `path` when it is complete, and replaces what was there; mode 0600, for
 * the board's key is in it. Holes where nothing is. HF_ERR_INVALID: a loader lies in
 * another's place. Errors of hf_fat_write and hf_data_write, HF_ERR_IO, HF_ERR_DENIED,
 * HF_ERR_NO_SPACE.
 */
enum hf_err hf_card_write(const char *path, const struct hf_card *card, struct hf_fault *fault);

#endif
