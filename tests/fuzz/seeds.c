/*
 * Writes the corpus that the targets begin with, made by our own encoders: fuzz-seeds FOLDER, as
 * FOLDER/<target>/<seed>. To be run again, and its files committed, when a format changes.
 */
#include "envelope.h"
#include "pipe.h"
#include "wire/control.h"
#include "wire/event.h"
#include "wire/result.h"
#include "wire/task.h"
#include "worker/agent_mark.h"
#include "worker/crc32.h"
#include "worker/mark.h"
#include "worker/record.h"
#include "worker/ustar.h"

#include <errno.h>
#include <mbedtls/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char *corpus;

static void put(const char *target, const char *seed, const void *data, size_t len)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", corpus, target);
    (void)mkdir(path, 0777);
    (void)snprintf(path, sizeof path, "%s/%s/%s", corpus, target, seed);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, len, file) != len || fclose(file) != 0) {
        (void)fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
        exit(1);
    }
}

static void put_text(const char *target, const char *seed, const char *text)
{
    put(target, seed, text, strlen(text));
}

/* `body` behind the envelope, as the target of plain tasks has it. */
static void put_envelope(const char *target, const char *seed, const struct hf_envelope *envelope,
                         const char *body)
{
    static uint8_t data[65536];
    struct hf_bytes_out out = {.data = data, .size = sizeof data};
    fuzz_put_envelope(&out, envelope);
    hf_bytes_put_raw(&out, body, strlen(body));
    put(target, seed, data, out.len);
}

/* --- messages --- */

static const struct hf_task TASK = {
    .id = "0190a6d2-7c1e-7b3a-9d4f-2a1b3c4d5e6f",
    .job = "job-7",
    .handler = "sha256",
    .sender = "manager",
    .attempt = 2,
    .max_attempts = 7,
    .timeout_ms = 60000,
    .not_after_ms = 1800000000000,
    .priority = 5,
};

static const struct hf_result RESULT = {
    .id = "0190a6d2-7c1e-7b3a-9d4f-2a1b3c4d5e6f",
    .job = "job-7",
    .board = "shed-1",
    .status = HF_STATUS_RETRY,
    .attempt = 2,
    .exit_code = 75,
    .started_ms = 1750000000000,
    .duration_ms = 1234,
    .peak_kb = 1024,
    .cpu_ms = 30,
    .reason = "exit 75",
    .log_tail = "no coffee\n",
};

static void messages(void)
{
    struct hf_envelope envelope;
    const struct hf_envelope none = {0};
    const struct hf_task least = {.id = "1", .attempt = 1, .max_attempts = HF_ATTEMPTS_DEFAULT};
    hf_task_encode(&TASK, &envelope);
    put_envelope("task", "full", &envelope, "");
    hf_task_encode(&least, &envelope);
    put_envelope("task", "least", &envelope, "");
    hf_result_encode(&RESULT, &envelope);
    put_envelope("result", "retry", &envelope, "");
    put_envelope("plain", "number", &none, "{\"task_id\":17,\"data\":{\"a\":[1,2.5e3,null]}}");
    put_envelope("plain", "escapes", &none,
                 "{\"task_id\":\"t\",\"type\":\"echo\",\"data\":\"\\u00e9\\ud83d\\ude00\\n\"}");
}

static void plain(void)
{
    struct hf_envelope envelope;
    struct hf_fault fault;
    struct hf_task task = TASK;
    char *body = NULL;
    task.plain = true;
    hf_task_encode(&task, &envelope);
    if (hf_task_encode_plain(&task, hf_str("hello\tworld"), &body, &fault) == HF_ERR_OK)
        put_envelope("plain", "ours", &envelope, body);
    free(body);
}

static void controls(void)
{
    char body[HF_CONTROL_BODY_MAX + 1];
    size_t len = 0;
    for (int kind = HF_CONTROL_CANCEL; kind <= HF_CONTROL_LOGS; kind++) {
        struct hf_control control = {.kind = (enum hf_control_kind)kind,
                                     .id = "command-1",
                                     .time_ms = 1750000000000,
                                     .on = true};
        if (kind == HF_CONTROL_CANCEL || kind == HF_CONTROL_LOGS)
            (void)hf_str_copy(control.task, sizeof control.task, hf_str(TASK.id));
        if (hf_control_encode(&control, body, sizeof body, &len) == HF_ERR_OK)
            put("control", hf_control_text(control.kind), body, len);
    }
}

static void put_event(const struct hf_event *event)
{
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    if (hf_event_encode(event, body, sizeof body, &len) == HF_ERR_OK)
        put("event", hf_event_text(event->kind), body, len);
}

static void events(void)
{
    struct hf_event event = {.kind = HF_EVENT_PRESENCE,
                             .presence = {.version = "0.1.0",
                                          .board = "generic",
                                          .state = "busy",
                                          .task = "task-1",
                                          .uptime_s = 12,
                                          .slots = 1,
                                          .tls = "TLSv1.3",
                                          .handshake_ms = 40}};
    put_event(&event);
    event =
        (struct hf_event){.kind = HF_EVENT_PROGRESS,
                          .progress = {.task = "task-1", .attempt = 1, .percent = 40, .note = "x"}};
    put_event(&event);
    event = (struct hf_event){.kind = HF_EVENT_FACTS,
                              .facts = {.version = "0.1.0",
                                        .board = "generic",
                                        .labels = "camera site=north",
                                        .handlers = "echo sha256",
                                        .limits = "rlimit"}};
    put_event(&event);
    event = (struct hf_event){.kind = HF_EVENT_LOG,
                              .log = {.task = "task-1", .attempt = 1, .text = "a line\n"}};
    put_event(&event);
    event = (struct hf_event){.kind = HF_EVENT_ANSWER};
    hf_event_answer(&event, "command-1", true, "pong");
    put_event(&event);
}

/* --- flash --- */

static void flash(void)
{
    uint8_t head[HF_RECORD_HEAD_MAX], bytes[HF_MARK_BYTES_MAX], facts[HF_AGENT_MARK_BYTES];
    const struct hf_record record = {.result = RESULT, .body_bytes = 5, .body_crc = 77};
    const struct hf_mark mark = {.id = "task-1", .attempt = 2, .starts = 3};
    const struct hf_agent_mark update = {.base = {{1}},
                                         .current = {{1}},
                                         .trial = {{2}},
                                         .tries = 1,
                                         .attempt = 1,
                                         .task = "0190a6d2-7c1e-7b3a-9d4f-2a1b3c4d5e6f",
                                         .base_path = "/usr/bin/holdfast-worker"};
    put("record", "result", head, hf_record_encode(&record, head));
    put("mark", "start", bytes, hf_mark_encode(&mark, bytes));
    put("agent_mark", "trial", facts, hf_agent_mark_encode(&update, facts));
}

/* The files that worker/keep.h writes; their target makes the checksum right by itself. */
static void kept(void)
{
    uint8_t data[256];
    struct hf_bytes_out out = {.data = data, .size = sizeof data};
    hf_bytes_put_raw(&out, "HFFACTS1", 8);
    hf_bytes_put_u32(&out, 1);
    hf_bytes_put_u32(&out, 0);
    hf_bytes_put_u64(&out, 1750000000000);
    put("keep", "time", data, out.len);
    out.len = 0;
    hf_bytes_put_u64(&out, 1750000000000);
    hf_bytes_put_raw(&out, "t", 1);
    hf_bytes_put_text(&out, hf_str("task-1"));
    hf_bytes_put_u64(&out, 1750000000001);
    hf_bytes_put_raw(&out, "j", 1);
    hf_bytes_put_text(&out, hf_str("job-1"));
    put("tombstones", "two", data, out.len);
}

/* The sum of the header is the target's to make right. Returns the bytes. */
static size_t pack(uint8_t *archive, const char *name, unsigned mode, const char *text)
{
    char *header = (char *)archive;
    const size_t len = strlen(text);
    struct hf_bytes_out out = {.data = archive + HF_USTAR_BLOCK, .size = HF_USTAR_BLOCK};
    memset(archive, 0, HF_USTAR_BLOCK * 2);
    (void)snprintf(header, 100, "%s", name);
    (void)snprintf(header + 100, 8, "%07o", mode);
    (void)snprintf(header + 124, 12, "%011o", (unsigned)len);
    header[156] = len > 0 ? '0' : '5';
    (void)snprintf(header + 257, 6, "ustar");
    hf_bytes_put_raw(&out, text, len);
    return HF_USTAR_BLOCK * (len > 0 ? 2 : 1);
}

static void archives(void)
{
    uint8_t archive[HF_USTAR_BLOCK * 8] = {0};
    put("handlers", "none", archive, HF_USTAR_BLOCK * 2);
    size_t len = pack(archive, "./", 0755, "");
    len += pack(archive + len, "./photo", 0755, "#!/bin/sh\necho click\n");
    len += pack(archive + len, "settings.txt", 0644, "quality=9\n");
    memset(archive + len, 0, sizeof archive - len);
    put("handlers", "two", archive, len + HF_USTAR_BLOCK);
    put("handlers", "torn", archive, len - HF_USTAR_BLOCK);
}

/* --- signatures and certificates --- */

/* As openssl made it: an authority on P-256, until 2126. */
static const char CERTIFICATE[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBbzCCARWgAwIBAgIUR5DNl6SO9sMu7kJVZaSqnd+j2CswCgYIKoZIzj0EAwIw\n"
    "DDEKMAgGA1UEAwwBYTAgFw0yNjExMzAwODMzMTlaGA8yMTI2MTEwNjA4MzMxOVow\n"
    "DDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFIVb1kVM6pN\n"
    "cVYCowrdyDlSuZg5OENCGPBw939sXeQn4ooXOGrTTqkDqI3sweOMUhZnTzwYPU9I\n"
    "b2tr0VZT83ijUzBRMB0GA1UdDgQWBBSIMj34zMQPku45KvrycfO2m5UKNjAfBgNV\n"
    "HSMEGDAWgBSIMj34zMQPku45KvrycfO2m5UKNjAPBgNVHRMBAf8EBTADAQH/MAoG\n"
    "CCqGSM49BAMCA0gAMEUCIQCjf5T6W+6rSTRHDqvsTutrC+CVokzKTwyya5QwXUhm\n"
    "SQIgMczQlQyZB3xlDKPQw/ihec3juT/AtYcL7VcXrGZLkxY=\n"
    "-----END CERTIFICATE-----\n";

static void signatures(void)
{
    static const uint8_t least[] = {0x30, 6, 2, 1, 1, 2, 1, 1}; /* two numbers, both 1 */
    uint8_t der[sizeof CERTIFICATE];
    size_t len = 0;
    const char *begin = strchr(CERTIFICATE, '\n'), *end = strrchr(CERTIFICATE, '\n') - 25;
    put("signature", "der", least, sizeof least);
    put_text("signature", "text", "MAYCAQECAQE=");
    put_text("certificates", "pem", CERTIFICATE);
    if (mbedtls_base64_decode(der, sizeof der, &len, (const unsigned char *)begin,
                              (size_t)(end - begin)) != 0) {
        (void)fprintf(stderr, "the certificate is no base64\n");
        exit(1);
    }
    put("certificates", "der", der, len);
}

static void configs(void)
{
    put_text("config", "least",
             "{\"board\": \"shed-1\", \"broker\": {\"host\": \"broker.example\"},\n"
             " \"tls\": {\"ca\": \"ca.pem\", \"cert\": \"cert.pem\", \"key\": \"key.pem\"}}\n");
    put_text("config", "more",
             "// a board\n{\"board\": \"shed-1\", /* two brokers */\n"
             " \"broker\": {\"host\": \"a.example, b.example:5672\", \"port\": 5671,\n"
             "  \"vhost\": \"holdfast\", \"user\": \"u\", \"password\": \"p\"},\n"
             " \"tls\": {\"ca\": \"ca.pem\"}, \"pool\": \"p\", \"slots\": 3,\n"
             " \"journal\": \"ram\", \"ack\": \"pipelined\", \"heartbeat_s\": 10,\n"
             " \"labels\": \"camera site=north\", \"log_level\": \"debug\"}\n");
}

/* --- what a broker says --- */

struct talk {
    amqp_connection_state_t amqp;
    struct pipe_socket pipe;
};

static struct talk *talk_begin(uint8_t login)
{
    static struct talk talk;
    talk.amqp = amqp_new_connection();
    talk.pipe.klass = &pipe_class;
    talk.pipe.sent[0] = login;
    talk.pipe.sent[1] = 255;
    talk.pipe.len = 2;
    amqp_set_socket(talk.amqp, (amqp_socket_t *)&talk.pipe);
    return &talk;
}

static void talk_end(struct talk *talk, const char *seed)
{
    put("session_frames", seed, talk->pipe.sent, talk->pipe.len);
    (void)amqp_destroy_connection(talk->amqp);
}

static void say(struct talk *talk, amqp_channel_t channel, amqp_method_number_t id, void *method)
{
    (void)amqp_send_method(talk->amqp, channel, id, method);
}

static void say_content(struct talk *talk, const char *body)
{
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_HEADERS_FLAG,
        .message_id = amqp_literal_bytes("task-1"),
        .type = amqp_literal_bytes("echo"),
    };
    amqp_table_entry_t entry = {.key = amqp_literal_bytes("hf-attempt")};
    entry.value.kind = AMQP_FIELD_KIND_I64;
    entry.value.value.i64 = 2;
    properties.headers = (amqp_table_t){.num_entries = 1, .entries = &entry};
    amqp_frame_t frame = {.frame_type = AMQP_FRAME_HEADER, .channel = 1};
    frame.payload.properties.class_id = AMQP_BASIC_CLASS;
    frame.payload.properties.body_size = strlen(body);
    frame.payload.properties.decoded = &properties;
    (void)amqp_send_frame(talk->amqp, &frame);
    frame = (amqp_frame_t){.frame_type = AMQP_FRAME_BODY, .channel = 1};
    frame.payload.body_fragment = amqp_cstring_bytes(body);
    (void)amqp_send_frame(talk->amqp, &frame);
}

static void talk_of_deliveries(void)
{
    struct talk *talk = talk_begin(0);
    amqp_basic_deliver_t deliver = {.consumer_tag = amqp_literal_bytes("hf.q.tasks.default"),
                                    .delivery_tag = 7,
                                    .exchange = amqp_literal_bytes("hf.tasks"),
                                    .routing_key = amqp_literal_bytes("default")};
    amqp_basic_return_t returned = {.reply_code = 312,
                                    .reply_text = amqp_literal_bytes("NO_ROUTE")};
    amqp_basic_ack_t ack = {.delivery_tag = 1, .multiple = 1};
    say(talk, 1, AMQP_BASIC_DELIVER_METHOD, &deliver);
    say_content(talk, "hello");
    say(talk, 1, AMQP_BASIC_ACK_METHOD, &ack);
    say(talk, 1, AMQP_BASIC_RETURN_METHOD, &returned);
    say_content(talk, "back");
    talk_end(talk, "deliveries");
}

static void talk_of_ends(void)
{
    struct talk *talk = talk_begin(0);
    amqp_connection_blocked_t blocked = {.reason = amqp_literal_bytes("low on memory")};
    amqp_connection_unblocked_t unblocked = {0};
    amqp_basic_cancel_t cancel = {.consumer_tag = amqp_literal_bytes("hf.q.tasks.default")};
    amqp_channel_close_t close_channel = {.reply_code = 404,
                                          .reply_text = amqp_literal_bytes("NOT_FOUND")};
    amqp_connection_close_t close = {.reply_code = 320,
                                     .reply_text = amqp_literal_bytes("CONNECTION_FORCED")};
    say(talk, 0, AMQP_CONNECTION_BLOCKED_METHOD, &blocked);
    say(talk, 0, AMQP_CONNECTION_UNBLOCKED_METHOD, &unblocked);
    say(talk, 1, AMQP_BASIC_CANCEL_METHOD, &cancel);
    say(talk, 2, AMQP_CHANNEL_CLOSE_METHOD, &close_channel);
    say(talk, 0, AMQP_CONNECTION_CLOSE_METHOD, &close);
    talk_end(talk, "ends");
}

static void talk_of_login(void)
{
    struct talk *talk = talk_begin(1);
    amqp_connection_start_t start = {.version_minor = 9,
                                     .mechanisms = amqp_literal_bytes("PLAIN EXTERNAL"),
                                     .locales = amqp_literal_bytes("en_US")};
    amqp_connection_tune_t tune = {.channel_max = 16, .frame_max = 131072, .heartbeat = 10};
    amqp_connection_open_ok_t open = {0};
    amqp_channel_open_ok_t channel = {0};
    amqp_confirm_select_ok_t confirm = {0};
    say(talk, 0, AMQP_CONNECTION_START_METHOD, &start);
    say(talk, 0, AMQP_CONNECTION_TUNE_METHOD, &tune);
    say(talk, 0, AMQP_CONNECTION_OPEN_OK_METHOD, &open);
    for (amqp_channel_t i = 1; i <= 2; i++) {
        say(talk, i, AMQP_CHANNEL_OPEN_OK_METHOD, &channel);
        say(talk, i, AMQP_CONFIRM_SELECT_OK_METHOD, &confirm);
    }
    talk_end(talk, "login");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: fuzz-seeds FOLDER\n");
        return 2;
    }
    corpus = argv[1];
    messages();
    plain();
    controls();
    events();
    flash();
    kept();
    archives();
    signatures();
    configs();
    talk_of_deliveries();
    talk_of_ends();
    talk_of_login();
    return 0;
}
