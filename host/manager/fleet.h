#ifndef HF_MANAGER_FLEET_H
#define HF_MANAGER_FLEET_H

#include "wire/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which boards spoke lately, from their events. Pure, in memory, bounded; a hint and no truth. */

#define HF_FLEET_MAX        1024                       /* boards; further ones are not noted */
#define HF_FLEET_SILENT_MS  (3 * HF_PRESENCE_EVERY_MS) /* silent for so long: it does not count */
#define HF_FLEET_TIME_MS    20000 /* a board that asks for the time is told at most so often */
#define HF_FLEET_WORKING_MS 2000  /* a board that reported so lately is busy, whatever it said */

enum hf_fleet_state { HF_FLEET_IDLE, HF_FLEET_BUSY, HF_FLEET_AWAY };

struct hf_fleet_board {
    char name[HF_NAME_MAX + 1];
    enum hf_fleet_state state; /* as its last event said */
    int64_t heard_ms;          /* monotonic: its last event or result */
    int64_t reported_ms;       /* its last result; 0: none */
    bool wants_time;           /* as its last presence said */
    int64_t told_time_ms;      /* 0: never */
};

struct hf_fleet {
    size_t count;
    bool some_want_time;
    struct hf_fleet_board boards[HF_FLEET_MAX];
};

/* An event of the board `name` (the user_id that the broker vouches for). */
void hf_fleet_note(struct hf_fleet *fleet, struct hf_str name, const struct hf_event *event,
                   int64_t now_ms);

/* A result of the board `name` came: it is there and works. */
void hf_fleet_reported(struct hf_fleet *fleet, struct hf_str name, int64_t now_ms);

/* A board that asks for the time and was not told lately, which is told now; NULL: none. */
const char *hf_fleet_next_for_time(struct hf_fleet *fleet, int64_t now_ms);

/* Boards heard of lately, and how many of them are at work. */
size_t hf_fleet_online(const struct hf_fleet *fleet, int64_t now_ms);
size_t hf_fleet_busy(const struct hf_fleet *fleet, int64_t now_ms);

#endif
