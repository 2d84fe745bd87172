#ifndef HF_FLASH_TOOL_H
#define HF_FLASH_TOOL_H

#include "wire/fault.h"

#include <stddef.h>

/*
 * Runs another program and waits for it. It is looked for in PATH, then where Debian keeps what is
 * root's (/usr/sbin, /sbin). What it says on stderr goes to ours.
 */

struct hf_tool {
    const char *const *words; /* the program and its arguments, ended by NULL */
    const char *package;      /* Debian's, that has it; NULL: it is ours */
    char *output; /* gets what it prints, its beginning, ended by a 0; NULL: nobody does */
    size_t size;
};

/* HF_ERR_NOT_FOUND: it is not installed; `fault` names the package. HF_ERR_IO: it failed. */
enum hf_err hf_tool_run(const struct hf_tool *tool, struct hf_fault *fault);

#endif
