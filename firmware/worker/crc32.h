#ifndef HF_WORKER_CRC32_H
#define HF_WORKER_CRC32_H

#include <stddef.h>
#include <stdint.h>

/*
 * CRC-32 as in Ethernet, gzip and PNG (polynomial 0x04C11DB7, reflected, inverted at both ends):
 * the nine bytes "123456789" give 0xCBF43926. It finds what a card or a power cut did to bytes; it
 * is no protection against somebody who means to change them.
 */

/* `crc` is 0 for the first piece, and what the piece before it gave for each further one. */
uint32_t hf_crc32(uint32_t crc, const void *data, size_t len);

#endif
