#ifndef HF_FLASH_INITRD_H
#define HF_FLASH_INITRD_H

#include "flash/cpio.h"

/*
 * The initial file system of a card: our first program, the worker, the kernel's modules, and the
 * few files that the C library looks for; with Wi-Fi its modules and the firmware of the chips.
 * Nothing in it is of one board alone.
 */

struct hf_initrd {
    const char *modules; /* modules.cpio of host/flash/fetch */
    const char *init, *worker;
    const char *wifi;  /* the folder wifi/ of host/flash/fetch; NULL: none */
    const char *chips; /* BOARD_WIFI: whose firmware is taken of it */
};

/* Errors of hf_file_read, hf_cpio_add and hf_wifi_firmware_add. `out->data` is the caller's to free
 * in any case. */
enum hf_err hf_initrd_make(const struct hf_initrd *initrd, struct hf_cpio *out,
                           struct hf_fault *fault);

#endif
