#include "link/properties.h"
#include "link/session_internal.h"
#include "link/tls_socket.h"

#include <stdio.h>
#include <string.h>

#ifndef HOLDFAST_VERSION
#error "the build gives HOLDFAST_VERSION"
#endif

static amqp_table_entry_t text_entry(const char *key, const char *value)
{
    return (amqp_table_entry_t){
        .key = amqp_cstring_bytes(key),
        .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes(value)}};
}

static amqp_table_entry_t true_entry(const char *key)
{
    return (amqp_table_entry_t){.key = amqp_cstring_bytes(key),
                                .value = {.kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1}};
}

static bool offers(struct hf_str mechanisms, const char *wanted)
{
    const size_t len = strlen(wanted);
    size_t at = 0;
    while (at < mechanisms.len) {
        size_t end = at;
        while (end < mechanisms.len && mechanisms.data[end] != ' ')
            end++;
        if (end - at == len && memcmp(mechanisms.data + at, wanted, len) == 0)
            return true;
        at = end + 1;
    }
    return false;
}

static struct hf_str server_text(const amqp_table_t *table, const char *key)
{
    for (int i = 0; i < table->num_entries; i++) {
        const amqp_table_entry_t *entry = &table->entries[i];
        if (entry->value.kind == AMQP_FIELD_KIND_UTF8 &&
            hf_str_equal(hf_str_from_amqp(entry->key), hf_str(key)))
            return hf_str_from_amqp(entry->value.value.bytes);
    }
    return hf_str("?");
}

static void note_broker(struct hf_session *session, const amqp_table_t *table)
{
    const struct hf_str product = server_text(table, "product");
    const struct hf_str version = server_text(table, "version");
    const int product_len = product.len < 48 ? (int)product.len : 48;
    const int version_len = version.len < 32 ? (int)version.len : 32;
    (void)snprintf(session->facts.broker, sizeof session->facts.broker, "%.*s %.*s", product_len,
                   product.data, version_len, version.data);
}

/* RFC 4616: an authorization id (empty), the user and the password, each led by a 0. */
static size_t plain_response(const struct hf_session *session, char *out, size_t size)
{
    const int len = snprintf(out, size, "%c%s%c%s", 0, session->user, 0, session->password);
    return len > 0 ? (size_t)len : 0;
}

static enum hf_err answer_start(struct hf_session *session, const amqp_connection_start_t *start,
                                struct hf_fault *fault)
{
    const char *mechanism = session->external ? "EXTERNAL" : "PLAIN";
    char response[sizeof session->user + sizeof session->password + 2];
    amqp_table_entry_t capabilities[] = {
        true_entry("authentication_failure_close"), true_entry("basic.nack"),
        true_entry("connection.blocked"),           true_entry("consumer_cancel_notify"),
        true_entry("publisher_confirms"),
    };
    amqp_table_entry_t properties[] = {
        text_entry("product", "holdfast"),
        text_entry("version", HOLDFAST_VERSION),
        text_entry("connection_name", session->client_name),
        {.key = amqp_literal_bytes("capabilities"),
         .value = {.kind = AMQP_FIELD_KIND_TABLE,
                   .value.table = {.num_entries = sizeof capabilities / sizeof *capabilities,
                                   .entries = capabilities}}},
    };
    const struct hf_str offered = hf_str_from_amqp(start->mechanisms);
    if (!offers(offered, mechanism))
        return hf_fault_set(
            fault, HF_ERR_AMQP_LOGIN, 0, "the broker offers the logins '%.*s', not %s%s",
            (int)(offered.len < 60 ? offered.len : 60), offered.data, mechanism,
            session->external ? ": enable its plugin rabbitmq_auth_mechanism_ssl" : "");
    note_broker(session, &start->server_properties);
    amqp_connection_start_ok_t reply = {
        .client_properties = {.num_entries = sizeof properties / sizeof *properties,
                              .entries = properties},
        .mechanism = amqp_cstring_bytes(mechanism),
        .locale = amqp_literal_bytes("en_US"),
    };
    if (!session->external)
        reply.response = (amqp_bytes_t){.bytes = response,
                                        .len = plain_response(session, response, sizeof response)};
    return hf_session_send(session, 0, AMQP_CONNECTION_START_OK_METHOD, &reply, fault);
}

static uint16_t smaller_of(uint16_t ours, uint16_t theirs)
{
    return theirs != 0 && theirs < ours ? theirs : ours;
}

static enum hf_err answer_tune(struct hf_session *session, const amqp_connection_tune_t *tune,
                               struct hf_fault *fault)
{
    amqp_connection_tune_ok_t reply = {
        .channel_max = smaller_of(HF_SESSION_CHANNELS_MAX, tune->channel_max),
        .frame_max = HF_SESSION_FRAME_MAX,
        .heartbeat = smaller_of(session->heartbeat_s, tune->heartbeat),
    };
    amqp_connection_open_t open = {.virtual_host = amqp_cstring_bytes(session->vhost)};
    if (reply.channel_max < session->channel_count)
        return hf_fault_set(fault, HF_ERR_AMQP, 0,
                            "the broker allows %u channels, %u are needed: raise its channel_max",
                            reply.channel_max, session->channel_count);
    if (tune->frame_max != 0 && tune->frame_max < reply.frame_max)
        reply.frame_max = tune->frame_max;
    /* The library's own heartbeats stay off: hf_session_next() sends and watches them. While the
     * channels open no frame is larger than the least size: hf_session_take_larger(). */
    if (amqp_tune_connection(session->amqp, reply.channel_max, AMQP_FRAME_MIN_SIZE, 0) !=
        AMQP_STATUS_OK)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for a frame buffer");
    session->frame_max =
        reply.frame_max > AMQP_FRAME_MIN_SIZE ? reply.frame_max : AMQP_FRAME_MIN_SIZE;
    session->beat_ms = (int64_t)reply.heartbeat * 1000;
    session->facts.heartbeat_s = reply.heartbeat;
    hf_dial_limit_silence(amqp_get_sockfd(session->amqp), (uint32_t)reply.heartbeat * 2000);
    enum hf_err err = hf_session_send(session, 0, AMQP_CONNECTION_TUNE_OK_METHOD, &reply, fault);
    if (err == HF_ERR_OK)
        err = hf_session_send(session, 0, AMQP_CONNECTION_OPEN_METHOD, &open, fault);
    return err;
}

static enum hf_err open_channels(struct hf_session *session, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    for (uint16_t i = 1; i <= session->channel_count && err == HF_ERR_OK; i++) {
        amqp_channel_open_t open = {.out_of_band = amqp_empty_bytes};
        amqp_confirm_select_t confirm = {.nowait = 0};
        session->channels[i].next_sequence = 1;
        err = hf_session_send(session, i, AMQP_CHANNEL_OPEN_METHOD, &open, fault);
        if (err == HF_ERR_OK)
            err = hf_session_send(session, i, AMQP_CONFIRM_SELECT_METHOD, &confirm, fault);
    }
    return err;
}

enum hf_err hf_session_login_method(struct hf_session *session, const amqp_method_t *method,
                                    struct hf_fault *fault)
{
    if (method->id != session->login_next) {
        const char *name = amqp_method_name(method->id);
        return hf_fault_set(fault, HF_ERR_AMQP, (long)method->id,
                            "the broker sent %s out of its turn in the login",
                            name != NULL ? name : "an unknown method");
    }
    switch (method->id) {
    case AMQP_CONNECTION_START_METHOD:
        session->login_next = AMQP_CONNECTION_TUNE_METHOD;
        return answer_start(session, method->decoded, fault);
    case AMQP_CONNECTION_TUNE_METHOD:
        session->login_next = AMQP_CONNECTION_OPEN_OK_METHOD;
        return answer_tune(session, method->decoded, fault);
    default: session->login_next = 0; return open_channels(session, fault);
    }
}

bool hf_session_channel_ready(struct hf_session *session, uint16_t channel,
                              amqp_method_number_t method)
{
    if (method == AMQP_CHANNEL_OPEN_OK_METHOD) {
        session->channels[channel].open = true;
        return false;
    }
    session->channels[channel].confirms = true;
    session->channels_open++;
    return session->channels_open == session->channel_count;
}

enum hf_err hf_session_take_larger(struct hf_session *session, struct hf_fault *fault)
{
    if (amqp_tune_connection(session->amqp, amqp_get_channel_max(session->amqp),
                             HF_SESSION_FRAME_TAKEN_MAX, 0) != AMQP_STATUS_OK)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for a frame buffer");
    return HF_ERR_OK;
}
