#ifndef HF_FLASH_BYTES_H
#define HF_FLASH_BYTES_H

#include <stdint.h>

/* Numbers as disks have them, the lowest byte first. Pure. */

static inline void hf_put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static inline void hf_put32(uint8_t *at, uint32_t value)
{
    hf_put16(at, value & 0xFFFF);
    hf_put16(at + 2, value >> 16);
}

#endif
