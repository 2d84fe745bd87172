#include "flash/method.h"

#include <stdio.h>
#include <string.h>

const struct hf_method *hf_method_find(const char *boot)
{
    static const struct hf_method *const METHODS[] = {&hf_method_raspberry_pi, &hf_method_u_boot,
                                                      &hf_method_uefi, NULL};
    for (size_t i = 0; METHODS[i]; i++)
        if (strcmp(METHODS[i]->name, boot) == 0)
            return METHODS[i];
    return NULL;
}

enum hf_err hf_method_check(const struct hf_board_values *values, struct hf_fault *fault)
{
    const struct hf_method *method = hf_method_find(values->boot);
    if (!method)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "no card can be made for %s: how it starts is not known (BOARD_BOOT is "
                            "\"%s\")",
                            values->title, values->boot);
    if (values->kernel[0] == '\0')
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "no card can be made for %s: boards/ names no kernel for it "
                            "(BOARD_KERNEL)",
                            values->title);
    return method->check ? method->check(values, fault) : HF_ERR_OK;
}

void hf_method_words(const struct hf_board_values *values, const char *name, bool screen,
                     char out[HF_METHOD_WORDS_MAX])
{
    (void)snprintf(out, HF_METHOD_WORDS_MAX, "console=%s,115200 %squiet panic=10 holdfast_name=%s",
                   values->console, screen ? "console=tty0 " : "", name);
}
