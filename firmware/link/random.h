#ifndef HF_LINK_RANDOM_H
#define HF_LINK_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills `out` from the kernel's random source (getrandom, waiting until it is seeded). */
void hf_random(void *out, size_t len);

/* A uniform number in [0, bound); 0 when bound is 0. */
uint32_t hf_random_below(uint32_t bound);

#endif
