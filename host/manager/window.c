#include "manager/window.h"

#include <stdlib.h>
#include <string.h>

enum hf_err hf_window_init(struct hf_window *window, uint32_t size)
{
    *window = (struct hf_window){0};
    if (size == 0 || size > HF_WINDOW_MAX)
        return HF_ERR_INVALID;
    window->slots = calloc(size, sizeof *window->slots);
    if (!window->slots)
        return HF_ERR_NO_MEMORY;
    window->size = size;
    return HF_ERR_OK;
}

void hf_window_free(struct hf_window *window)
{
    free(window->slots);
    *window = (struct hf_window){0};
}

bool hf_window_is_full(const struct hf_window *window)
{
    return window->count == window->size;
}

static struct hf_flight *at(const struct hf_window *window, uint64_t sequence)
{
    return &window->slots[sequence % window->size];
}

void hf_window_add(struct hf_window *window, uint64_t sequence, const struct hf_flight *flight)
{
    if (window->count == 0)
        window->first = sequence;
    struct hf_flight *slot = at(window, sequence);
    *slot = *flight;
    slot->fate = HF_FLIGHT_OPEN;
    slot->returned = false;
    window->count++;
}

static void settle_one(struct hf_flight *flight, bool stored)
{
    if (flight->fate != HF_FLIGHT_OPEN)
        return;
    if (!stored)
        flight->fate = HF_FLIGHT_NACKED;
    else
        flight->fate = flight->returned ? HF_FLIGHT_RETURNED : HF_FLIGHT_STORED;
}

void hf_window_settle(struct hf_window *window, uint64_t sequence, bool multiple, bool stored)
{
    uint64_t end = window->first + window->count;
    uint64_t from = multiple ? window->first : sequence;
    if (sequence < window->first || sequence >= end)
        return;
    for (uint64_t i = from; i <= sequence; i++)
        settle_one(at(window, i), stored);
}

static bool is_called(const struct hf_flight *flight, struct hf_str id)
{
    return flight->nameless ? id.len == 0 : hf_str_equal(id, hf_str(flight->id));
}

/* The oldest that fits: returns come in the order of the publishes. */
void hf_window_return(struct hf_window *window, struct hf_str id)
{
    for (uint64_t i = window->first; i < window->first + window->count; i++) {
        struct hf_flight *flight = at(window, i);
        if (flight->fate != HF_FLIGHT_OPEN || flight->returned || !is_called(flight, id))
            continue;
        flight->returned = true;
        return;
    }
}

const struct hf_flight *hf_window_oldest(const struct hf_window *window)
{
    return window->count > 0 ? at(window, window->first) : NULL;
}

bool hf_window_take(struct hf_window *window, struct hf_flight *out)
{
    if (window->count == 0 || at(window, window->first)->fate == HF_FLIGHT_OPEN)
        return false;
    *out = *at(window, window->first);
    window->first++;
    window->count--;
    return true;
}

void hf_window_clear(struct hf_window *window)
{
    window->count = 0;
}
