#ifndef HF_FLASH_BOOT_H
#define HF_FLASH_BOOT_H

#include "flash/fat.h"
#include "flash/values.h"
#include "home/home.h"

#include <stdbool.h>

/*
 * What a card's boot partition holds. What is Debian's comes from a folder that host/flash/fetch
 * names, and is the same for all cards of such boards; the rest is made here.
 */

struct hf_boot {
    char folder[HF_PATH_MAX + 1]; /* that fetch named */
    struct hf_fat_file files[HF_FAT_FILES_MAX];
    char *owned[2 * HF_FAT_FILES_MAX]; /* names and data */
    size_t count, owned_count;
};

/*
 * Fetches what the board's kernel is, once, and reads it, in order of their names. `emulated`: for
 * QEMU. HF_ERR_IO: it cannot be had, which fetch has explained on stderr. Errors of hf_file_read.
 * hf_boot_free() it in any case.
 */
enum hf_err hf_boot_fetch(struct hf_boot *boot, const char *root,
                          const struct hf_board_values *values, bool emulated,
                          struct hf_fault *fault);

/* Text files: cmdline.txt, and config.txt where a Raspberry Pi's firmware reads it. */
enum hf_err hf_boot_settings(struct hf_boot *boot, const struct hf_board_values *values,
                             const char *name, bool emulated, struct hf_fault *fault);

/* `data` is borrowed. HF_ERR_TOO_LARGE: too many files. */
enum hf_err hf_boot_add(struct hf_boot *boot, const char *name, const void *data, size_t len,
                        struct hf_fault *fault);

/* The models whose device trees are on it (bcm2711-rpi-4-b.dtb: "4-b"), as "one, two"; as many as
 * fit. */
void hf_boot_models(const struct hf_boot *boot, char *out, size_t size);

/* How large the file is; 0: it is not there. */
size_t hf_boot_size(const struct hf_boot *boot, const char *name);

void hf_boot_free(struct hf_boot *boot);

#endif
