#ifndef HF_LIBC_SCAN_H
#define HF_LIBC_SCAN_H

#include <stdint.h>

/*
 * strtod, strtol and their kin for a board, where they stand in for the C library's
 * (libc/stand_in.c), which read through a stream. `end` (may be NULL) gets the first character
 * after the number: `text` itself when it begins with none, the result being 0 then.
 */

/*
 * The whole number that `text` begins with, after blanks: `[+-]?` digits of `base`, which is 2 to
 * 36, or 0 for what the digits say: 0x before them is 16, 0 is 8, else 10. With base 16 0x may
 * stand there too. Beyond the range of the type whose greatest value is `most`, errno is ERANGE and
 * the result the nearest of the range; of a type without a sign, `most` for negative ones too. What
 * is in range and has a `-` is, in a type without a sign, 0 minus the number, as ISO C says.
 */
int64_t hf_scan_signed(const char *text, char **end, int base, int64_t most);
uint64_t hf_scan_unsigned(const char *text, char **end, int base, uint64_t most);

/*
 * The decimal number that `text` begins with: `[+-]?` digits with at most one point among them, and
 * an exponent if one follows. Beyond the range of double it is infinite or 0. No blanks are
 * skipped; "inf", "nan" and hexadecimal are no numbers. cJSON reads every number with it.
 *
 * Whole numbers up to 2^53, which are all that the settings hold, come out exact however they are
 * written (12, 12.0, 1.2e1, 120e-1); others within a few units in the last place. The C library's
 * is exact for them too, in arithmetic of up to 128 bits and 1,000 digits.
 */
double hf_scan_double(const char *text, char **end);

#endif
