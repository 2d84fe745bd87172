#include "flash/method.h"

#include <stdio.h>

static enum hf_err settle(struct hf_boot *boot, const struct hf_board_values *values,
                          const char *name, struct hf_fault *fault)
{
    char text[HF_METHOD_WORDS_MAX];
    (void)values;
    (void)snprintf(text, sizeof text, "quiet panic=10 holdfast_name=%s\n", name);
    return hf_boot_add_text(boot, "cmdline.txt", text, fault);
}

const struct hf_method hf_method_emulated = {
    .name = "emulated", .partition = HF_CARD_FAT16, .settle = settle};
