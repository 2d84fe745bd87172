#include "cli/ordering.h"

#include "broker/patience.h"
#include "cli/when.h"
#include "wire/topology.h"

#include <stdio.h>
#include <string.h>

#define MANAGERS_PREFIX "hf-" /* worker/upkeep.h */

static enum hf_err set_target(const struct hf_ordering *given, struct hf_target *target,
                              struct hf_fault *fault)
{
    const char *name = HF_POOL_DEFAULT;
    int count = (given->pool != NULL) + (given->to != NULL) + (given->queue != NULL);
    if (count > 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--pool, --to and --queue each say who is to do it: give one of them");
    target->kind = given->to ? HF_TARGET_BOARD : given->queue ? HF_TARGET_QUEUE : HF_TARGET_POOL;
    if (count == 1)
        name = given->to ? given->to : given->queue ? given->queue : given->pool;
    if (!hf_str_copy(target->name, sizeof target->name, hf_str(name)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "the name \"%.60s...\" is too long", name);
    return HF_ERR_OK;
}

static enum hf_err set_not_after(const struct hf_ordering *given, int64_t now_ms, int64_t *out,
                                 struct hf_fault *fault)
{
    if (!given->not_after)
        return HF_ERR_OK;
    enum hf_err err = hf_when_parse("not-after", given->not_after, now_ms, out, fault);
    if (err == HF_ERR_OK && *out <= now_ms)
        err = hf_fault_set(fault, HF_ERR_INVALID, 0, "--not-after %.60s has passed already",
                           given->not_after);
    return err;
}

int64_t hf_ordering_patience_s(const struct hf_home *home, const struct hf_order *order)
{
    static const char *const prefixes[] = {[HF_TARGET_POOL] = HF_QUEUE_TASKS_PREFIX,
                                           [HF_TARGET_BOARD] = HF_QUEUE_DEVICE_PREFIX,
                                           [HF_TARGET_QUEUE] = ""};
    const struct hf_target *target = &order->target;
    struct hf_broker_settings settings;
    char queue[sizeof HF_QUEUE_DEVICE_PREFIX + sizeof target->name];
    if (order->timeout_ms == 0)
        return 0;
    snprintf(queue, sizeof queue, "%s%s", prefixes[target->kind], target->name);
    return hf_broker_settings_load(home, &settings, NULL) ? 0 : hf_patience_s(&settings, queue);
}

static enum hf_err check_handler(const char *name, struct hf_fault *fault)
{
    if (strncmp(name, MANAGERS_PREFIX, strlen(MANAGERS_PREFIX)) != 0)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "\"%.60s\": handlers whose names begin with " MANAGERS_PREFIX
                        " are the manager's own; \"holdfast update\", \"handler push\" and "
                        "\"rotate\" hand them out",
                        name);
}

enum hf_err hf_ordering_read(const struct hf_ordering *given, const char *handler, int64_t now_ms,
                             struct hf_order *order, struct hf_fault *fault)
{
    order->handler = handler;
    order->name = given->name;
    order->timeout_ms = given->timeout_ms;
    order->soft_timeout_ms = given->soft_timeout_ms;
    order->max_attempts = (uint32_t)given->attempts;
    order->priority = (uint8_t)given->priority;
    order->plain = given->plain;
    enum hf_err err = check_handler(handler, fault);
    if (err == HF_ERR_OK)
        err = set_target(given, &order->target, fault);
    for (size_t i = 0; i < given->limits.count && err == HF_ERR_OK; i++)
        err = hf_limits_read(hf_str(given->limits.items[i]), &order->limits, fault);
    return err ? err : set_not_after(given, now_ms, &order->not_after_ms, fault);
}
