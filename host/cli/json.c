#include "cli/json.h"

#include "cli/output.h"
#include "wire/utf8.h"

#include <mbedtls/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_number(cJSON *object, const char *key, int64_t number)
{
    cJSON_AddNumberToObject(object, key, (double)number);
}

static void put_text(cJSON *object, const char *key, const char *text)
{
    cJSON_AddStringToObject(object, key, hf_utf8_valid(hf_str(text)) ? text : "?");
}

static void put_target(cJSON *object, const struct hf_target *target)
{
    put_text(object, hf_target_kind_text(target->kind), target->name);
}

cJSON *hf_json_job(const struct hf_job *job, const struct hf_counts *counts)
{
    cJSON *object = cJSON_CreateObject();
    put_text(object, "job", job->id);
    put_number(object, "job_number", job->number);
    put_text(object, "job_name", job->name);
    put_text(object, "handler", job->handler);
    put_target(object, &job->target);
    put_number(object, "created_ms", job->created_ms);
    put_number(object, "tasks", hf_counts_total(counts));
    for (int i = 0; i < HF_STATE_COUNT; i++)
        put_number(object, hf_state_text((enum hf_state)i), counts->of[i]);
    return object;
}

cJSON *hf_json_task(const struct hf_entry *entry)
{
    char limits[HF_LIMITS_TEXT_MAX + 1];
    cJSON *object = cJSON_CreateObject();
    put_text(object, "task", entry->task.id);
    put_text(object, "job", entry->task.job);
    put_number(object, "job_number", entry->job);
    put_number(object, "seq", entry->seq);
    put_text(object, "name", entry->name);
    put_text(object, "handler", entry->task.handler);
    put_target(object, &entry->target);
    put_text(object, "state", hf_state_text(entry->state));
    put_text(object, "reason", entry->reason);
    put_number(object, "attempt", entry->task.attempt);
    put_number(object, "max_attempts", entry->task.max_attempts);
    put_number(object, "timeout_ms", entry->task.timeout_ms);
    put_number(object, "soft_timeout_ms", entry->task.soft_timeout_ms);
    hf_limits_text(&entry->task.limits, limits);
    put_text(object, "limits", limits);
    put_number(object, "payload_bytes", (int64_t)entry->payload_bytes);
    put_number(object, "created_ms", entry->created_ms);
    put_number(object, "queued_ms", entry->queued_ms);
    put_number(object, "ended_ms", entry->ended_ms);
    put_number(object, "duplicates", entry->duplicates);
    return object;
}

static void put_base64(cJSON *object, const char *key, const struct hf_body *body)
{
    size_t size = 0;
    (void)mbedtls_base64_encode(NULL, 0, &size, body->bytes, (size_t)body->size);
    unsigned char *text = malloc(size + 1);
    if (!text || mbedtls_base64_encode(text, size, &size, body->bytes, (size_t)body->size) != 0)
        cJSON_AddNullToObject(object, key);
    else
        cJSON_AddStringToObject(object, key, (char *)text);
    free(text);
}

static void put_inline(cJSON *object, const struct hf_body *body)
{
    struct hf_str text = {body->bytes, (size_t)body->size};
    if (!hf_utf8_valid(text) || memchr(text.data, '\0', text.len)) {
        put_base64(object, "output_base64", body);
        return;
    }
    char *copy = strndup(text.data, text.len);
    cJSON_AddStringToObject(object, "output", copy ? copy : "");
    free(copy);
}

static void put_body(cJSON *object, const struct hf_body *body, const char *folder)
{
    char path[1024];
    put_number(object, "output_bytes", (int64_t)body->size);
    if (body->hash[0]) {
        snprintf(path, sizeof path, "%s/%s", folder, body->hash);
        put_text(object, "output_file", path);
    } else if (body->bytes) {
        put_inline(object, body);
    } else {
        cJSON_AddStringToObject(object, "output", "");
    }
}

cJSON *hf_json_result(const struct hf_ending *ending, const char *folder)
{
    const struct hf_result *result = &ending->result;
    cJSON *object = hf_json_task(&ending->entry);
    put_text(object, "board", result->board);
    put_number(object, "exit", result->exit_code);
    put_number(object, "signal", result->signal);
    put_number(object, "started_ms", result->started_ms);
    put_number(object, "duration_ms", result->duration_ms);
    put_number(object, "peak_kb", result->peak_kb);
    put_number(object, "cpu_ms", result->cpu_ms);
    put_text(object, "log_tail", result->log_tail);
    put_body(object, &ending->body, folder);
    return object;
}

cJSON *hf_json_stray(const struct hf_stray *stray, const char *folder)
{
    cJSON *object = cJSON_CreateObject();
    put_number(object, "stray", stray->number);
    put_number(object, "received_ms", stray->received_ms);
    put_text(object, "queue", stray->queue);
    put_text(object, "from", stray->sender);
    put_text(object, "task", stray->task);
    put_text(object, "reason", stray->reason);
    put_body(object, &stray->body, folder);
    return object;
}

int hf_json_line(cJSON *object)
{
    char *text = object ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    if (!text) {
        fprintf(stderr, "holdfast: %s\n", hf_err_text(HF_ERR_NO_MEMORY));
        return HF_EXIT_FAILED;
    }
    hf_out_document(text, stdout);
    cJSON_free(text);
    return HF_EXIT_OK;
}
