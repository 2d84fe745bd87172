#include "link/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void hf_random(void *out, size_t len)
{
    uint8_t *to = out;
    while (len > 0) {
        ssize_t got = getrandom(to, len, 0);
        if (got < 0 && errno != EINTR)
            abort(); /* every kernel since 3.17 has it; ids and jitter from elsewhere would lie */
        if (got > 0) {
            to += got;
            len -= (size_t)got;
        }
    }
}

uint32_t hf_random_below(uint32_t bound)
{
    if (bound == 0)
        return 0;
    const uint32_t limit = UINT32_MAX - UINT32_MAX % bound;
    uint32_t value;
    do {
        hf_random(&value, sizeof value);
    } while (value >= limit);
    return value % bound;
}
