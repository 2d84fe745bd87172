#include "flash/method.h"

#include <stdio.h>
#include <string.h>

/* The boot ROM reads bootcode.bin, and that the firmware, from the first FAT partition; config.txt
 * tells the firmware the rest. It chooses the device tree. */

static enum hf_err settle(struct hf_boot *boot, const struct hf_board_values *values,
                          const char *name, struct hf_fault *fault)
{
    char words[HF_METHOD_WORDS_MAX], text[HF_METHOD_WORDS_MAX + 1];
    hf_method_words(values, name, true, words);
    (void)snprintf(text, sizeof text, "%s\n", words);
    const enum hf_err err = hf_boot_add_text(boot, "cmdline.txt", text, fault);
    if (err)
        return err;
    (void)snprintf(text, sizeof text,
                   "# Made by holdfast flash.\n"
                   "kernel=" HF_METHOD_KERNEL "\n"
                   "initramfs " HF_METHOD_INITRD " followkernel\n"
                   "upstream_kernel=1\n"
                   "enable_uart=1\n"
                   "arm_64bit=%d\n",
                   strcmp(values->machine, "aarch64") == 0);
    return hf_boot_add_text(boot, "config.txt", text, fault);
}

const struct hf_method hf_method_raspberry_pi = {
    .name = "raspberry-pi", .partition = HF_CARD_FAT16, .settle = settle};
