#ifndef HF_WORKER_TAIL_H
#define HF_WORKER_TAIL_H

#include "wire/result.h"

#include <stddef.h>

/* The last HF_LOG_TAIL_MAX bytes of what a handler wrote to stderr. Pure. */
struct hf_tail {
    char ring[HF_LOG_TAIL_MAX];
    size_t next; /* where the next byte goes */
    size_t fill; /* bytes kept */
};

void hf_tail_clear(struct hf_tail *tail);
void hf_tail_add(struct hf_tail *tail, const char *data, size_t len);

/*
 * The tail as UTF-8 text and a final 0. When bytes were dropped it begins at a whole character.
 * What is no text (see hf_text_clean) is replaced by '?'.
 */
void hf_tail_text(const struct hf_tail *tail, char text[HF_LOG_TAIL_MAX + 1]);

#endif
