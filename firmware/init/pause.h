#ifndef HF_INIT_PAUSE_H
#define HF_INIT_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How long to wait before something that has ended is begun again: a second, twice as long each
 * time, until it was good for a minute. Pure.
 */

#define HF_PAUSE_GOOD_S 60

struct hf_pause {
    unsigned max_s;    /* no pause is longer */
    unsigned before_s; /* the last one; 0: none yet */
};

static inline bool hf_pause_is_good(int64_t lasted_s)
{
    return lasted_s >= HF_PAUSE_GOOD_S;
}

/* The next pause in s, after what has ended was good for `lasted_s`; 0: it never was. */
unsigned hf_pause_next(struct hf_pause *pause, int64_t lasted_s);

#endif
