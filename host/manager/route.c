#include "manager/route.h"

#include <stdio.h>
#include <string.h>

static const char *const rungs[] = {
#define X(name, seconds) HF_EXCHANGE_RETRY_PREFIX name,
    HF_RETRY_RUNGS(X)
#undef X
};

#define RUNG_COUNT (sizeof rungs / sizeof rungs[0])

static const char *exchange_of(uint32_t attempt)
{
    if (attempt <= 1)
        return HF_EXCHANGE_TASKS;
    size_t rung = attempt - 2;
    return rungs[rung < RUNG_COUNT ? rung : RUNG_COUNT - 1];
}

void hf_route_task(const struct hf_target *target, uint32_t attempt, struct hf_path *out)
{
    const char *prefix = target->kind == HF_TARGET_BOARD ? HF_KEY_DEVICE_PREFIX : "";
    const char *exchange = target->kind == HF_TARGET_QUEUE ? "" : exchange_of(attempt);
    snprintf(out->exchange, sizeof out->exchange, "%s", exchange);
    snprintf(out->key, sizeof out->key, "%s%s", prefix, target->name);
}

void hf_route_missing(const struct hf_target *target, char reason[HF_REASON_MAX + 1])
{
    static const char *const texts[HF_TARGET_COUNT] = {
        [HF_TARGET_POOL] = "there is no queue for pool '%s': enroll a board into it (holdfast "
                           "enroll NAME --pool %s), or fix --pool",
        [HF_TARGET_BOARD] = "there is no board '%s': enroll it (holdfast enroll %s), or fix --to",
        [HF_TARGET_QUEUE] = "there is no queue '%.60s' in this broker's vhost: declare it, or fix "
                            "--queue",
    };
    snprintf(reason, HF_REASON_MAX + 1, texts[target->kind], target->name, target->name);
}
