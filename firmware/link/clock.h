#ifndef HF_LINK_CLOCK_H
#define HF_LINK_CLOCK_H

#include <stdint.h>

/* Milliseconds since some fixed moment; never jumps, stands still in no sleep (CLOCK_BOOTTIME). For
 * every duration and deadline. */
int64_t hf_clock_mono_ms(void);

/* Milliseconds since 1970 as the system believes; may be wrong by decades on a board. */
int64_t hf_clock_unix_ms(void);

#endif
