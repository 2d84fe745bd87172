#ifndef HF_WORKER_TAIL_H
#define HF_WORKER_TAIL_H

#include "wire/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The last HF_LOG_TAIL_MAX bytes of what a handler wrote to stderr. Pure. */
struct hf_tail {
    char ring[HF_LOG_TAIL_MAX];
    size_t next;    /* where the next byte goes */
    size_t fill;    /* bytes kept */
    bool dropped;   /* bytes before them were let go */
    uint64_t total; /* bytes ever added */
};

void hf_tail_clear(struct hf_tail *tail);
void hf_tail_add(struct hf_tail *tail, const char *data, size_t len);

/*
 * What was added since `*from` bytes had been, at most `size` of it; `*skipped` were let go before
 * they could be taken. Returns how many bytes `out` got, and moves `*from` on behind them.
 */
size_t hf_tail_take(const struct hf_tail *tail, uint64_t *from, char *out, size_t size,
                    uint64_t *skipped);

/*
 * The tail as UTF-8 text and a final 0. When bytes were dropped it begins at a whole character.
 * What is no text, 0 bytes among it, is replaced by '?'; tabs and newlines stay.
 */
void hf_tail_text(const struct hf_tail *tail, char text[HF_LOG_TAIL_MAX + 1]);

#endif
