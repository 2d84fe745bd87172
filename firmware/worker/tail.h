#ifndef HF_WORKER_TAIL_H
#define HF_WORKER_TAIL_H

#include "wire/result.h"

#include <stdbool.h>
#include <stddef.h>

/* The last HF_LOG_TAIL_MAX bytes of what a handler wrote to stderr. Pure. */
struct hf_tail {
    char ring[HF_LOG_TAIL_MAX];
    size_t next;  /* where the next byte goes */
    size_t fill;  /* bytes kept */
    bool dropped; /* bytes before them were let go */
};

void hf_tail_clear(struct hf_tail *tail);
void hf_tail_add(struct hf_tail *tail, const char *data, size_t len);

/*
 * The tail as UTF-8 text and a final 0. When bytes were dropped it begins at a whole character.
 * What is no text, 0 bytes among it, is replaced by '?'; tabs and newlines stay.
 */
void hf_tail_text(const struct hf_tail *tail, char text[HF_LOG_TAIL_MAX + 1]);

#endif
