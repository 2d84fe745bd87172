#include "link/backoff.h"

uint32_t hf_backoff_next(struct hf_backoff *backoff, uint32_t random)
{
    uint64_t most = backoff->floor_ms;
    for (uint32_t i = 0; i < backoff->failures && most < backoff->ceiling_ms; i++)
        most *= 2;
    if (most > backoff->ceiling_ms)
        most = backoff->ceiling_ms;
    if (backoff->failures < UINT32_MAX)
        backoff->failures++;
    return (uint32_t)(((most + 1) * random) >> 32);
}

void hf_backoff_lost(struct hf_backoff *backoff, int64_t lasted_ms)
{
    if (lasted_ms >= backoff->stable_ms)
        backoff->failures = 0;
}
