#include "link/clock.h"

#include <time.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec now = {0};
    if (clock_gettime(id, &now) != 0)
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t hf_clock_mono_ms(void)
{
    return read_ms(CLOCK_BOOTTIME);
}

int64_t hf_clock_unix_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

bool hf_clock_set_unix_ms(int64_t unix_ms)
{
    const struct timespec time = {.tv_sec = (time_t)(unix_ms / 1000),
                                  .tv_nsec = (long)(unix_ms % 1000) * 1000000};
    return clock_settime(CLOCK_REALTIME, &time) == 0;
}
