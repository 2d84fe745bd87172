#include "flash/method.h"

#include <stdio.h>
#include <string.h>

/* The boot ROM reads U-Boot from its place on the card, and U-Boot extlinux/extlinux.conf. */

static enum hf_err check(const struct hf_board_values *values, struct hf_fault *fault)
{
    if (values->loader[0] != '\0')
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "no card can be made for %s: boards/ names no U-Boot for it (BOARD_LOADER)",
                        values->title);
}

static enum hf_err settle(struct hf_boot *boot, const struct hf_board_values *values,
                          const char *name, struct hf_fault *fault)
{
    char words[HF_METHOD_WORDS_MAX], text[HF_METHOD_WORDS_MAX + HF_VALUE_MAX + 256];
    const bool chosen = values->trees[strcspn(values->trees, " *")] == '\0';
    hf_method_words(values, name, false, words);
    (void)snprintf(text, sizeof text,
                   "# Made by holdfast flash.\n"
                   "default holdfast\n"
                   "label holdfast\n"
                   "  kernel /" HF_METHOD_KERNEL "\n"
                   "  initrd /" HF_METHOD_INITRD "\n"
                   "  %s /%s\n"
                   "  append %s\n",
                   chosen ? "fdt" : "fdtdir", chosen ? values->trees : "", words);
    return hf_boot_add_text(boot, "extlinux/extlinux.conf", text, fault);
}

const struct hf_method hf_method_u_boot = {
    .name = "u-boot", .partition = HF_CARD_FAT16, .check = check, .settle = settle};
