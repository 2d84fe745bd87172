#include "wire/seal.h"

#include <inttypes.h>
#include <stdio.h>

/* By hand: a manager writes 20,000 of these a second, and a printf for each line was half of it.
 * Whatever the forms of the fields allow fits; a text that did not would be cut on both sides. */
static void put(struct hf_seal *seal, const char *text)
{
    while (*text != '\0' && seal->len < HF_SEAL_TEXT_MAX)
        seal->text[seal->len++] = *text++;
    seal->text[seal->len] = '\0';
}

static void put_text(struct hf_seal *seal, const char *name, const char *value)
{
    put(seal, name);
    put(seal, " ");
    put(seal, value);
    put(seal, "\n");
}

static void put_number(struct hf_seal *seal, const char *name, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    put_text(seal, name, digits);
}

static void begin(struct hf_seal *seal, const char *what)
{
    seal->len = 0;
    put_text(seal, "holdfast", what);
}

static void put_hash(struct hf_seal *seal, const char *name, const uint8_t hash[HF_SHA256_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * HF_SHA256_BYTES + 1] = "";
    for (size_t i = 0; i < HF_SHA256_BYTES; i++) {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 15];
    }
    put_text(seal, name, text);
}

static void put_body(struct hf_seal *seal, const uint8_t body[HF_SHA256_BYTES])
{
    put_hash(seal, "body", body);
}

void hf_seal_task(struct hf_seal *seal, const struct hf_task *task, const char *target,
                  const uint8_t body[HF_SHA256_BYTES])
{
    begin(seal, task->plain ? "plain-task 1" : "task 1");
    put_text(seal, "id", task->id);
    put_text(seal, "job", task->job);
    put_text(seal, "handler", task->handler);
    put_text(seal, "target", target);
    put_number(seal, "attempt", task->attempt);
    put_number(seal, "max-attempts", task->max_attempts);
    put_number(seal, "timeout-ms", task->timeout_ms);
    put_number(seal, "soft-timeout-ms", task->soft_timeout_ms);
    put_number(seal, "not-after", task->not_after_ms);
    for (size_t i = 0; i < HF_LIMIT_COUNT; i++) {
        const int64_t value = hf_limit_get(&hf_limit_list[i], &task->limits);
        if (value != 0) /* so that a later kind of limit changes no text that lacks it */
            put_number(seal, hf_limit_list[i].header, value);
    }
    put_body(seal, body);
}

void hf_seal_control(struct hf_seal *seal, const char *key, const uint8_t body[HF_SHA256_BYTES])
{
    begin(seal, "control 1");
    put_text(seal, "for", key);
    put_body(seal, body);
}

void hf_seal_result(struct hf_seal *seal, const struct hf_result *result,
                    const uint8_t words[HF_SHA256_BYTES], const uint8_t body[HF_SHA256_BYTES])
{
    begin(seal, "result 1");
    put_text(seal, "id", result->id[0] != '\0' ? result->id : HF_ID_UNREADABLE);
    put_text(seal, "job", result->job);
    put_text(seal, "board", result->board);
    put_text(seal, "status", hf_status_text(result->status));
    put_number(seal, "attempt", result->attempt);
    put_number(seal, "exit", result->exit_code);
    put_number(seal, "signal", result->signal);
    put_number(seal, "started-ms", result->started_ms);
    put_number(seal, "duration-ms", result->duration_ms);
    put_number(seal, "peak-kb", result->peak_kb);
    put_number(seal, "cpu-ms", result->cpu_ms);
    put_hash(seal, "words", words);
    put_body(seal, body);
}
