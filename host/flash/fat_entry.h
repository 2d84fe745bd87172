#ifndef HF_FLASH_FAT_ENTRY_H
#define HF_FLASH_FAT_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A folder of a FAT file system in memory, and its entries: names short and long. Pure. */

#define HF_FAT_ENTRY_BYTES 32

#define HF_FAT_VOLUME 0x08 /* attributes of an entry */
#define HF_FAT_FOLDER 0x10
#define HF_FAT_FILE   0x20

struct hf_fat_folder {
    uint8_t *bytes; /* zeros behind the last entry */
    size_t entries, most;
};

struct hf_fat_entry {
    const char *name; /* of HF_FAT_VOLUME: the label */
    uint8_t attributes;
    uint32_t cluster; /* the first; 0: none */
    uint32_t len;
};

/* Behind those that are there. False: there is no room. */
bool hf_fat_entry_add(struct hf_fat_folder *folder, const struct hf_fat_entry *entry);

/* The two entries that begin a folder other than the root. */
void hf_fat_entry_begin(struct hf_fat_folder *folder, uint32_t own, uint32_t parent);

/* A label as it lies in the root and in the boot sector. */
void hf_fat_entry_label(uint8_t *at, const char *label);

#endif
