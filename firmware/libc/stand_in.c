/* The C library's functions of these names, for the worker of a board: a static program takes
 * none from the library that it has itself, and all of the library's printf functions end in
 * vfprintf. Linked into the program directly, since a member of an archive would come too late.
 * Not for the manager, which has the whole C library. */
#include "libc/print.h"
#include "libc/scan.h"

#include <stdlib.h>

int vfprintf(FILE *restrict out, const char *restrict format, va_list args)
{
    return hf_print(out, format, args);
}

double strtod(const char *restrict text, char **restrict end)
{
    return hf_scan_double(text, end);
}
