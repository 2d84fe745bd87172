#ifndef HF_WIRE_HEX_H
#define HF_WIRE_HEX_H

#include <stddef.h>

/* `len` bytes -> 2 * len lower-case hex digits and a final 0. */
void hf_hex(char *out, const unsigned char *bytes, size_t len);

/* 0 to 15 for a hex digit of either case, else -1. */
int hf_hex_digit(char c);

#endif
