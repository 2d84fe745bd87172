#include "cli/story.h"

#include "cli/json.h"
#include "cli/output.h"
#include "cli/paint.h"
#include "cli/show.h"
#include "ledger/attempts.h"
#include "ledger/events.h"
#include "manager/events.h"

#include <inttypes.h>
#include <string.h>

#define PROGRESS_MOST 5

struct teller {
    bool colours;
    FILE *to;
};

static void print_when(FILE *to, const char *what, int64_t at_ms)
{
    char text[HF_OUT_SHORT];
    if (at_ms == 0)
        return;
    hf_out_time(text, at_ms / 1000);
    fprintf(to, "  %-10s %s\n", what, text);
}

/* States have colours of their own; what else an attempt may come to was not the end. */
static enum hf_paint paint_of(const char *outcome)
{
    enum hf_state state;
    return hf_state_parse(hf_str(outcome), &state) ? HF_PAINT_BUSY : hf_paint_of(state);
}

static void print_report(FILE *to, const struct hf_attempt_row *row)
{
    const struct hf_result *result = &row->result;
    char took[HF_OUT_SHORT], cpu[HF_OUT_SHORT], output[HF_OUT_SHORT];
    hf_out_duration(took, result->duration_ms);
    hf_out_duration(cpu, result->cpu_ms);
    hf_out_bytes(output, row->output_bytes);
    fprintf(to, "  %-10s %s, %s of processor time, %" PRId64 " KiB at most, %s of output\n", "took",
            took, cpu, (int64_t)result->peak_kb, output);
    if (result->signal)
        fprintf(to, "  %-10s %d\n", "signal", (int)result->signal);
    else if (result->exit_code >= 0)
        fprintf(to, "  %-10s %d\n", "exit", (int)result->exit_code);
    if (result->log_tail[0]) {
        fprintf(to, "  log\n");
        hf_show_text(hf_str(result->log_tail), "    ", to);
    }
}

static enum hf_err print_attempt(void *context, const struct hf_attempt_row *row)
{
    const struct teller *teller = context;
    FILE *to = teller->to;
    fprintf(to, "\nattempt %u: %s%s%s%s%s\n", row->attempt,
            hf_paint_on(teller->colours, paint_of(row->outcome)), row->outcome,
            hf_paint_off(teller->colours), row->board[0] ? " on " : "", row->board);
    print_when(to, "queued", row->queued_ms);
    print_when(to, "started", row->started_ms);
    print_when(to, "ended", row->ended_ms);
    if (row->reason[0]) {
        fprintf(to, "  %-10s ", "reason");
        hf_show_text(hf_str(row->reason), "", to);
    }
    if (row->reported && row->result.board[0])
        print_report(to, row);
    return HF_ERR_OK;
}

static enum hf_err print_progress(void *context, const struct hf_happening *happening)
{
    char at[HF_OUT_SHORT];
    FILE *to = context;
    if (strcmp(happening->kind, HF_EVENTS_PROGRESS) != 0)
        return HF_ERR_OK;
    hf_out_time(at, happening->at_ms / 1000);
    fprintf(to, "  %s  %.*s%%  ", at, (int)strcspn(happening->text, " "), happening->text);
    const char *note = happening->text + strcspn(happening->text, " ");
    hf_show_text(hf_str(note[0] && note[1] ? note + 1 : "-"), "", to);
    return HF_ERR_OK;
}

static void print_head(const struct hf_entry *task, bool colours, FILE *to)
{
    char created[HF_OUT_SHORT], size[HF_OUT_SHORT];
    hf_out_time(created, task->created_ms / 1000);
    hf_out_bytes(size, task->payload_bytes);
    fprintf(to, "task %" PRId64 "/%" PRId64 "  %s  %s%s%s\n", task->job, task->seq, task->task.id,
            hf_paint_on(colours, hf_paint_of(task->state)), hf_state_text(task->state),
            hf_paint_off(colours));
    if (task->name[0]) {
        fprintf(to, "  %-10s ", "name");
        hf_show_text(hf_str(task->name), "", to);
    }
    fprintf(to, "  %-10s %s\n  %-10s %s %s\n  %-10s %s\n  %-10s %s\n", "handler",
            task->task.handler[0] ? task->task.handler : "the board's default", "for",
            hf_target_kind_text(task->target.kind), task->target.name, "payload", size, "handed in",
            created);
    fprintf(to, "  %-10s %u of %u\n", "attempt", task->task.attempt, task->task.max_attempts);
    if (task->duplicates)
        fprintf(to, "  %-10s %" PRId64 " report%s came after the one that counts\n", "duplicates",
                task->duplicates, task->duplicates == 1 ? "" : "s");
}

enum hf_err hf_story_print(struct hf_ledger *ledger, const struct hf_entry *task, bool colours,
                           FILE *to, struct hf_fault *fault)
{
    struct teller teller = {.colours = colours, .to = to};
    struct hf_events_filter progress = {
        .task = task->task.id, .newest_first = true, .limit = PROGRESS_MOST};
    print_head(task, colours, to);
    enum hf_err err = hf_attempts_list(ledger, task->number, print_attempt, &teller, fault);
    if (err == HF_ERR_OK && hf_state_is_open(task->state)) {
        fputs("\nprogress, the newest first\n", to);
        err = hf_events_list(ledger, &progress, print_progress, to, fault);
    }
    return err;
}

/* --- As JSON --- */

static void put(cJSON *object, const char *key, int64_t number)
{
    cJSON_AddNumberToObject(object, key, (double)number);
}

static enum hf_err add_attempt(void *context, const struct hf_attempt_row *row)
{
    cJSON *object = cJSON_CreateObject();
    const struct hf_result *result = &row->result;
    put(object, "attempt", row->attempt);
    cJSON_AddStringToObject(object, "outcome", row->outcome);
    cJSON_AddStringToObject(object, "reason", row->reason);
    cJSON_AddStringToObject(object, "board", row->board);
    put(object, "queued_ms", row->queued_ms);
    put(object, "started_ms", row->started_ms);
    put(object, "ended_ms", row->ended_ms);
    cJSON_AddBoolToObject(object, "reported", row->reported);
    if (row->reported) {
        put(object, "exit", result->exit_code);
        put(object, "signal", result->signal);
        put(object, "duration_ms", result->duration_ms);
        put(object, "peak_kb", result->peak_kb);
        put(object, "cpu_ms", result->cpu_ms);
        put(object, "output_bytes", (int64_t)row->output_bytes);
        cJSON_AddStringToObject(object, "log_tail", result->log_tail);
    }
    cJSON_AddItemToArray(context, object);
    return HF_ERR_OK;
}

static enum hf_err add_progress(void *context, const struct hf_happening *happening)
{
    if (strcmp(happening->kind, HF_EVENTS_PROGRESS) != 0)
        return HF_ERR_OK;
    cJSON *object = cJSON_CreateObject();
    put(object, "at_ms", happening->at_ms);
    cJSON_AddStringToObject(object, "board", happening->board);
    cJSON_AddStringToObject(object, "text", happening->text);
    cJSON_AddItemToArray(context, object);
    return HF_ERR_OK;
}

enum hf_err hf_story_json(struct hf_ledger *ledger, const struct hf_entry *task, cJSON **out,
                          struct hf_fault *fault)
{
    struct hf_events_filter progress = {
        .task = task->task.id, .newest_first = true, .limit = PROGRESS_MOST};
    cJSON *object = hf_json_task(task);
    cJSON_AddStringToObject(object, "board", task->board);
    put(object, "started_ms", task->started_ms);
    enum hf_err err = hf_attempts_list(ledger, task->number, add_attempt,
                                       cJSON_AddArrayToObject(object, "attempts"), fault);
    if (err == HF_ERR_OK)
        err = hf_events_list(ledger, &progress, add_progress,
                             cJSON_AddArrayToObject(object, "progress"), fault);
    if (err == HF_ERR_OK)
        *out = object;
    else
        cJSON_Delete(object);
    return err;
}
