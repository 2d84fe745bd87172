#include "manager/events.h"

#include "ledger/boards.h"
#include "ledger/events.h"
#include "ledger/tasks.h"

#include <stdio.h>
#include <string.h>

static void begin(struct hf_events *events, const struct hf_session_event *event)
{
    events->len = 0;
    events->arriving = event->tag;
    hf_str_copy(events->sender, sizeof events->sender, event->envelope.user_id);
}

static void append(struct hf_events *events, struct hf_str bytes)
{
    if (events->len > HF_EVENT_BODY_MAX)
        return;
    if (bytes.len > HF_EVENT_BODY_MAX - events->len) {
        events->len = HF_EVENT_BODY_MAX + 1;
        return;
    }
    if (bytes.len > 0)
        memcpy(events->body + events->len, bytes.data, bytes.len);
    events->len += bytes.len;
}

static void end(struct hf_events *events, int64_t now_ms)
{
    events->tag = events->arriving;
    events->readable =
        hf_name_valid(hf_str(events->sender)) && events->len <= HF_EVENT_BODY_MAX &&
        hf_event_decode(events->body, events->len, &events->event, NULL) == HF_ERR_OK;
    if (events->readable && events->fleet)
        hf_fleet_note(events->fleet, hf_str(events->sender), &events->event, now_ms);
}

void hf_events_take(struct hf_events *events, const struct hf_session_event *event, int64_t now_ms)
{
    if (event->kind == HF_SESSION_DELIVERY)
        begin(events, event);
    else if (event->kind == HF_SESSION_BODY)
        append(events, event->bytes);
    else if (event->kind == HF_SESSION_DELIVERED)
        end(events, now_ms);
}

/* --- Into the ledger --- */

static enum hf_err add(const struct hf_events *events, struct hf_ledger *ledger, int64_t unix_ms,
                       const char *kind, const char *task, const char *text, struct hf_fault *fault)
{
    struct hf_happening happening = {.at_ms = unix_ms, .text = text};
    snprintf(happening.kind, sizeof happening.kind, "%s", kind);
    snprintf(happening.board, sizeof happening.board, "%s", events->sender);
    snprintf(happening.task, sizeof happening.task, "%s", task);
    return hf_events_add(ledger, &happening, fault);
}

/* What a presence changes: the board comes or goes. */
static enum hf_err tell_change(const struct hf_events *events, struct hf_ledger *ledger,
                               int64_t unix_ms, struct hf_fault *fault)
{
    struct hf_fault own = {0};
    struct hf_board before = {0};
    bool leaves = strcmp(events->event.presence.state, "leaving") == 0;
    enum hf_err err = hf_boards_get(ledger, events->sender, &before, &own);
    if (err != HF_ERR_OK && err != HF_ERR_NOT_FOUND)
        return hf_fault_set(fault, err, own.raw, "%s", own.text);
    bool left = strcmp(before.state, "leaving") == 0;
    bool away = before.seen_ms == 0 || before.lost_ms != 0 || left ||
                unix_ms - before.seen_ms > HF_FLEET_SILENT_MS;
    if (leaves == left && (leaves || !away))
        return HF_ERR_OK;
    return add(events, ledger, unix_ms, leaves ? HF_EVENTS_LEFT : HF_EVENTS_ONLINE, "",
               events->event.presence.version, fault);
}

static enum hf_err mark_running(const struct hf_events *events, struct hf_ledger *ledger,
                                const char *task, uint32_t attempt, int64_t unix_ms,
                                struct hf_fault *fault)
{
    bool moved = false;
    if (!task[0])
        return HF_ERR_OK;
    return hf_tasks_running(ledger, task, attempt, events->sender, unix_ms, &moved, fault);
}

static enum hf_err store_progress(const struct hf_events *events, struct hf_ledger *ledger,
                                  int64_t unix_ms, struct hf_fault *fault)
{
    const struct hf_progress *progress = &events->event.progress;
    char text[HF_EVENT_NOTE_MAX + 16];
    snprintf(text, sizeof text, "%d %s", (int)progress->percent, progress->note);
    enum hf_err err =
        mark_running(events, ledger, progress->task, progress->attempt, unix_ms, fault);
    return err ? err
               : add(events, ledger, unix_ms, HF_EVENTS_PROGRESS, progress->task, text, fault);
}

static enum hf_err store_answer(const struct hf_events *events, struct hf_ledger *ledger,
                                int64_t unix_ms, struct hf_fault *fault)
{
    const struct hf_answer *answer = &events->event.answer;
    char text[HF_FAULT_TEXT_MAX + 8];
    snprintf(text, sizeof text, "%s %s", answer->ok ? "ok" : "no", answer->text);
    return add(events, ledger, unix_ms, HF_EVENTS_ANSWER, answer->id, text, fault);
}

static enum hf_err store_kind(const struct hf_events *events, struct hf_ledger *ledger,
                              int64_t unix_ms, struct hf_fault *fault)
{
    const struct hf_event *event = &events->event;
    switch (event->kind) {
    case HF_EVENT_PRESENCE:
        return mark_running(events, ledger, event->presence.task, 0, unix_ms, fault);
    case HF_EVENT_PROGRESS: return store_progress(events, ledger, unix_ms, fault);
    case HF_EVENT_LOG:
        return add(events, ledger, unix_ms, HF_EVENTS_LOG, event->log.task, event->log.text, fault);
    case HF_EVENT_ANSWER: return store_answer(events, ledger, unix_ms, fault);
    case HF_EVENT_FACTS: break;
    }
    return HF_ERR_OK;
}

enum hf_err hf_events_store(const struct hf_events *events, struct hf_ledger *ledger,
                            int64_t unix_ms, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    if (!events->readable)
        return HF_ERR_OK;
    if (events->event.kind == HF_EVENT_PRESENCE)
        err = tell_change(events, ledger, unix_ms, fault);
    if (err == HF_ERR_OK)
        err = hf_boards_heard(ledger, events->sender, &events->event, unix_ms, fault);
    return err ? err : store_kind(events, ledger, unix_ms, fault);
}
