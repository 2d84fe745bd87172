#include "worker/orders.h"

#include "link/digest.h"

#include <string.h>

void hf_orders_init(struct hf_orders *orders, const char *sender)
{
    memset(orders, 0, sizeof *orders);
    orders->sender = sender;
}

static void take_to(struct hf_orders *orders, const struct hf_header *to)
{
    if (to == NULL || to->kind != HF_HEADER_TEXT ||
        !hf_str_copy(orders->to, sizeof orders->to, to->text))
        orders->to[0] = '\0';
}

static void begin(struct hf_orders *orders, const struct hf_session_event *event)
{
    orders->tag = event->tag;
    orders->from_sender = hf_str_equal(event->envelope.user_id, hf_str(orders->sender));
    hf_envelope_signature(&event->envelope, orders->signature);
    take_to(orders, hf_envelope_find(&event->envelope, HF_HEADER_TO));
    orders->too_large = event->body_size > sizeof orders->body;
    orders->len = 0;
}

static void append(struct hf_orders *orders, struct hf_str bytes)
{
    if (orders->too_large || bytes.len > sizeof orders->body - orders->len)
        return;
    memcpy(orders->body + orders->len, bytes.data, bytes.len);
    orders->len += bytes.len;
}

static bool is_for_us(const struct hf_orders *orders)
{
    char device[HF_ROUTE_MAX + 1], pool[HF_ROUTE_MAX + 1];
    hf_route(device, HF_KEY_DEVICE_PREFIX, orders->board);
    hf_route(pool, HF_KEY_POOL_PREFIX, orders->pool);
    return strcmp(orders->to, device) == 0 || strcmp(orders->to, pool) == 0 ||
           strcmp(orders->to, HF_KEY_ALL) == 0;
}

static bool is_signed(const struct hf_orders *orders)
{
    struct hf_seal seal;
    uint8_t hash[HF_SHA256_BYTES];
    hf_digest_of(orders->body, orders->len, hash);
    hf_seal_control(&seal, orders->to, hash);
    return is_for_us(orders) && hf_verifier_check(orders->manager, &seal, orders->signature);
}

static enum hf_err read_command(const struct hf_orders *orders, struct hf_control *command,
                                struct hf_fault *fault)
{
    memset(command, 0, sizeof *command);
    if (!orders->from_sender)
        return hf_fault_set(fault, HF_ERR_DENIED, 0, "this board obeys the user '%s' only",
                            orders->sender);
    if (orders->too_large)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "a command has at most %d bytes",
                            HF_CONTROL_BODY_MAX);
    if (orders->manager != NULL && !is_signed(orders))
        return hf_fault_set(fault, HF_ERR_DENIED, 0,
                            "not signed by the manager (require_signature)");
    return hf_control_decode(orders->body, orders->len, command, fault);
}

enum hf_orders_result hf_orders_take(struct hf_orders *orders, const struct hf_session_event *event,
                                     struct hf_control *command, struct hf_fault *fault)
{
    if (event->kind == HF_SESSION_DELIVERY)
        begin(orders, event);
    if (event->kind == HF_SESSION_BODY)
        append(orders, event->bytes);
    if (event->kind != HF_SESSION_DELIVERED)
        return HF_ORDERS_PARTIAL;
    return read_command(orders, command, fault) == HF_ERR_OK ? HF_ORDERS_COMMAND
                                                             : HF_ORDERS_REFUSED;
}
