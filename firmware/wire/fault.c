#include "wire/fault.h"

#include "wire/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum hf_err hf_fault_set(struct hf_fault *fault, enum hf_err err, long raw, const char *format, ...)
{
    if (!fault)
        return err;

    /* Built apart, so that an argument may point into the fault that it replaces. */
    char text[sizeof fault->text + 4];
    va_list args;
    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0)
        text[0] = '\0';
    va_end(args);

    struct hf_str cut = hf_utf8_head(hf_str(text), HF_FAULT_TEXT_MAX);
    memcpy(fault->text, cut.data, cut.len);
    fault->text[cut.len] = '\0';
    hf_utf8_clean(fault->text, false);
    fault->err = err;
    fault->raw = raw;
    return err;
}

void hf_fault_clear(struct hf_fault *fault)
{
    memset(fault, 0, sizeof *fault);
}
