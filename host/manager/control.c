#include "manager/control.h"

#include "link/clock.h"
#include "link/digest.h"
#include "link/random.h"

#include <stdio.h>
#include <string.h>

#define ROOM_BYTES ((size_t)16 * 1024) /* a message of this size is taken whole */

void hf_controls_init(struct hf_controls *controls, uint16_t channel)
{
    *controls = (struct hf_controls){.channel = channel};
}

void hf_controls_begin(struct hf_controls *controls, struct hf_session *session)
{
    controls->session = session;
}

void hf_controls_lost(struct hf_controls *controls)
{
    controls->session = NULL;
    for (size_t i = 0; i < controls->count; i++)
        if (controls->list[i].fate == HF_CONTROL_SENT)
            controls->list[i].fate = HF_CONTROL_WAITS;
}

static bool is_settled(const struct hf_control_order *order)
{
    return order->fate == HF_CONTROL_STORED || order->fate == HF_CONTROL_NOBODY;
}

/* The oldest one that is settled goes. */
static bool make_room(struct hf_controls *controls)
{
    for (size_t i = 0; i < controls->count && controls->count == HF_CONTROLS_MAX; i++) {
        if (!is_settled(&controls->list[i]))
            continue;
        controls->count--;
        memmove(&controls->list[i], &controls->list[i + 1],
                (controls->count - i) * sizeof controls->list[0]);
    }
    return controls->count < HF_CONTROLS_MAX;
}

enum hf_err hf_controls_add(struct hf_controls *controls, const struct hf_control *control,
                            const char *key, char id[HF_ID_MAX + 1], struct hf_fault *fault)
{
    uint8_t random[10];
    char body[HF_CONTROL_BODY_MAX + 1];
    size_t len = 0;
    struct hf_control_order order = {.control = *control, .fate = HF_CONTROL_WAITS};
    int64_t now_ms = hf_clock_unix_ms();
    if (!make_room(controls))
        return hf_fault_set(fault, HF_ERR_BUSY, 0, "%d commands are under way already",
                            HF_CONTROLS_MAX);
    hf_random(random, sizeof random);
    hf_uuid7(order.control.id, (uint64_t)now_ms, random);
    order.control.time_ms = now_ms;
    hf_str_copy(order.key, sizeof order.key, hf_str(key));
    enum hf_err err = hf_control_encode(&order.control, body, sizeof body, &len);
    if (err != HF_ERR_OK)
        return hf_fault_set(fault, err, 0, "the command \"%s\" cannot be sent: %s",
                            hf_control_text(control->kind), hf_err_text(err));
    if (id)
        memcpy(id, order.control.id, sizeof order.control.id);
    controls->list[controls->count++] = order;
    return HF_ERR_OK;
}

static void settle(struct hf_control_order *order, enum hf_control_fate fate)
{
    if (order->fate == HF_CONTROL_SENT)
        order->fate = fate;
}

void hf_controls_event(struct hf_controls *controls, const struct hf_session_event *event)
{
    if (event->channel != controls->channel)
        return;
    for (size_t i = 0; i < controls->count; i++) {
        struct hf_control_order *order = &controls->list[i];
        bool about = event->multiple ? order->sequence <= event->sequence
                                     : order->sequence == event->sequence;
        if (event->kind == HF_SESSION_RETURNED &&
            hf_str_equal(event->envelope.message_id, hf_str(order->control.id)))
            settle(order, HF_CONTROL_NOBODY);
        else if (event->kind == HF_SESSION_CONFIRMED && about)
            settle(order, HF_CONTROL_STORED);
        else if (event->kind == HF_SESSION_NACKED && about)
            settle(order, HF_CONTROL_WAITS);
    }
}

static void sign(struct hf_seal_signer *signer, const struct hf_control_order *order,
                 const char *body, size_t len, char signature[HF_SIGNATURE_MAX + 1])
{
    struct hf_seal seal;
    uint8_t hash[HF_SHA256_BYTES];
    hf_digest_of(body, len, hash);
    hf_seal_control(&seal, order->key, hash);
    (void)hf_seal_sign(signer, &seal, signature,
                       NULL); /* empty: boards will say that they want one */
}

static bool send(struct hf_controls *controls, struct hf_control_order *order, int64_t unix_ms)
{
    char body[HF_CONTROL_BODY_MAX + 1];
    size_t len = 0;
    size_t taken = 0;
    char signature[HF_SIGNATURE_MAX + 1] = "";
    struct hf_envelope envelope = {.message_id = hf_str(order->control.id),
                                   .user_id = hf_str(HF_MANAGER_USER),
                                   .content_type = hf_str("application/json"),
                                   .persistent = true};
    order->control.time_ms = unix_ms;
    if (hf_session_room(controls->session) < ROOM_BYTES ||
        hf_control_encode(&order->control, body, sizeof body, &len) != HF_ERR_OK)
        return false;
    if (controls->signer) {
        sign(controls->signer, order, body, len, signature);
        hf_envelope_add_text(&envelope, HF_HEADER_TO, hf_str(order->key));
        hf_envelope_add_text(&envelope, HF_HEADER_SIGNATURE, hf_str(signature));
    }
    const struct hf_publish message = {.exchange = HF_EXCHANGE_CONTROL,
                                       .routing_key = order->key,
                                       .envelope = &envelope,
                                       .body_size = len,
                                       .mandatory = true};
    if (hf_session_publish(controls->session, controls->channel, &message, &order->sequence) !=
        HF_ERR_OK)
        return false;
    order->fate = HF_CONTROL_SENT;
    return hf_session_publish_body(controls->session, controls->channel, body, len, &taken) ==
           HF_ERR_OK;
}

void hf_controls_step(struct hf_controls *controls, int64_t unix_ms)
{
    for (size_t i = 0; controls->session && i < controls->count; i++)
        if (controls->list[i].fate == HF_CONTROL_WAITS &&
            !send(controls, &controls->list[i], unix_ms))
            return;
}

bool hf_controls_settled(const struct hf_controls *controls)
{
    for (size_t i = 0; i < controls->count; i++)
        if (!is_settled(&controls->list[i]))
            return false;
    return true;
}

const struct hf_control_order *hf_controls_find(const struct hf_controls *controls, const char *id)
{
    for (size_t i = 0; i < controls->count; i++)
        if (strcmp(controls->list[i].control.id, id) == 0)
            return &controls->list[i];
    return NULL;
}
