#ifndef HF_WORKER_PROGRESS_H
#define HF_WORKER_PROGRESS_H

#include "wire/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Lines of "PERCENT words" from a handler's descriptor 3 -> the last of them. PERCENT is a whole
 * number from 0 to 100, a '%' may follow it; the words may be absent. Any other line is ignored, as
 * is one longer than HF_PROGRESS_LINE_MAX. A line counts when its line feed has come. Pure.
 */

#define HF_PROGRESS_LINE_MAX 255 /* bytes, without the line feed */

struct hf_progress_lines {
    char line[HF_PROGRESS_LINE_MAX + 1];
    size_t len;
    bool skipping;                    /* in a line that is too long */
    bool changed;                     /* a new one since hf_progress_lines_take */
    int32_t percent;                  /* 0 before the first line */
    char note[HF_EVENT_NOTE_MAX + 1]; /* UTF-8, cut to fit */
};

void hf_progress_lines_clear(struct hf_progress_lines *lines);
void hf_progress_lines_feed(struct hf_progress_lines *lines, const char *data, size_t len);

/* True once after each change; fills percent and note of `out` and leaves the rest of it. */
bool hf_progress_lines_take(struct hf_progress_lines *lines, struct hf_progress *out);

#endif
