#ifndef HF_LIBC_PRINT_H
#define HF_LIBC_PRINT_H

#include <stdarg.h>
#include <stdio.h>

/*
 * printf for a board, where it stands in for the C library's (libc/stand_in.c): that one prints
 * floating point and wide characters, which is four fifths of its code and pulls in arithmetic of
 * 128 bits on AArch64.
 *
 * Knows the flags `-` and `0`, width and precision as digits or `*`, the lengths hh, h, l, ll, z,
 * j and t, and the conversions d i u x X c s p %. What it prints of these is what ISO C says.
 */

/*
 * Prints to `out` and returns how many bytes that were; -1 with errno EINVAL at a conversion that
 * it does not know (what stood before it has been printed), -1 when `out` takes no more.
 */
int hf_print(FILE *out, const char *format, va_list args);

#endif
