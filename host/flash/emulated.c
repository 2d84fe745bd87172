#include "flash/emulated.h"

#include <string.h>

static const struct {
    const char *kernel, *machine;
} MACHINES[] = {
    {"armmp", "mcimx6ul-evk"},
    {"rpi", "raspi1ap"},
    {"cloud-arm64", "virt"},
};

bool hf_emulated_can(const struct hf_board_values *values)
{
    for (size_t i = 0; i < sizeof MACHINES / sizeof *MACHINES; i++)
        if (strcmp(values->kernel, MACHINES[i].kernel) == 0 &&
            strcmp(values->qemu, MACHINES[i].machine) == 0)
            return true;
    return false;
}

enum hf_err hf_emulated_check(const char *root, const struct hf_board_values *values,
                              struct hf_fault *fault)
{
    char names[512];
    if (hf_emulated_can(values))
        return HF_ERR_OK;
    hf_board_values_names(root, hf_emulated_can, names, sizeof names);
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "there is no kernel for QEMU's machine of %s; --emulated works for %s",
                        values->title, names);
}
