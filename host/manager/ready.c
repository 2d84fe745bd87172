#include "manager/ready.h"

#include "ledger/boards.h"
#include "manager/fleet.h"
#include "manager/order.h"

#include <stdio.h>
#include <string.h>

struct look {
    const struct hf_target *target;
    const char *handler;
    int64_t now_ms;
    size_t known, online, able;
};

static bool serves(const struct hf_board *board, const struct hf_target *target)
{
    if (target->kind == HF_TARGET_BOARD)
        return strcmp(target->name, HF_TARGET_ALL) == 0 || strcmp(target->name, board->name) == 0;
    return strcmp(target->name, board->pool) == 0;
}

/* One that has not told its handlers, or not all of them, may have it. */
static bool has_handler(const struct hf_board *board, const char *handler)
{
    size_t len = strlen(handler);
    if (len == 0 || board->facts_ms == 0 || board->facts.handlers_more > 0)
        return true;
    for (const char *at = board->facts.handlers; *at; at += strspn(at, " ")) {
        size_t one = strcspn(at, " ");
        if (one == len && memcmp(at, handler, len) == 0)
            return true;
        at += one;
    }
    return false;
}

static enum hf_err look_at(void *context, const struct hf_board *board)
{
    struct look *look = context;
    if (!board->enrolled_ms || board->retired_ms || !serves(board, look->target))
        return HF_ERR_OK;
    look->known++;
    if (!board->seen_ms || look->now_ms - board->seen_ms > HF_FLEET_SILENT_MS ||
        strcmp(board->state, "leaving") == 0)
        return HF_ERR_OK;
    look->online++;
    look->able += has_handler(board, look->handler);
    return HF_ERR_OK;
}

static void tell(const struct look *look, char text[HF_READY_TEXT_MAX + 1])
{
    char whose[101];
    bool one = look->target->kind == HF_TARGET_BOARD;
    snprintf(whose, sizeof whose, "%s %.80s", hf_target_kind_text(look->target->kind),
             look->target->name);
    if (look->known == 0)
        snprintf(text, HF_READY_TEXT_MAX + 1,
                 one ? "%.100s is not enrolled here: the tasks wait"
                     : "no board is enrolled for %.100s: the tasks wait",
                 whose);
    else if (look->online == 0)
        snprintf(text, HF_READY_TEXT_MAX + 1,
                 one ? "%.100s is not online just now: the tasks wait"
                     : "no board of %.100s is online just now: the tasks wait",
                 whose);
    else if (look->able == 0)
        snprintf(text, HF_READY_TEXT_MAX + 1,
                 "no board that is online for %.80s has the handler \"%.32s\": see holdfast boards "
                 "--handler %.32s",
                 whose, look->handler, look->handler);
}

enum hf_err hf_ready_look(struct hf_ledger *ledger, const struct hf_target *target,
                          const char *handler, int64_t now_ms, char text[HF_READY_TEXT_MAX + 1],
                          struct hf_fault *fault)
{
    struct look look = {.target = target, .handler = handler, .now_ms = now_ms};
    text[0] = '\0';
    if (target->kind == HF_TARGET_QUEUE)
        return HF_ERR_OK;
    enum hf_err err = hf_boards_list(ledger, look_at, &look, fault);
    if (err == HF_ERR_OK)
        tell(&look, text);
    return err;
}
