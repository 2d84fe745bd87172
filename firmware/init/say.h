#ifndef HF_INIT_SAY_H
#define HF_INIT_SAY_H

#include <stdint.h>

/* What a first program needs before there is anything else: a voice and a clock. */

/* "init: TEXT" and a newline on stderr, 255 bytes of it at most. */
void hf_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Seconds since power-on. */
int64_t hf_uptime_s(void);

/* 5 ms: between two looks at something that the kernel is about to find. */
void hf_nap(void);

#endif
