#include "worker/config_keys.h"

#include "wire/task.h"
#include "wire/topology.h"
#include "worker/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MIB INT64_C(1048576)

#define MEMBER(member) offsetof(struct hf_config, member), sizeof(((struct hf_config *)0)->member)
#define SECTION(name)                                                                              \
    {                                                                                              \
        NULL, name, HF_KEY_SECTION, 0, 0, true, NULL, 0, 0, 0                                      \
    }
#define LIMIT(name, member, max, preset) NUMBER("limits", name, limits.member, 0, max, preset)
#define OPTIONAL_SECTION(name)                                                                     \
    {                                                                                              \
        NULL, name, HF_KEY_SECTION, 0, 0, false, NULL, 0, 0, 0                                     \
    }
#define REQUIRED(section, name, kind, member)                                                      \
    {                                                                                              \
        section, name, kind, MEMBER(member), true, NULL, 0, 0, 0                                   \
    }
#define OPTIONAL(section, name, kind, member, preset)                                              \
    {                                                                                              \
        section, name, kind, MEMBER(member), false, preset, 0, 0, 0                                \
    }
#define NUMBER(section, name, member, min, max, preset)                                            \
    {                                                                                              \
        section, name, HF_KEY_NUMBER, MEMBER(member), false, NULL, min, max, preset                \
    }

const struct hf_key hf_keys[] = {
    REQUIRED(NULL, "board", HF_KEY_BOARD, board),
    SECTION("broker"),
    REQUIRED("broker", "host", HF_KEY_TEXT, broker.host),
    NUMBER("broker", "port", broker.port, 1, 65535, 5671),
    OPTIONAL("broker", "vhost", HF_KEY_TEXT, broker.vhost, HF_VHOST),
    OPTIONAL("broker", "server_name", HF_KEY_TEXT, broker.server_name, NULL),
    OPTIONAL("broker", "user", HF_KEY_TEXT, broker.user, NULL),
    OPTIONAL("broker", "password", HF_KEY_SECRET, broker.password, NULL),
    SECTION("tls"),
    REQUIRED("tls", "ca", HF_KEY_PATH, tls.ca),
    OPTIONAL("tls", "cert", HF_KEY_PATH, tls.cert, NULL),
    OPTIONAL("tls", "key", HF_KEY_PATH, tls.key, NULL),
    OPTIONAL(NULL, "pool", HF_KEY_BOARD, pool, HF_POOL_DEFAULT),
    OPTIONAL(NULL, "queue", HF_KEY_TEXT, queue, NULL),
    OPTIONAL(NULL, "default_handler", HF_KEY_HANDLER, default_handler, "echo"),
    OPTIONAL(NULL, "handlers", HF_KEY_PATH, handlers, "/etc/holdfast/handlers"),
    OPTIONAL(NULL, "allow_handlers", HF_KEY_HANDLERS, allow_handlers, NULL),
    OPTIONAL(NULL, "state", HF_KEY_PATH, state, "/var/lib/holdfast"),
    OPTIONAL(NULL, "require_sender", HF_KEY_SENDER, require_sender, HF_MANAGER_USER),
    OPTIONAL(NULL, "require_signature", HF_KEY_PATH, require_signature, NULL),
    OPTIONAL(NULL, "sign_results", HF_KEY_FLAG, sign_results, NULL),
    OPTIONAL(NULL, "set_clock", HF_KEY_FLAG, set_clock, NULL),
    OPTIONAL(NULL, "log", HF_KEY_LOG, log_to_system, "stderr"),
    OPTIONAL(NULL, "log_level", HF_KEY_LEVEL, log_level, "info"),
    NUMBER(NULL, "task_timeout_s", task_timeout_s, 1, HF_TIMEOUT_MS_MAX / 1000, 3600),
    NUMBER(NULL, "task_soft_timeout_s", task_soft_timeout_s, 0, HF_TIMEOUT_MS_MAX / 1000, 0),
    NUMBER(NULL, "kill_grace_s", kill_grace_s, 0, 600, 5),
    NUMBER(NULL, "max_payload_bytes", max_payload_bytes, 1, 512 * MIB, 128 * MIB),
    NUMBER(NULL, "max_output_bytes", max_output_bytes, 1, 512 * MIB, 16 * MIB - 65536),
    NUMBER(NULL, "heartbeat_s", heartbeat_s, 1, 600, 10),
    NUMBER(NULL, "reconnect_min_ms", reconnect_min_ms, 10, 600000, 500),
    NUMBER(NULL, "reconnect_max_ms", reconnect_max_ms, 10, 3600000, 60000),
    NUMBER(NULL, "slots", slots, 1, HF_CONFIG_SLOTS_MAX, 1),
    OPTIONAL(NULL, "journal", HF_KEY_JOURNAL, journal, "flash"),
    OPTIONAL(NULL, "ack", HF_KEY_ACK, ack_pipelined, "confirmed"),
    NUMBER(NULL, "crash_limit", crash_limit, 1, 100, 3),
    NUMBER(NULL, "consumer_timeout_s", consumer_timeout_s, 60, 691200, 691200),
    NUMBER(NULL, "presence_s", presence_s, 5, 3600, 30),
    OPTIONAL(NULL, "watchdog", HF_KEY_PATH, watchdog, NULL),
    OPTIONAL(NULL, "labels", HF_KEY_TEXT, labels, NULL),
    OPTIONAL(NULL, "task_user", HF_KEY_TEXT, task_user, NULL),
    OPTIONAL(NULL, "worker_user", HF_KEY_TEXT, worker_user, NULL),
    OPTIONAL_SECTION("limits"),
    LIMIT("memory_mb", memory_mb, 1048576, 0),
    LIMIT("cpu_s", cpu_s, HF_TIMEOUT_MS_MAX / 1000, 0),
    LIMIT("files", files, 1048576, 1024),
    LIMIT("processes", processes, 1048576, 256),
    LIMIT("file_size_mb", file_size_mb, 1048576, 0),
    NUMBER(NULL, "disk_reserve_mb", disk_reserve_mb, 0, 1048576, 8),
    NUMBER(NULL, "update_trial_s", update_trial_s, 5, 3600, 60),
    {.name = NULL},
};

_Static_assert(sizeof hf_keys / sizeof *hf_keys <= 65, "config.c keeps one bit a key");

static bool same_section(const struct hf_key *key, const char *section)
{
    if (!key->section || !section)
        return key->section == section;
    return strcmp(key->section, section) == 0;
}

const struct hf_key *hf_key_find(const char *section, const char *name)
{
    for (const struct hf_key *key = hf_keys; key->name; key++) {
        if (same_section(key, section) && strcmp(key->name, name) == 0)
            return key;
    }
    return NULL;
}

/* Levenshtein's distance of `a` to the first 31 bytes of `b`. */
static size_t distance(const char *a, const char *b)
{
    size_t row[32];
    size_t len = strnlen(b, 31);
    for (size_t i = 0; i <= len; i++)
        row[i] = i;
    for (; *a; a++) {
        size_t diagonal = row[0]++;
        for (size_t i = 1; i <= len; i++) {
            size_t change = diagonal + (*a != b[i - 1]);
            size_t add = (row[i] < row[i - 1] ? row[i] : row[i - 1]) + 1;
            diagonal = row[i];
            row[i] = change < add ? change : add;
        }
    }
    return row[len];
}

const struct hf_key *hf_key_nearest(const char *section, const char *name)
{
    const struct hf_key *best = NULL;
    size_t best_distance = 0;
    for (const struct hf_key *key = hf_keys; key->name; key++) {
        size_t here = same_section(key, section) ? distance(key->name, name) : 0;
        if (same_section(key, section) && (!best || here < best_distance)) {
            best = key;
            best_distance = here;
        }
    }
    return best;
}

void hf_key_name(const struct hf_key *key, char out[HF_KEY_NAME_MAX])
{
    (void)snprintf(out, HF_KEY_NAME_MAX, "%s%s%s", key->section ? key->section : "",
                   key->section ? "." : "", key->name);
}

void hf_key_expected(const struct hf_key *key, char out[HF_KEY_EXPECTED_MAX])
{
    const char *text = "";
    switch (key->kind) {
    case HF_KEY_SECTION: text = "an object, { ... }"; break;
    case HF_KEY_BOARD: text = "a name of 1 to 32 of a-z, 0-9 and -, not beginning with -"; break;
    case HF_KEY_HANDLER:
        text = "a name of 1 to 32 of A-Z, a-z, 0-9, . _ -, beginning with a letter or digit";
        break;
    case HF_KEY_HANDLERS:
        text = "names of handlers with one blank between, 255 bytes at most";
        break;
    case HF_KEY_SENDER: text = "a name of a-z, 0-9 and -, or null to take tasks of anyone"; break;
    case HF_KEY_TEXT:
    case HF_KEY_SECRET: text = "a text of 1 to 255 bytes"; break;
    case HF_KEY_PATH: text = "a path of 1 to 511 bytes"; break;
    case HF_KEY_LEVEL: text = "\"error\", \"warn\", \"info\" or \"debug\""; break;
    case HF_KEY_JOURNAL: text = "\"flash\", \"ram\" or \"off\""; break;
    case HF_KEY_ACK: text = "\"confirmed\" or \"pipelined\""; break;
    case HF_KEY_LOG: text = "\"stderr\" or \"syslog\""; break;
    case HF_KEY_FLAG: text = "true or false"; break;
    case HF_KEY_NUMBER:
        (void)snprintf(out, HF_KEY_EXPECTED_MAX, "a whole number from %" PRId64 " to %" PRId64,
                       key->min, key->max);
        return;
    }
    (void)snprintf(out, HF_KEY_EXPECTED_MAX, "%s", text);
}
