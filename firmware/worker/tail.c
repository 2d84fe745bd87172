#include "worker/tail.h"

#include "wire/utf8.h"

#include <string.h>

void hf_tail_clear(struct hf_tail *tail)
{
    memset(tail, 0, sizeof *tail);
}

void hf_tail_add(struct hf_tail *tail, const char *data, size_t len)
{
    tail->total += len;
    if (len >= sizeof tail->ring) {
        tail->dropped = tail->dropped || tail->fill > 0 || len > sizeof tail->ring;
        memcpy(tail->ring, data + len - sizeof tail->ring, sizeof tail->ring);
        tail->next = 0;
        tail->fill = sizeof tail->ring;
        return;
    }
    size_t to_end = sizeof tail->ring - tail->next;
    size_t first = len < to_end ? len : to_end;
    memcpy(tail->ring + tail->next, data, first);
    memcpy(tail->ring, data + first, len - first);
    tail->next = (tail->next + len) % sizeof tail->ring;
    tail->dropped = tail->dropped || len > sizeof tail->ring - tail->fill;
    tail->fill = tail->dropped ? sizeof tail->ring : tail->fill + len;
}

size_t hf_tail_take(const struct hf_tail *tail, uint64_t *from, char *out, size_t size,
                    uint64_t *skipped)
{
    const uint64_t oldest = tail->total - tail->fill;
    if (*from > tail->total)
        *from = 0; /* it was cleared since: another run */
    *skipped = oldest > *from ? oldest - *from : 0;
    const uint64_t begin = *from + *skipped;
    const uint64_t left = tail->total - begin;
    const size_t len = left < size ? (size_t)left : size;
    for (size_t i = 0; i < len; i++) {
        const size_t back = (size_t)(tail->total - begin) - i;
        out[i] = tail->ring[(tail->next + sizeof tail->ring - back) % sizeof tail->ring];
    }
    *from = begin + len;
    return len;
}

static void unroll(const struct hf_tail *tail, char *text)
{
    size_t start = (tail->next + sizeof tail->ring - tail->fill) % sizeof tail->ring;
    size_t to_end = sizeof tail->ring - start;
    size_t first = tail->fill < to_end ? tail->fill : to_end;
    memcpy(text, tail->ring + start, first);
    memcpy(text + first, tail->ring, tail->fill - first);
}

void hf_tail_text(const struct hf_tail *tail, char text[HF_LOG_TAIL_MAX + 1])
{
    unroll(tail, text);
    struct hf_str kept = {text, tail->fill};
    if (tail->dropped && tail->fill > 0) {
        /* Ask for one byte less than there is: that looks for the start of a character. */
        struct hf_str inner = hf_utf8_tail(kept, kept.len - 1);
        if (hf_utf8_char(kept) == 0)
            kept = inner;
    }
    memmove(text, kept.data, kept.len);
    for (size_t i = 0; i < kept.len; i++) {
        if (text[i] == '\0')
            text[i] = '?';
    }
    text[kept.len] = '\0';
    hf_utf8_clean(text, true);
}
