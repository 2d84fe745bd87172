#include "link/clock.h"
#include "worker/facts.h"
#include "worker/loop_internal.h"

#include <stdio.h>
#include <string.h>

#define PROGRESS_EVERY_MS HF_PROGRESS_EVERY_MS

static bool cannot_store(const struct hf_loop *loop)
{
    for (size_t i = 0; i < loop->slot_count; i++) {
        if (loop->slots[i].store_paused)
            return true;
    }
    return false;
}

static const char *state_of(const struct hf_loop *loop, int64_t busy)
{
    const struct hf_flow *flow = &loop->slots[0].flow;
    if (flow->left)
        return "leaving";
    if (flow->draining || loop->paused)
        return "draining";
    if (loop->told_full)
        return "paused";
    return busy > 0 ? "busy" : "idle";
}

/* Of the first slot that has a task running; 0: none. */
static int64_t work_since_ms(const struct hf_loop *loop)
{
    for (size_t i = 0; i < loop->slot_count; i++) {
        if (loop->slots[i].runner.phase == HF_RUNNER_RUNNING)
            return loop->slots[i].runner.started_ms;
    }
    return 0;
}

/* When it is worth a presence that a task runs, or none does, where the last one told otherwise;
 * INT64_MAX: it did not. */
static int64_t news_at_ms(const struct hf_loop *loop)
{
    const int64_t since_ms = work_since_ms(loop);
    if (since_ms == loop->work_told_since_ms)
        return INT64_MAX;
    return (since_ms != 0 ? since_ms : loop->rests_since_ms) + HF_PRESENCE_LASTS_MS;
}

static void note_rest(struct hf_loop *loop)
{
    const bool works = work_since_ms(loop) != 0;
    if (loop->works && !works)
        loop->rests_since_ms = loop->now_ms;
    loop->works = works;
}

void hf_loop_tell_presence(struct hf_loop *loop)
{
    struct hf_event event = {.kind = HF_EVENT_PRESENCE};
    struct hf_presence *presence = &event.presence;
    loop->told_full = cannot_store(loop);
    loop->work_told_since_ms = work_since_ms(loop);
    for (size_t i = loop->slot_count; i-- > 0;) {
        if (loop->slots[i].flow.state == HF_FLOW_IDLE)
            continue;
        presence->busy++;
        memcpy(presence->task, loop->slots[i].task.id, sizeof presence->task);
    }
    (void)snprintf(presence->state, sizeof presence->state, "%s", state_of(loop, presence->busy));
    presence->slots = (int64_t)loop->slot_count;
    presence->stored = (int64_t)hf_outbox_orphans(loop->outbox);
    presence->uptime_s = (loop->now_ms - loop->started_ms) / 1000;
    presence->done = loop->shared.done;
    presence->failed = loop->shared.failed;
    presence->time_wanted = loop->time_wanted;
    presence->reconnects = loop->connections > 0 ? loop->connections - 1 : 0;
    hf_herald_fill_presence(&loop->herald, loop->state.folder, presence);
    hf_herald_send(&loop->herald, &event);
    loop->presence_at_ms = loop->now_ms + loop->config->presence_s * 1000;
}

static void add_labels(struct hf_facts *facts, const char *labels)
{
    char word[HF_NAME_MAX + 1];
    while (*labels != '\0') {
        const size_t len = strcspn(labels, " ");
        if (hf_str_copy(word, sizeof word, (struct hf_str){labels, len}) && len > 0)
            (void)hf_event_add_word(facts->labels, sizeof facts->labels, HF_LABELS_MAX, word);
        labels += len + strspn(labels + len, " ");
    }
}

void hf_loop_tell_facts(struct hf_loop *loop)
{
    struct hf_event event = {.kind = HF_EVENT_FACTS};
    struct hf_facts *facts = &event.facts;
    (void)snprintf(facts->version, sizeof facts->version, "%s", HOLDFAST_VERSION);
    (void)snprintf(facts->board, sizeof facts->board, "%s", HOLDFAST_BOARD);
    hf_facts_machine("", facts);
    hf_facts_handlers(loop->pushed.path, loop->config->handlers, loop->config->allow_handlers,
                      facts);
    add_labels(facts, loop->config->labels);
    hf_confine_words(loop->confine.in_force, facts->limits, sizeof facts->limits);
    hf_herald_send(&loop->herald, &event);
}

static void tell_progress(struct hf_loop *loop)
{
    for (size_t i = 0; i < loop->slot_count; i++) {
        struct hf_slot *slot = &loop->slots[i];
        if (slot->runner.phase != HF_RUNNER_RUNNING || !slot->runner.progress.changed)
            continue;
        struct hf_event event = {.kind = HF_EVENT_PROGRESS};
        (void)hf_progress_lines_take(&slot->runner.progress, &event.progress);
        memcpy(event.progress.task, slot->task.id, sizeof event.progress.task);
        event.progress.attempt = slot->task.attempt;
        hf_herald_send(&loop->herald, &event);
        loop->progress_at_ms = loop->now_ms + PROGRESS_EVERY_MS;
    }
}

static void tell_logs(struct hf_loop *loop)
{
    for (size_t i = 0; i < loop->slot_count; i++) {
        struct hf_slot *slot = &loop->slots[i];
        struct hf_event event = {.kind = HF_EVENT_LOG};
        uint64_t skipped = 0;
        if (slot->flow.state == HF_FLOW_IDLE || strcmp(slot->task.id, loop->logs_task) != 0)
            continue;
        const size_t len = hf_tail_take(&slot->runner.tail, &loop->logs_from, event.log.text,
                                        sizeof event.log.text - 1, &skipped);
        event.log.text[len] = '\0';
        if (len == 0)
            continue;
        memcpy(event.log.task, slot->task.id, sizeof event.log.task);
        event.log.attempt = slot->task.attempt;
        event.log.skipped_bytes = (int64_t)skipped;
        hf_herald_send(&loop->herald, &event);
    }
}

/* A presence may come so much earlier when the loop is awake anyway, and waits so much longer for
 * that: an idle board wakes up for the broker's heartbeat and shows itself in the same turn. */
static int64_t presence_early_ms(const struct hf_loop *loop)
{
    return loop->config->presence_s * 1000 / 6;
}

static int64_t presence_late_ms(const struct hf_loop *loop)
{
    return loop->config->presence_s * 1000 / 30;
}

void hf_loop_tell_what_is_due(struct hf_loop *loop)
{
    if (loop->up_since_ms == 0)
        return;
    note_rest(loop);
    if (loop->now_ms >= news_at_ms(loop) ||
        loop->now_ms >= loop->presence_at_ms - presence_early_ms(loop) ||
        loop->told_full != cannot_store(loop))
        hf_loop_tell_presence(loop);
    if (loop->now_ms >= loop->progress_at_ms)
        tell_progress(loop);
    if (loop->logs_task[0] != '\0')
        tell_logs(loop);
}

int64_t hf_loop_tell_deadline(const struct hf_loop *loop)
{
    int64_t deadline_ms = loop->presence_at_ms + presence_late_ms(loop);
    if (loop->up_since_ms == 0)
        return INT64_MAX;
    if (news_at_ms(loop) < deadline_ms)
        deadline_ms = news_at_ms(loop);
    for (size_t i = 0; i < loop->slot_count; i++) {
        const struct hf_runner *runner = &loop->slots[i].runner;
        if (runner->phase == HF_RUNNER_RUNNING && runner->progress.changed &&
            loop->progress_at_ms < deadline_ms)
            deadline_ms = loop->progress_at_ms;
    }
    return deadline_ms;
}
