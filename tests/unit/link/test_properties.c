#include "../cmocka_all.h"
#include "link/properties.h"

#include <string.h>

static void check_text(struct hf_str text, const char *expected)
{
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.data, expected, text.len);
}

static amqp_table_entry_t entry(const char *key, uint8_t kind)
{
    return (amqp_table_entry_t){.key = amqp_cstring_bytes(key), .value.kind = kind};
}

static struct hf_envelope with_headers(amqp_table_entry_t *entries, int count)
{
    struct hf_envelope envelope;
    const amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_HEADERS_FLAG,
        .headers = {.num_entries = count, .entries = entries},
    };
    hf_properties_to_envelope(&properties, &envelope);
    return envelope;
}

static void a_field_without_its_flag_is_absent(void **state)
{
    (void)state;
    struct hf_envelope envelope;
    memset(&envelope, 0xff, sizeof envelope);
    const amqp_basic_properties_t properties = {
        .message_id = amqp_literal_bytes("stale"),
        .user_id = amqp_literal_bytes("mallory"),
        .priority = 9,
        .delivery_mode = AMQP_DELIVERY_PERSISTENT,
        .timestamp = 12,
        .headers = {.num_entries = 3},
    };
    hf_properties_to_envelope(&properties, &envelope);
    assert_int_equal(envelope.message_id.len, 0);
    assert_int_equal(envelope.user_id.len, 0);
    assert_int_equal(envelope.priority, 0);
    assert_int_equal(envelope.timestamp_s, 0);
    assert_int_equal(envelope.header_count, 0);
    assert_false(envelope.persistent);
}

static void every_kind_of_integer_becomes_a_number(void **state)
{
    (void)state;
    amqp_table_entry_t entries[] = {
        entry("boolean", AMQP_FIELD_KIND_BOOLEAN), entry("i8", AMQP_FIELD_KIND_I8),
        entry("u8", AMQP_FIELD_KIND_U8),           entry("i16", AMQP_FIELD_KIND_I16),
        entry("u16", AMQP_FIELD_KIND_U16),         entry("i32", AMQP_FIELD_KIND_I32),
        entry("u32", AMQP_FIELD_KIND_U32),         entry("i64", AMQP_FIELD_KIND_I64),
        entry("u64", AMQP_FIELD_KIND_U64),         entry("time", AMQP_FIELD_KIND_TIMESTAMP),
    };
    entries[0].value.value.boolean = 5;
    entries[1].value.value.i8 = -8;
    entries[2].value.value.u8 = 250;
    entries[3].value.value.i16 = -16000;
    entries[4].value.value.u16 = 65000;
    entries[5].value.value.i32 = INT32_MIN;
    entries[6].value.value.u32 = UINT32_MAX;
    entries[7].value.value.i64 = INT64_MIN;
    entries[8].value.value.u64 = UINT64_MAX;
    entries[9].value.value.u64 = 1700000000;
    static const int64_t expected[] = {1,         -8,         250,       -16000,    65000,
                                       INT32_MIN, UINT32_MAX, INT64_MIN, INT64_MAX, 1700000000};
    const struct hf_envelope envelope = with_headers(entries, 10);
    assert_int_equal(envelope.header_count, 10);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(envelope.headers[i].kind, HF_HEADER_INT);
        assert_true(envelope.headers[i].number == expected[i]);
    }
}

static void texts_are_views_and_everything_else_is_kept_as_other(void **state)
{
    (void)state;
    amqp_table_entry_t entries[] = {
        entry("utf8", AMQP_FIELD_KIND_UTF8),  entry("bytes", AMQP_FIELD_KIND_BYTES),
        entry("f64", AMQP_FIELD_KIND_F64),    entry("void", AMQP_FIELD_KIND_VOID),
        entry("list", AMQP_FIELD_KIND_ARRAY),
    };
    entries[0].value.value.bytes = amqp_literal_bytes("a text");
    entries[1].value.value.bytes = (amqp_bytes_t){.bytes = "\0\1", .len = 2};
    const struct hf_envelope envelope = with_headers(entries, 5);
    assert_int_equal(envelope.headers[0].kind, HF_HEADER_TEXT);
    assert_ptr_equal(envelope.headers[0].text.data, entries[0].value.value.bytes.bytes);
    check_text(envelope.headers[0].text, "a text");
    assert_int_equal(envelope.headers[1].text.len, 2);
    for (size_t i = 2; i < 5; i++)
        assert_int_equal(envelope.headers[i].kind, HF_HEADER_OTHER);
    check_text(envelope.headers[4].name, "list");
}

static void headers_beyond_the_limit_are_ignored(void **state)
{
    (void)state;
    amqp_table_entry_t entries[HF_ENVELOPE_HEADERS_MAX + 3];
    for (size_t i = 0; i < HF_ENVELOPE_HEADERS_MAX + 3; i++)
        entries[i] = entry(i < HF_ENVELOPE_HEADERS_MAX ? "kept" : "over", AMQP_FIELD_KIND_I64);
    const struct hf_envelope envelope = with_headers(entries, HF_ENVELOPE_HEADERS_MAX + 3);
    assert_int_equal(envelope.header_count, HF_ENVELOPE_HEADERS_MAX);
    assert_null(hf_envelope_find(&envelope, "over"));
}

static void an_envelope_comes_back_as_it_went(void **state)
{
    (void)state;
    struct hf_envelope out, back;
    memset(&out, 0, sizeof out);
    out.message_id = hf_str("id");
    out.correlation_id = hf_str("job");
    out.type = hf_str("sha256");
    out.user_id = hf_str("manager");
    out.content_type = hf_str("application/json");
    out.timestamp_s = 1700000000;
    out.priority = 7;
    out.persistent = true;
    assert_true(hf_envelope_add_number(&out, "hf-attempt", -3));
    assert_true(hf_envelope_add_text(&out, "hf-status", hf_str("done")));

    amqp_table_entry_t entries[HF_ENVELOPE_HEADERS_MAX];
    amqp_basic_properties_t properties;
    hf_properties_from_envelope(&out, entries, &properties);
    hf_properties_to_envelope(&properties, &back);
    check_text(back.message_id, "id");
    check_text(back.correlation_id, "job");
    check_text(back.type, "sha256");
    check_text(back.user_id, "manager");
    check_text(back.content_type, "application/json");
    assert_int_equal(back.timestamp_s, 1700000000);
    assert_int_equal(back.priority, 7);
    assert_true(back.persistent);
    assert_int_equal(back.header_count, 2);
    assert_int_equal(hf_envelope_find(&back, "hf-attempt")->number, -3);
    check_text(hf_envelope_find(&back, "hf-status")->text, "done");
}

static void an_empty_envelope_sends_nothing_but_its_delivery_mode(void **state)
{
    (void)state;
    amqp_table_entry_t entries[HF_ENVELOPE_HEADERS_MAX];
    amqp_basic_properties_t properties;
    hf_properties_from_envelope(&(struct hf_envelope){.priority = 0}, entries, &properties);
    assert_int_equal(properties._flags, AMQP_BASIC_DELIVERY_MODE_FLAG);
    assert_int_equal(properties.delivery_mode, AMQP_DELIVERY_NONPERSISTENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_without_its_flag_is_absent),
        cmocka_unit_test(every_kind_of_integer_becomes_a_number),
        cmocka_unit_test(texts_are_views_and_everything_else_is_kept_as_other),
        cmocka_unit_test(headers_beyond_the_limit_are_ignored),
        cmocka_unit_test(an_envelope_comes_back_as_it_went),
        cmocka_unit_test(an_empty_envelope_sends_nothing_but_its_delivery_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
