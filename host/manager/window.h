#ifndef HF_MANAGER_WINDOW_H
#define HF_MANAGER_WINDOW_H

#include "ledger/tasks.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The messages that were published and are not settled yet, in the order of their publish
 * sequence. Pure: no session, no database. Bounded: when it is full, publish no more.
 */

#define HF_WINDOW_MAX 16384 /* slots at most */

enum hf_flight_fate {
    HF_FLIGHT_OPEN,     /* no word yet */
    HF_FLIGHT_STORED,   /* confirmed: a queue has it */
    HF_FLIGHT_NACKED,   /* the broker did not take it; try again later */
    HF_FLIGHT_RETURNED, /* confirmed, but no queue took it */
    HF_FLIGHT_TOO_LATE, /* never begun: the task's time has passed */
};

struct hf_flight {
    struct hf_attempt attempt;
    char id[HF_ID_MAX + 1];
    bool nameless; /* it travels without its id (a plain task) */
    struct hf_target target;
    enum hf_flight_fate fate;
    bool returned;
};

struct hf_window {
    struct hf_flight *slots;
    uint32_t size;  /* slots */
    uint32_t count; /* in use */
    uint64_t first; /* sequence of the oldest one */
};

/* HF_ERR_INVALID: size is 0 or over HF_WINDOW_MAX; HF_ERR_NO_MEMORY. */
enum hf_err hf_window_init(struct hf_window *window, uint32_t size);
void hf_window_free(struct hf_window *window);

bool hf_window_is_full(const struct hf_window *window);

/* Adds what was published as `sequence`: one more than the last, any number when empty. */
void hf_window_add(struct hf_window *window, uint64_t sequence, const struct hf_flight *flight);

/* The broker's word on `sequence`, with `multiple` on all up to it. Foreign numbers are ignored. */
void hf_window_settle(struct hf_window *window, uint64_t sequence, bool multiple, bool stored);

/* basic.return of the message with that id; an empty id is the oldest that is nameless. */
void hf_window_return(struct hf_window *window, struct hf_str id);

/* The oldest, and NULL when it is empty. */
const struct hf_flight *hf_window_oldest(const struct hf_window *window);

/* Takes the oldest out when its fate is known; false: nothing to take. */
bool hf_window_take(struct hf_window *window, struct hf_flight *out);

/* The connection is gone: nothing will be heard of any of them. */
void hf_window_clear(struct hf_window *window);

#endif
