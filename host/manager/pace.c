#include "manager/pace.h"

#include <stddef.h>

static uint32_t oldest_of(const struct hf_pace *pace)
{
    uint32_t i = pace->count > HF_PACE_SAMPLES ? pace->count - HF_PACE_SAMPLES : 0;
    while (i + 1 < pace->count &&
           pace->now_ms - pace->samples[i % HF_PACE_SAMPLES].at_ms > HF_PACE_WINDOW_MS)
        i++;
    return i % HF_PACE_SAMPLES;
}

void hf_pace_note(struct hf_pace *pace, int64_t now_ms, int64_t ended)
{
    pace->now_ms = now_ms;
    pace->ended = ended;
    uint32_t last = (pace->count + HF_PACE_SAMPLES - 1) % HF_PACE_SAMPLES;
    if (pace->count > 0 && now_ms - pace->samples[last].at_ms < HF_PACE_EVERY_MS)
        return;
    uint32_t slot = pace->count++ % HF_PACE_SAMPLES;
    pace->samples[slot].at_ms = now_ms;
    pace->samples[slot].ended = ended;
}

double hf_pace_per_s(const struct hf_pace *pace)
{
    if (pace->count == 0)
        return 0;
    uint32_t from = oldest_of(pace);
    int64_t ms = pace->now_ms - pace->samples[from].at_ms;
    int64_t tasks = pace->ended - pace->samples[from].ended;
    return ms > 0 && tasks > 0 ? (double)tasks * 1000 / (double)ms : 0;
}

int64_t hf_pace_left_ms(const struct hf_pace *pace, int64_t open)
{
    double per_s = hf_pace_per_s(pace);
    return per_s > 0 ? (int64_t)((double)open * 1000 / per_s) : -1;
}
