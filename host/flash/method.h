#ifndef HF_FLASH_METHOD_H
#define HF_FLASH_METHOD_H

#include "flash/boot.h"

/*
 * How a board comes from power-on to its kernel: what its boot partition is, and the text files
 * that tell whoever runs before the kernel what to start. A method a file, method_*.c. The kernel
 * is kernel.img in the partition's root, the initial file system HF_METHOD_INITRD.
 */

#define HF_METHOD_KERNEL    "kernel.img"
#define HF_METHOD_INITRD    "initrd.img"
#define HF_METHOD_WORDS_MAX 256 /* of a kernel's command line, and a 0 */

struct hf_method {
    const char *name;  /* BOARD_BOOT */
    uint8_t partition; /* type of the boot partition: HF_CARD_FAT16, HF_CARD_EFI */

    /* HF_ERR_INVALID: the board's values lack something; `fault` names it. NULL: nothing more than
     * a kernel is needed. */
    enum hf_err (*check)(const struct hf_board_values *values, struct hf_fault *fault);

    /* Adds the text files; `name` is the board's in the network. Errors of hf_boot_add_text. */
    enum hf_err (*settle)(struct hf_boot *boot, const struct hf_board_values *values,
                          const char *name, struct hf_fault *fault);
};

extern const struct hf_method hf_method_raspberry_pi, hf_method_u_boot, hf_method_uefi;

/* A card for QEMU, which is told what to start: no BOARD_BOOT. Its kernel's file is "kernel". */
extern const struct hf_method hf_method_emulated;

/* NULL: no card can be made for boards that start so. */
const struct hf_method *hf_method_find(const char *boot);

/* Whether a card can be made for the board. HF_ERR_INVALID: `fault` says what is missing. */
enum hf_err hf_method_check(const struct hf_board_values *values, struct hf_fault *fault);

/* The kernel's command line. What the board's programs say goes to its serial port, or with
 * `screen` to its screen, and what the kernel says to both. */
void hf_method_words(const struct hf_board_values *values, const char *name, bool screen,
                     char out[HF_METHOD_WORDS_MAX]);

#endif
