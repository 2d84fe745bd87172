#ifndef HF_MANAGER_PACE_H
#define HF_MANAGER_PACE_H

#include <stdint.h>

/* How fast a job gets on, from how much of it had ended when. Pure. */

#define HF_PACE_SAMPLES   64
#define HF_PACE_WINDOW_MS 15000 /* what is older does not count */
#define HF_PACE_EVERY_MS  250   /* a sample is kept at most so often */

struct hf_pace {
    struct {
        int64_t at_ms; /* monotonic */
        int64_t ended; /* tasks */
    } samples[HF_PACE_SAMPLES];
    uint32_t count;        /* ever kept */
    int64_t now_ms, ended; /* the latest word */
};

/* So many have ended by now. */
void hf_pace_note(struct hf_pace *pace, int64_t now_ms, int64_t ended);

/* Tasks a second lately; 0: unknown, or none. */
double hf_pace_per_s(const struct hf_pace *pace);

/* How long so many more take at that pace; -1: unknown. */
int64_t hf_pace_left_ms(const struct hf_pace *pace, int64_t open);

#endif
