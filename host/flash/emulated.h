#ifndef HF_FLASH_EMULATED_H
#define HF_FLASH_EMULATED_H

#include "flash/values.h"

/*
 * Which boards QEMU can be: a kernel for QEMU, as host/flash/kernels/flavours.py makes it, has the
 * load address, device tree and drivers of one of QEMU's machines.
 */

/* Pure. Whether the board's machine is that of its kernel. */
bool hf_emulated_can(const struct hf_board_values *values);

/* HF_ERR_INVALID: it is not; `fault` names the boards of the checkout `root` of which it is. */
enum hf_err hf_emulated_check(const char *root, const struct hf_board_values *values,
                              struct hf_fault *fault);

#endif
