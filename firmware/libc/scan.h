#ifndef HF_LIBC_SCAN_H
#define HF_LIBC_SCAN_H

/*
 * strtod for a board, where it stands in for the C library's (libc/stand_in.c): cJSON reads every
 * number with it. Whole numbers up to 2^53, which are all that the settings hold, come out exact
 * however they are written (12, 12.0, 1.2e1, 120e-1); others within a few units in the last place.
 * The C library's is exact for them too, in arithmetic of up to 128 bits and 1,000 digits.
 */

/*
 * The decimal number that `text` begins with: `[+-]?` digits with at most one point among them, and
 * an exponent if one follows. Beyond the range of double it is infinite or 0. `end` (may be NULL)
 * gets the first character after it: `text` itself when it begins with no number, the result being
 * 0 then. No blanks are skipped; "inf", "nan" and hexadecimal are no numbers.
 */
double hf_scan_double(const char *text, char **end);

#endif
