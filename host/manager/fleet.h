#ifndef HF_MANAGER_FLEET_H
#define HF_MANAGER_FLEET_H

#include "wire/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which boards spoke lately, from their events. Pure, in memory, bounded; a hint and no truth. */

#define HF_FLEET_MAX       1024  /* boards; further ones are not noted */
#define HF_FLEET_SILENT_MS 90000 /* after that long without a word a board does not count */

struct hf_fleet_board {
    char name[HF_NAME_MAX + 1];
    bool busy;
    int64_t heard_ms; /* monotonic */
};

struct hf_fleet {
    size_t count;
    struct hf_fleet_board boards[HF_FLEET_MAX];
};

/* An event of `board` (the user_id that the broker vouches for). */
void hf_fleet_note(struct hf_fleet *fleet, struct hf_str board, const struct hf_event *event,
                   int64_t now_ms);

/* A result of `board` came: it is there, and has one task less in hand. */
void hf_fleet_reported(struct hf_fleet *fleet, struct hf_str board, int64_t now_ms);

/* Boards heard of lately, and how many of them have a task in hand. */
size_t hf_fleet_online(const struct hf_fleet *fleet, int64_t now_ms);
size_t hf_fleet_busy(const struct hf_fleet *fleet, int64_t now_ms);

#endif
