#ifndef HF_TESTS_FUZZ_SEEDS_H
#define HF_TESTS_FUZZ_SEEDS_H

#include <stddef.h>

/* What the parts of fuzz-seeds share. A file that cannot be written ends the program. */

void seed_put(const char *target, const char *seed, const void *data, size_t len);
void seed_put_text(const char *target, const char *seed, const char *text);

void seed_sessions(void);

#endif
