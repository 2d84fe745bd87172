/*
 * Writes the corpus that the targets begin with, made by our own encoders: fuzz-seeds FOLDER, as
 * FOLDER/<target>/<seed>. To be run again, and its files committed, when a format changes.
 */
#include "seeds.h"

#include "broker/topology.h"
#include "envelope.h"
#include "wire/control.h"
#include "wire/event.h"
#include "wire/network.h"
#include "wire/result.h"
#include "wire/task.h"
#include "worker/agent_mark.h"
#include "worker/crc32.h"
#include "worker/mark.h"
#include "worker/monitor_internal.h"
#include "worker/record.h"
#include "worker/ustar.h"

#include <errno.h>
#include <link.h>
#include <mbedtls/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *corpus;

void seed_put(const char *target, const char *seed, const void *data, size_t len)
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

void seed_put_text(const char *target, const char *seed, const char *text)
{
    seed_put(target, seed, text, strlen(text));
}

/* `body` behind the envelope, as the target of plain tasks has it. */
static void put_envelope(const char *target, const char *seed, const struct hf_envelope *envelope,
                         const char *body)
{
    static uint8_t data[65536];
    struct hf_bytes_out out = {.data = data, .size = sizeof data};
    fuzz_put_envelope(&out, envelope);
    hf_bytes_put_raw(&out, body, strlen(body));
    seed_put(target, seed, data, out.len);
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
            seed_put("control", hf_control_text(control.kind), body, len);
    }
}

static void put_event(const struct hf_event *event)
{
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    if (hf_event_encode(event, body, sizeof body, &len) == HF_ERR_OK)
        seed_put("event", hf_event_text(event->kind), body, len);
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
    seed_put("record", "result", head, hf_record_encode(&record, head));
    seed_put("mark", "start", bytes, hf_mark_encode(&mark, bytes));
    seed_put("agent_mark", "trial", facts, hf_agent_mark_encode(&update, facts));
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
    seed_put("keep", "time", data, out.len);
    out.len = 0;
    hf_bytes_put_u64(&out, 1750000000000);
    hf_bytes_put_raw(&out, "t", 1);
    hf_bytes_put_text(&out, hf_str("task-1"));
    hf_bytes_put_u64(&out, 1750000000001);
    hf_bytes_put_raw(&out, "j", 1);
    hf_bytes_put_text(&out, hf_str("job-1"));
    seed_put("tombstones", "two", data, out.len);
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
    seed_put("handlers", "none", archive, HF_USTAR_BLOCK * 2);
    size_t len = pack(archive, "./", 0755, "");
    len += pack(archive + len, "./photo", 0755, "#!/bin/sh\necho click\n");
    len += pack(archive + len, "settings.txt", 0644, "quality=9\n");
    memset(archive + len, 0, sizeof archive - len);
    seed_put("handlers", "two", archive, len + HF_USTAR_BLOCK);
    seed_put("handlers", "torn", archive, len - HF_USTAR_BLOCK);
}

/* Its identity is the target's to make right. */
static void programs(void)
{
    struct {
        ElfW(Ehdr) head;
        ElfW(Phdr) parts[2];
    } program = {.head = {.e_type = ET_DYN,
                          .e_phoff = sizeof program.head,
                          .e_phentsize = sizeof *program.parts,
                          .e_phnum = 2},
                 .parts = {{.p_type = PT_LOAD}, {.p_type = PT_DYNAMIC}}};
    seed_put("program", "two_parts", &program, sizeof program);
}

/* --- signatures and certificates --- */

/* As openssl made it, of the key in fuzz_renewal.c: its own authority, until 2126. */
static const char CERTIFICATE[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBhDCCASqgAwIBAgIUPfxaoN5w4z3BliogVwrrgotYOFYwCgYIKoZIzj0EAwIw\n"
    "DDEKMAgGA1UEAwwBYTAgFw0yNjExMzAxMTMyMjZaGA8yMTI2MTEwNjExMzIyNlow\n"
    "DDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOniN5w1CjUh\n"
    "JouFcQcgBIZGhEJmXP0gAeu7t3bZ+fQhtsQfSfzCUvrz7BW32rf1RsU7+7zDNGV5\n"
    "I4xi49urabCjaDBmMB0GA1UdDgQWBBSYb8L7F5AEB7tmUg/34HnQN52uljAfBgNV\n"
    "HSMEGDAWgBSYb8L7F5AEB7tmUg/34HnQN52uljAPBgNVHRMBAf8EBTADAQH/MBMG\n"
    "A1UdJQQMMAoGCCsGAQUFBwMCMAoGCCqGSM49BAMCA0gAMEUCIEHfJi/MzmJfHzHv\n"
    "noZwG3iQf+tZ1zn0uddcSsxeIAhFAiEAirUbUkK0LDNBZWS/NwvYGRrBqPmNA16+\n"
    "qCfIZnerFnM=\n"
    "-----END CERTIFICATE-----\n";

static const char REQUEST[] = "-----BEGIN CERTIFICATE REQUEST-----\n"
                              "MIHaMIGBAgEAMB8xCjAIBgNVBAMMAWExETAPBgNVBAoMCEhvbGRmYXN0MFkwEwYH\n"
                              "KoZIzj0CAQYIKoZIzj0DAQcDQgAE6eI3nDUKNSEmi4VxByAEhkaEQmZc/SAB67u3\n"
                              "dtn59CG2xB9J/MJS+vPsFbfat/VGxTv7vMM0ZXkjjGLj26tpsKAAMAoGCCqGSM49\n"
                              "BAMCA0gAMEUCIQDuc+9zXtFZkOqBWuUFGmI4q39kkaQ48Cah4l9WuZrhpwIgEdLs\n"
                              "apOj6J71bRKy+nLfhQevvkMGzpecP2kVbPA2Jko=\n"
                              "-----END CERTIFICATE REQUEST-----\n";

/* What is in the PEM, too. */
static void put_pem(const char *target, const char *pem)
{
    uint8_t der[1024];
    size_t len = 0;
    const char *begin = strchr(pem, '\n'), *end = strstr(pem, "-----END");
    seed_put_text(target, "pem", pem);
    if (mbedtls_base64_decode(der, sizeof der, &len, (const unsigned char *)begin,
                              (size_t)(end - begin)) != 0) {
        (void)fprintf(stderr, "%s: no base64\n", target);
        exit(1);
    }
    seed_put(target, "der", der, len);
}

static void signatures(void)
{
    static const uint8_t least[] = {0x30, 6, 2, 1, 1, 2, 1, 1}; /* two numbers, both 1 */
    seed_put("signature", "der", least, sizeof least);
    seed_put_text("signature", "text", "MAYCAQECAQE=");
    put_pem("certificates", CERTIFICATE);
    put_pem("host_csr", REQUEST);
    seed_put_text("renewal", "certificate", CERTIFICATE);
}

/* --- what a board is told and says of itself --- */

static void boards(void)
{
    char text[HF_NETWORK_TEXT_MAX];
    struct hf_network network = {.ssid = "attic", .ssid_len = 5, .country = "DE", .pmk = {1}};
    seed_put("network", "wpa2", text, hf_network_write(&network, text));
    network.open = true;
    seed_put("network", "open", text, hf_network_write(&network, text));
    seed_put_text("host_target", "pi",
                  "uid=1000\nsudo=1\nmachine=armv6l\nkernel=6.1.21+\nmodel=Raspberry Pi Zero W\n"
                  "init=systemd\nboard=shed-1\nmemory_kb=440000\nfree_kb=12000000\nworker\n");
    seed_put_text("payload", "gpio",
                  "{\"chip\":0,\"line\":\"0x1f\",\"do\":\"wait\",\"edge\":\"both\"}");
    seed_put_text("payload", "path", "/var/log/messages");
}

static void brokers(void)
{
    const struct hf_topology_users users = {0};
    cJSON *definitions = hf_topology_definitions("holdfast", &users);
    char *text = cJSON_PrintUnformatted(definitions);
    seed_put_text("host_audit", "declared", text);
    cJSON_free(text);
    cJSON_Delete(definitions);
}

/* --- what a board's processes say to each other --- */

static void put_petition(const char *seed, struct hf_petition petition)
{
    uint8_t bytes[1 + sizeof petition] = {4};
    memcpy(bytes + 1, &petition, sizeof petition);
    seed_put("monitor", seed, bytes, sizeof bytes);
}

static void processes(void)
{
    const struct hf_reply reply = {.err = HF_ERR_DENIED, .raw = 1, .text = "not on this board"};
    uint8_t bytes[1 + sizeof reply] = {0};
    put_petition("start", (struct hf_petition){.kind = HF_PETITION_START, .task = TASK});
    put_petition("find", (struct hf_petition){.kind = HF_PETITION_FIND, .task = TASK});
    put_petition("kill", (struct hf_petition){.kind = HF_PETITION_SIGNAL, .pid = INT32_MAX});
    put_petition("tell", (struct hf_petition){.kind = HF_PETITION_TELL, .number = 1});
    memcpy(bytes + 1, &reply, sizeof reply);
    seed_put("monitor", "reply", bytes, sizeof bytes);
    seed_put_text("child", "progress",
                  "\x80"
                  "10 warm\n40% half of it\n100\tdone\n");
}

static void configs(void)
{
    seed_put_text(
        "config", "least",
        "{\"board\": \"shed-1\", \"broker\": {\"host\": \"broker.example\"},\n"
        " \"tls\": {\"ca\": \"ca.pem\", \"cert\": \"cert.pem\", \"key\": \"key.pem\"}}\n");
    seed_put_text("config", "more",
                  "// a board\n{\"board\": \"shed-1\", /* two brokers */\n"
                  " \"broker\": {\"host\": \"a.example, b.example:5672\", \"port\": 5671,\n"
                  "  \"vhost\": \"holdfast\", \"user\": \"u\", \"password\": \"p\"},\n"
                  " \"tls\": {\"ca\": \"ca.pem\"}, \"pool\": \"p\", \"slots\": 3,\n"
                  " \"journal\": \"ram\", \"ack\": \"pipelined\", \"heartbeat_s\": 10,\n"
                  " \"labels\": \"camera site=north\", \"log_level\": \"debug\"}\n");
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
    programs();
    signatures();
    boards();
    brokers();
    processes();
    configs();
    seed_sessions();
    return 0;
}
