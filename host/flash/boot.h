#ifndef HF_FLASH_BOOT_H
#define HF_FLASH_BOOT_H

#include "flash/card.h"
#include "flash/values.h"
#include "home/home.h"

#include <stdbool.h>

/*
 * What a card starts from: the files of its boot partition, and loaders before it. What is Debian's
 * comes from a folder that host/flash/fetch names, and is the same for all cards of such boards;
 * the rest is added to it.
 */

struct hf_boot {
    char folder[HF_PATH_MAX + 1]; /* that fetch named */
    struct hf_fat_file files[HF_FAT_FILES_MAX];
    struct hf_card_loader loaders[HF_CARD_LOADERS_MAX];      /* in order of their places */
    char *owned[2 * HF_FAT_FILES_MAX + HF_CARD_LOADERS_MAX]; /* names and data */
    size_t count, loader_count, owned_count;
};

/*
 * Fetches what the board starts from, once, and reads it, in order of its names. `emulated`: for
 * QEMU. HF_ERR_IO: it cannot be had, which fetch has explained on stderr. Errors of hf_file_read.
 * hf_boot_free() it in any case.
 */
enum hf_err hf_boot_fetch(struct hf_boot *boot, const char *root,
                          const struct hf_board_values *values, bool emulated,
                          struct hf_fault *fault);

/* `name` and `data` are borrowed. HF_ERR_TOO_LARGE: too many files. */
enum hf_err hf_boot_add(struct hf_boot *boot, const char *name, const void *data, size_t len,
                        struct hf_fault *fault);

/* A file of that text, which is copied; `name` is borrowed. HF_ERR_NO_MEMORY, HF_ERR_TOO_LARGE. */
enum hf_err hf_boot_add_text(struct hf_boot *boot, const char *name, const char *text,
                             struct hf_fault *fault);

/*
 * The models whose device trees are on it, as "one, two"; as many as fit. "4-b" is what
 * bcm2711-rpi-4-b.dtb stands for, and any other tree for its own name.
 */
void hf_boot_models(const struct hf_boot *boot, char *out, size_t size);

/* How large the file is; 0: it is not there. */
size_t hf_boot_size(const struct hf_boot *boot, const char *name);

void hf_boot_free(struct hf_boot *boot);

#endif
