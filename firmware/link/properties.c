#include "link/properties.h"

#include <stdint.h>
#include <string.h>

struct hf_str hf_str_from_amqp(amqp_bytes_t bytes)
{
    return (struct hf_str){.data = bytes.bytes, .len = bytes.len};
}

amqp_bytes_t hf_str_to_amqp(struct hf_str text)
{
    return (amqp_bytes_t){.bytes = (void *)(uintptr_t)text.data, .len = text.len};
}

static void header_from_amqp(const amqp_field_value_t *value, struct hf_header *header)
{
    header->kind = HF_HEADER_INT;
    switch (value->kind) {
    case AMQP_FIELD_KIND_BOOLEAN: header->number = value->value.boolean ? 1 : 0; return;
    case AMQP_FIELD_KIND_I8: header->number = (int64_t)value->value.i8; return;
    case AMQP_FIELD_KIND_U8: header->number = value->value.u8; return;
    case AMQP_FIELD_KIND_I16: header->number = value->value.i16; return;
    case AMQP_FIELD_KIND_U16: header->number = value->value.u16; return;
    case AMQP_FIELD_KIND_I32: header->number = value->value.i32; return;
    case AMQP_FIELD_KIND_U32: header->number = value->value.u32; return;
    case AMQP_FIELD_KIND_I64: header->number = value->value.i64; return;
    case AMQP_FIELD_KIND_U64:
    case AMQP_FIELD_KIND_TIMESTAMP:
        header->number = value->value.u64 > INT64_MAX ? INT64_MAX : (int64_t)value->value.u64;
        return;
    case AMQP_FIELD_KIND_UTF8:
    case AMQP_FIELD_KIND_BYTES:
        header->kind = HF_HEADER_TEXT;
        header->text = hf_str_from_amqp(value->value.bytes);
        return;
    default: header->kind = HF_HEADER_OTHER; return;
    }
}

void hf_properties_to_envelope(const amqp_basic_properties_t *from, struct hf_envelope *to)
{
    memset(to, 0, sizeof *to);
    if (from->_flags & AMQP_BASIC_MESSAGE_ID_FLAG)
        to->message_id = hf_str_from_amqp(from->message_id);
    if (from->_flags & AMQP_BASIC_CORRELATION_ID_FLAG)
        to->correlation_id = hf_str_from_amqp(from->correlation_id);
    if (from->_flags & AMQP_BASIC_TYPE_FLAG)
        to->type = hf_str_from_amqp(from->type);
    if (from->_flags & AMQP_BASIC_USER_ID_FLAG)
        to->user_id = hf_str_from_amqp(from->user_id);
    if (from->_flags & AMQP_BASIC_CONTENT_TYPE_FLAG)
        to->content_type = hf_str_from_amqp(from->content_type);
    if (from->_flags & AMQP_BASIC_TIMESTAMP_FLAG)
        to->timestamp_s = from->timestamp;
    if (from->_flags & AMQP_BASIC_PRIORITY_FLAG)
        to->priority = from->priority;
    if (from->_flags & AMQP_BASIC_DELIVERY_MODE_FLAG)
        to->persistent = from->delivery_mode == AMQP_DELIVERY_PERSISTENT;
    if (!(from->_flags & AMQP_BASIC_HEADERS_FLAG))
        return;
    for (int i = 0; i < from->headers.num_entries; i++) {
        if (to->header_count == HF_ENVELOPE_HEADERS_MAX)
            return;
        struct hf_header *header = &to->headers[to->header_count];
        header->name = hf_str_from_amqp(from->headers.entries[i].key);
        header_from_amqp(&from->headers.entries[i].value, header);
        to->header_count++;
    }
}

static void set_text(amqp_basic_properties_t *to, amqp_bytes_t *field, amqp_flags_t flag,
                     struct hf_str text)
{
    if (text.len == 0)
        return;
    to->_flags |= flag;
    *field = hf_str_to_amqp(text);
}

void hf_properties_from_envelope(const struct hf_envelope *from,
                                 amqp_table_entry_t entries[HF_ENVELOPE_HEADERS_MAX],
                                 amqp_basic_properties_t *to)
{
    memset(to, 0, sizeof *to);
    set_text(to, &to->message_id, AMQP_BASIC_MESSAGE_ID_FLAG, from->message_id);
    set_text(to, &to->correlation_id, AMQP_BASIC_CORRELATION_ID_FLAG, from->correlation_id);
    set_text(to, &to->type, AMQP_BASIC_TYPE_FLAG, from->type);
    set_text(to, &to->user_id, AMQP_BASIC_USER_ID_FLAG, from->user_id);
    set_text(to, &to->content_type, AMQP_BASIC_CONTENT_TYPE_FLAG, from->content_type);
    to->_flags |= AMQP_BASIC_DELIVERY_MODE_FLAG;
    to->delivery_mode = from->persistent ? AMQP_DELIVERY_PERSISTENT : AMQP_DELIVERY_NONPERSISTENT;
    if (from->timestamp_s != 0) {
        to->_flags |= AMQP_BASIC_TIMESTAMP_FLAG;
        to->timestamp = from->timestamp_s;
    }
    if (from->priority != 0) {
        to->_flags |= AMQP_BASIC_PRIORITY_FLAG;
        to->priority = from->priority;
    }
    if (from->header_count == 0)
        return;
    to->_flags |= AMQP_BASIC_HEADERS_FLAG;
    to->headers.num_entries = from->header_count;
    to->headers.entries = entries;
    for (size_t i = 0; i < from->header_count; i++) {
        const struct hf_header *header = &from->headers[i];
        entries[i].key = hf_str_to_amqp(header->name);
        if (header->kind == HF_HEADER_INT) {
            entries[i].value.kind = AMQP_FIELD_KIND_I64;
            entries[i].value.value.i64 = header->number;
        } else {
            entries[i].value.kind = AMQP_FIELD_KIND_UTF8;
            entries[i].value.value.bytes = hf_str_to_amqp(header->text);
        }
    }
}
