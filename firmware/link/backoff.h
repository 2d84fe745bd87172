#ifndef HF_LINK_BACKOFF_H
#define HF_LINK_BACKOFF_H

#include <stdint.h>

/*
 * How long to wait before the next try at a connection: full jitter, so that a fleet that lost its
 * broker does not come back all at once. The n-th wait is uniform in [0, min(ceiling, floor *
 * 2^n)]. Pure: randomness and time come in as arguments.
 */
struct hf_backoff {
    uint32_t floor_ms;   /* the first wait is at most this; at least 1 */
    uint32_t ceiling_ms; /* no wait is longer; at least floor_ms */
    uint32_t stable_ms;  /* a connection that lasted this long starts the count anew */
    uint32_t failures;   /* in a row */
};

/* The next wait in ms, and one failure more. `random` is any uniform 32-bit number. */
uint32_t hf_backoff_next(struct hf_backoff *backoff, uint32_t random);

/* A connection ended that had been up for `lasted_ms`. */
void hf_backoff_lost(struct hf_backoff *backoff, int64_t lasted_ms);

#endif
