/* The C library's functions of these names, for the worker of a board: a static program takes
 * none from the library that it has itself, nor do the library's other functions: all of its printf
 * functions end in vfprintf, its name look-up reads numbers with strtoul. Linked into the program
 * directly, since a member of an archive would come too late. Not for the manager, which has the
 * whole C library. */
#include "libc/print.h"
#include "libc/scan.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int vfprintf(FILE *restrict out, const char *restrict format, va_list args)
{
    return hf_print(out, format, args);
}

double strtod(const char *restrict text, char **restrict end)
{
    return hf_scan_double(text, end);
}

long strtol(const char *restrict text, char **restrict end, int base)
{
    return (long)hf_scan_signed(text, end, base, LONG_MAX);
}

long long strtoll(const char *restrict text, char **restrict end, int base)
{
    return hf_scan_signed(text, end, base, LLONG_MAX);
}

unsigned long strtoul(const char *restrict text, char **restrict end, int base)
{
    return (unsigned long)hf_scan_unsigned(text, end, base, ULONG_MAX);
}

unsigned long long strtoull(const char *restrict text, char **restrict end, int base)
{
    return hf_scan_unsigned(text, end, base, ULLONG_MAX);
}

/* The library's also asks old kernels again, for what holds a time; nothing here asks for that. */
int ioctl(int fd, int request, ...)
{
    va_list args;
    va_start(args, request);
    void *argument = va_arg(args, void *);
    va_end(args);
    return (int)syscall(SYS_ioctl, fd, request, argument);
}
