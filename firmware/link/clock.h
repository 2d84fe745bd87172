#ifndef HF_LINK_CLOCK_H
#define HF_LINK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since some fixed moment; never jumps, stands still in no sleep (CLOCK_BOOTTIME). For
 * every duration and deadline. */
int64_t hf_clock_mono_ms(void);

/* Milliseconds since 1970 as the system believes; may be wrong by decades on a board. */
int64_t hf_clock_unix_ms(void);

/* Sets what hf_clock_unix_ms() reads, for the whole system; a root's right. False: errno. */
bool hf_clock_set_unix_ms(int64_t unix_ms);

#endif
