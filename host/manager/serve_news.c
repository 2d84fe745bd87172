#include "manager/serve_news.h"

#include "ledger/events.h"
#include "link/log.h"
#include "manager/fleet.h"

#include <cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOARDS_EVERY_MS 5000
#define LOST_MOST       (sizeof((struct hf_news *)0)->lost / sizeof((struct hf_news *)0)->lost[0])
#define VAR_MAX         160

#define EVENT_JOB_ENDED  "job-ended"
#define EVENT_BOARD_LOST "board-lost"

/* --- The hook --- */

/* Runs the hook with the fields of `object`, which it deletes, as HOLDFAST_<FIELD>. */
static enum hf_err run_hook(struct hf_news *news, cJSON *object, int64_t now_ms,
                            struct hf_fault *fault)
{
    char vars[HF_HOOK_VARS][VAR_MAX];
    struct hf_hook_facts facts = {0};
    size_t count = 0;
    const cJSON *field = NULL;
    char *json = cJSON_PrintUnformatted(object);
    cJSON_ArrayForEach(field, object)
    {
        char *var = vars[count];
        if (count == HF_HOOK_VARS)
            break;
        int head = snprintf(var, VAR_MAX, "HOLDFAST_%s=", field->string);
        for (char *c = var + 9; *c && *c != '='; c++)
            *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
        if (cJSON_IsString(field))
            snprintf(var + head, VAR_MAX - (size_t)head, "%s", field->valuestring);
        else
            snprintf(var + head, VAR_MAX - (size_t)head, "%.0f", field->valuedouble);
        facts.vars[count++] = var;
    }
    facts.json = json ? json : "{}";
    enum hf_err err = hf_hook_start(&news->hook, &facts, now_ms, fault);
    free(json);
    cJSON_Delete(object);
    return err;
}

static cJSON *facts_of(const char *event)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "event", event);
    return object;
}

/* --- Jobs --- */

static enum hf_err note(struct hf_news *news, const char *kind, const char *board, int64_t job,
                        const char *text, int64_t unix_ms, struct hf_fault *fault)
{
    struct hf_happening happening = {.at_ms = unix_ms, .job = job, .text = text};
    snprintf(happening.kind, sizeof happening.kind, "%s", kind);
    snprintf(happening.board, sizeof happening.board, "%s", board);
    return hf_events_add(news->ledger, &happening, fault);
}

static enum hf_err tell_job(struct hf_news *news, const struct hf_job *job, int64_t now_ms,
                            int64_t unix_ms, struct hf_fault *fault)
{
    struct hf_counts counts;
    char text[64];
    enum hf_err err = hf_jobs_counts(news->ledger, job->number, &counts, fault);
    if (err != HF_ERR_OK)
        return err;
    int64_t total = hf_counts_total(&counts);
    int64_t done = counts.of[HF_STATE_DONE];
    hf_log(HF_LOG_INFO, "job.ended", "job=%" PRId64 " name=\"%s\" done=%" PRId64 " of=%" PRId64,
           job->number, job->name, done, total);
    snprintf(text, sizeof text, "%" PRId64 " of %" PRId64 " done", done, total);
    err = note(news, EVENT_JOB_ENDED, "", job->number, text, unix_ms, fault);
    if (err != HF_ERR_OK || !news->hook.command)
        return err ? err : hf_jobs_told(news->ledger, job->number, unix_ms, fault);
    cJSON *object = facts_of(EVENT_JOB_ENDED);
    cJSON_AddNumberToObject(object, "job", (double)job->number);
    cJSON_AddStringToObject(object, "job_id", job->id);
    cJSON_AddStringToObject(object, "job_name", job->name);
    cJSON_AddNumberToObject(object, "tasks", (double)total);
    cJSON_AddNumberToObject(object, "done", (double)done);
    cJSON_AddNumberToObject(object, "failed", (double)(total - done));
    news->job = job->number;
    return run_hook(news, object, now_ms, fault);
}

static enum hf_err tell_next_job(struct hf_news *news, int64_t now_ms, int64_t unix_ms,
                                 struct hf_fault *fault)
{
    struct hf_job job;
    enum hf_err err = HF_ERR_OK;
    while (err == HF_ERR_OK && !hf_hook_is_busy(&news->hook)) {
        err = hf_jobs_untold(news->ledger, &job, fault);
        if (err == HF_ERR_OK)
            err = tell_job(news, &job, now_ms, unix_ms, fault);
    }
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

/* --- Boards --- */

struct missed {
    int64_t before_ms; /* not heard since */
    size_t count;
    struct hf_board boards[4]; /* at a time: the next look finds the others */
};

static enum hf_err find_missed(void *context, const struct hf_board *board)
{
    struct missed *missed = context;
    bool expected = board->seen_ms != 0 && board->retired_ms == 0 && board->lost_ms == 0 &&
                    strcmp(board->state, "leaving") != 0;
    if (expected && board->seen_ms < missed->before_ms && missed->count < 4)
        missed->boards[missed->count++] = *board;
    return HF_ERR_OK;
}

static enum hf_err miss(struct hf_news *news, const struct hf_board *board, int64_t unix_ms,
                        struct hf_fault *fault)
{
    bool moved = false;
    enum hf_err err =
        hf_boards_lost(news->ledger, board->name, board->seen_ms, unix_ms, &moved, fault);
    if (err != HF_ERR_OK || !moved)
        return err;
    hf_log(HF_LOG_WARN, "board.lost", "board=%s silent_s=%" PRId64 " task=%s", board->name,
           (unix_ms - board->seen_ms) / 1000, board->task);
    if (news->hook.command && news->lost_count < LOST_MOST)
        memcpy(news->lost[news->lost_count++], board->name, sizeof board->name);
    return note(news, EVENT_BOARD_LOST, board->name, 0, board->task, unix_ms, fault);
}

static enum hf_err look_for_boards(struct hf_news *news, int64_t now_ms, int64_t unix_ms,
                                   struct hf_fault *fault)
{
    struct missed *missed = NULL;
    if (news->listening_ms == 0 || now_ms - news->listening_ms < HF_FLEET_SILENT_MS ||
        now_ms < news->boards_at_ms)
        return HF_ERR_OK;
    news->boards_at_ms = now_ms + BOARDS_EVERY_MS;
    missed = calloc(1, sizeof *missed);
    if (!missed)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a look at the boards");
    missed->before_ms = unix_ms - HF_FLEET_SILENT_MS;
    enum hf_err err = hf_boards_list(news->ledger, find_missed, missed, fault);
    for (size_t i = 0; i < missed->count && err == HF_ERR_OK; i++)
        err = miss(news, &missed->boards[i], unix_ms, fault);
    free(missed);
    return err;
}

static enum hf_err tell_next_board(struct hf_news *news, int64_t now_ms, struct hf_fault *fault)
{
    if (news->lost_count == 0 || hf_hook_is_busy(&news->hook))
        return HF_ERR_OK;
    cJSON *object = facts_of(EVENT_BOARD_LOST);
    cJSON_AddStringToObject(object, "board", news->lost[--news->lost_count]);
    return run_hook(news, object, now_ms, fault);
}

/* --- One step --- */

static enum hf_err end_hook(struct hf_news *news, int64_t now_ms, int64_t unix_ms,
                            struct hf_fault *fault)
{
    int code = 0;
    if (!hf_hook_is_over(&news->hook, now_ms, &code))
        return HF_ERR_OK;
    if (code != 0)
        hf_log(HF_LOG_WARN, "hook.failed", "exit=%d job=%" PRId64 " command=\"%s\"", code,
               news->job, news->hook.command);
    int64_t job = news->job;
    news->job = 0;
    return job ? hf_jobs_told(news->ledger, job, unix_ms, fault) : HF_ERR_OK;
}

enum hf_err hf_news_step(struct hf_news *news, int64_t now_ms, int64_t unix_ms,
                         struct hf_fault *fault)
{
    enum hf_err err = end_hook(news, now_ms, unix_ms, fault);
    if (err == HF_ERR_OK)
        err = look_for_boards(news, now_ms, unix_ms, fault);
    if (err == HF_ERR_OK)
        err = tell_next_board(news, now_ms, fault);
    return err ? err : tell_next_job(news, now_ms, unix_ms, fault);
}

void hf_news_stop(struct hf_news *news)
{
    hf_hook_stop(&news->hook);
}
