#ifndef HF_LINK_PROPERTIES_H
#define HF_LINK_PROPERTIES_H

#include "wire/envelope.h"

#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>

/* Between rabbitmq-c's basic.properties and our envelope; both directions make views, no copies. */

void hf_properties_to_envelope(const amqp_basic_properties_t *from, struct hf_envelope *to);

/* `entries` is room for the header table and must live as long as `to` is used. */
void hf_properties_from_envelope(const struct hf_envelope *from,
                                 amqp_table_entry_t entries[HF_ENVELOPE_HEADERS_MAX],
                                 amqp_basic_properties_t *to);

struct hf_str hf_str_from_amqp(amqp_bytes_t bytes);
amqp_bytes_t hf_str_to_amqp(struct hf_str text);

#endif
