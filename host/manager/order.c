#include "manager/order.h"

#include <inttypes.h>
#include <string.h>

bool hf_order_is_later(const struct hf_order *order)
{
    return order->time.at_ms != 0 || (order->time.rule && order->time.rule[0]);
}

static bool is_shown_as_it_is(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    }
    return true;
}

static enum hf_err check_target(const struct hf_target *target, struct hf_fault *fault)
{
    const char *name = target->name;
    if (target->kind == HF_TARGET_QUEUE) {
        if (name[0] && is_shown_as_it_is(name))
            return HF_ERR_OK;
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%s\" is no queue name: 1 to %d bytes, no control characters", name,
                            HF_TARGET_MAX);
    }
    if (hf_name_valid(hf_str(name)))
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "\"%s\" is no %s name: 1 to %d of a-z 0-9 -, beginning with a letter or "
                        "digit",
                        name, hf_target_kind_text(target->kind), HF_NAME_MAX);
}

static enum hf_err check_times(const struct hf_order *order, struct hf_fault *fault)
{
    if (order->patience_s > 0 && order->timeout_ms > order->patience_s * 1000)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--timeout is %" PRId64 " s, and the broker takes a task away after "
                            "%" PRId64
                            " s (its consumer_timeout): raise that in rabbitmq.conf, and "
                            "say so with \"consumer_timeout_s\" in broker.json",
                            order->timeout_ms / 1000, order->patience_s);
    if (order->timeout_ms > 0 && order->soft_timeout_ms >= order->timeout_ms)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--soft-timeout is %" PRId64 " ms; it must be less than --timeout, "
                            "%" PRId64 " ms",
                            order->soft_timeout_ms, order->timeout_ms);
    return HF_ERR_OK;
}

enum hf_err hf_order_check(const struct hf_order *order, struct hf_fault *fault)
{
    if (order->handler[0] && !hf_handler_name_valid(hf_str(order->handler)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%s\" is no handler name: 1 to %d of A-Z a-z 0-9 . _ -, beginning "
                            "with a letter or digit",
                            order->handler, HF_NAME_MAX);
    if (order->name && (strlen(order->name) > HF_JOB_NAME_MAX || !is_shown_as_it_is(order->name)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%.40s\" is no job name: up to %d bytes, no control characters",
                            order->name, HF_JOB_NAME_MAX);
    if (order->id && !hf_id_valid(hf_str(order->id)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%.70s\" is no task id: 1 to %d of A-Z a-z 0-9 . _ : -, not "
                            "beginning with . or -",
                            order->id, HF_ID_MAX);
    enum hf_err err = check_times(order, fault);
    for (size_t i = 0; i < order->target_count && err == HF_ERR_OK; i++)
        err = check_target(&order->targets[i], fault);
    return err || order->targets ? err : check_target(&order->target, fault);
}
