#include "flash/method.h"

#include <stdio.h>

/* The firmware starts systemd-boot, EFI/BOOT/BOOTX64.EFI, and that what its one entry names. */

static enum hf_err settle(struct hf_boot *boot, const struct hf_board_values *values,
                          const char *name, struct hf_fault *fault)
{
    char words[HF_METHOD_WORDS_MAX], text[HF_METHOD_WORDS_MAX + 256];
    hf_method_words(values, name, true, words);
    (void)snprintf(text, sizeof text,
                   "# Made by holdfast flash.\n"
                   "title Holdfast\n"
                   "linux /" HF_METHOD_KERNEL "\n"
                   "initrd /" HF_METHOD_INITRD "\n"
                   "options %s\n",
                   words);
    const enum hf_err err = hf_boot_add_text(boot, "loader/entries/holdfast.conf", text, fault);
    return err ? err
               : hf_boot_add_text(boot, "loader/loader.conf",
                                  "timeout 0\ndefault holdfast.conf\neditor no\n", fault);
}

const struct hf_method hf_method_uefi = {
    .name = "uefi", .partition = HF_CARD_EFI, .settle = settle};
