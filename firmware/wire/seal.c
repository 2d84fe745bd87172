#include "wire/seal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Whatever the forms of the fields allow fits; a text that did not would be cut on both sides. */
__attribute__((format(printf, 2, 3))) static void put(struct hf_seal *seal, const char *format, ...)
{
    const size_t room = sizeof seal->text - seal->len;
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(seal->text + seal->len, room, format, args);
    va_end(args);
    if (len > 0)
        seal->len += (size_t)len < room ? (size_t)len : room - 1;
}

static void put_text(struct hf_seal *seal, const char *name, const char *value)
{
    put(seal, "%s %s\n", name, value);
}

static void put_number(struct hf_seal *seal, const char *name, int64_t value)
{
    put(seal, "%s %" PRId64 "\n", name, value);
}

static void begin(struct hf_seal *seal, const char *what)
{
    seal->len = 0;
    seal->text[0] = '\0';
    put(seal, "holdfast %s 1\n", what);
}

static void put_body(struct hf_seal *seal, const uint8_t body[HF_SHA256_BYTES])
{
    put(seal, "body ");
    for (size_t i = 0; i < HF_SHA256_BYTES; i++)
        put(seal, "%02x", body[i]);
    put(seal, "\n");
}

void hf_seal_task(struct hf_seal *seal, const struct hf_task *task, const char *target,
                  const uint8_t body[HF_SHA256_BYTES])
{
    begin(seal, task->plain ? "plain-task" : "task");
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
    begin(seal, "control");
    put_text(seal, "for", key);
    put_body(seal, body);
}
