#include "manager/fleet.h"

#include <string.h>

static struct hf_fleet_board *find(struct hf_fleet *fleet, struct hf_str name)
{
    for (size_t i = 0; i < fleet->count; i++) {
        if (hf_str_equal(name, hf_str(fleet->boards[i].name)))
            return &fleet->boards[i];
    }
    if (fleet->count == HF_FLEET_MAX || !hf_name_valid(name))
        return NULL;
    struct hf_fleet_board *board = &fleet->boards[fleet->count++];
    *board = (struct hf_fleet_board){0};
    hf_str_copy(board->name, sizeof board->name, name);
    return board;
}

void hf_fleet_note(struct hf_fleet *fleet, struct hf_str name, const struct hf_event *event,
                   int64_t now_ms)
{
    struct hf_fleet_board *board = find(fleet, name);
    if (!board)
        return;
    board->heard_ms = now_ms;
    if (event->kind == HF_EVENT_PROGRESS) {
        board->state = HF_FLEET_BUSY;
        return;
    }
    if (event->kind != HF_EVENT_PRESENCE)
        return;
    board->wants_time = event->presence.time_wanted;
    fleet->some_want_time |= board->wants_time;
    if (strcmp(event->presence.state, "leaving") == 0)
        board->state = HF_FLEET_AWAY;
    else
        board->state = event->presence.task[0] ? HF_FLEET_BUSY : HF_FLEET_IDLE;
}

void hf_fleet_reported(struct hf_fleet *fleet, struct hf_str name, int64_t now_ms)
{
    struct hf_fleet_board *board = find(fleet, name);
    if (!board)
        return;
    board->heard_ms = now_ms;
    board->reported_ms = now_ms;
    if (board->state == HF_FLEET_AWAY)
        board->state = HF_FLEET_IDLE;
}

const char *hf_fleet_next_for_time(struct hf_fleet *fleet, int64_t now_ms)
{
    for (size_t i = 0; fleet->some_want_time && i < fleet->count; i++) {
        struct hf_fleet_board *board = &fleet->boards[i];
        if (!board->wants_time)
            continue;
        board->wants_time = false;
        if (board->told_time_ms && now_ms - board->told_time_ms < HF_FLEET_TIME_MS)
            continue;
        board->told_time_ms = now_ms;
        return board->name;
    }
    fleet->some_want_time = false;
    return NULL;
}

static bool is_online(const struct hf_fleet_board *board, int64_t now_ms)
{
    return board->state != HF_FLEET_AWAY && now_ms - board->heard_ms <= HF_FLEET_SILENT_MS;
}

size_t hf_fleet_online(const struct hf_fleet *fleet, int64_t now_ms)
{
    size_t count = 0;
    for (size_t i = 0; i < fleet->count; i++)
        count += is_online(&fleet->boards[i], now_ms);
    return count;
}

size_t hf_fleet_busy(const struct hf_fleet *fleet, int64_t now_ms)
{
    size_t count = 0;
    for (size_t i = 0; i < fleet->count; i++) {
        const struct hf_fleet_board *board = &fleet->boards[i];
        bool reports = board->reported_ms && now_ms - board->reported_ms < HF_FLEET_WORKING_MS;
        count += is_online(board, now_ms) && (board->state == HF_FLEET_BUSY || reports);
    }
    return count;
}
