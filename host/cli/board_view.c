#include "cli/board_view.h"

#include "ledger/tasks.h"
#include "manager/fleet.h"
#include "pki/authority.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_leaving(const struct hf_board *board)
{
    return strcmp(board->state, "leaving") == 0;
}

bool hf_board_is_online(const struct hf_board *board, int64_t now_ms)
{
    return board->enrolled_ms && !board->retired_ms && board->seen_ms && !is_leaving(board) &&
           now_ms - board->seen_ms <= HF_FLEET_SILENT_MS;
}

void hf_board_state(const struct hf_board *board, int64_t now_ms, char text[HF_BOARD_STATE_MAX])
{
    const char *state = board->state[0] ? board->state : "idle";
    if (board->retired_ms)
        state = "retired";
    else if (!board->enrolled_ms)
        state = "unknown";
    else if (!board->seen_ms)
        state = "never";
    else if (!hf_board_is_online(board, now_ms))
        state = "offline";
    snprintf(text, HF_BOARD_STATE_MAX, "%.15s", state);
}

void hf_board_certificate(const struct hf_board *board, int64_t now_ms,
                          char text[HF_BOARD_STATE_MAX])
{
    const int64_t left_s = board->certificate_until_s - now_ms / 1000;
    const int64_t days = left_s / 86400;
    if (board->certificate_until_s == 0)
        snprintf(text, HF_BOARD_STATE_MAX, "-");
    else if (left_s <= 0)
        snprintf(text, HF_BOARD_STATE_MAX, "ENDED");
    else
        snprintf(text, HF_BOARD_STATE_MAX, "%s%d d", left_s < HF_PKI_RENEW_S ? "ENDS " : "",
                 (int)days);
}

void hf_board_seen(const struct hf_board *board, int64_t now_ms, char text[HF_OUT_SHORT])
{
    const int64_t ago_ms = now_ms > board->seen_ms ? now_ms - board->seen_ms : 0;
    if (board->seen_ms == 0)
        snprintf(text, HF_OUT_SHORT, "-");
    else if (ago_ms < 1000)
        snprintf(text, HF_OUT_SHORT, "now");
    else if (ago_ms < 60000)
        snprintf(text, HF_OUT_SHORT, "%d s", (int)(ago_ms / 1000));
    else
        hf_out_duration(text, ago_ms);
}

void hf_board_task(struct hf_ledger *ledger, const struct hf_board *board,
                   char text[HF_BOARD_TASK_MAX])
{
    struct hf_entry entry;
    if (board->task[0] && hf_tasks_get(ledger, board->task, &entry, NULL) == HF_ERR_OK)
        snprintf(text, HF_BOARD_TASK_MAX, "%" PRId64 "/%" PRId64, entry.job, entry.seq);
    else
        snprintf(text, HF_BOARD_TASK_MAX, "%.13s", board->task[0] ? board->task : "-");
}

bool hf_board_has_word(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = words; *at; at += strspn(at, " ")) {
        size_t one = strcspn(at, " ");
        if (one == len && memcmp(at, word, len) == 0)
            return true;
        at += one;
    }
    return false;
}

static void put(cJSON *object, const char *key, int64_t number)
{
    cJSON_AddNumberToObject(object, key, (double)number);
}

static void put_gauge(cJSON *object, const char *key, struct hf_gauge gauge)
{
    if (gauge.known)
        put(object, key, gauge.value);
}

static void put_words(cJSON *object, const char *key, const char *words)
{
    char word[HF_NAME_MAX + 1];
    cJSON *list = cJSON_AddArrayToObject(object, key);
    for (const char *at = words; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        if (hf_str_copy(word, sizeof word, (struct hf_str){at, len}))
            cJSON_AddItemToArray(list, cJSON_CreateString(word));
        at += len;
    }
}

static void put_presence(cJSON *object, const struct hf_presence *presence)
{
    cJSON_AddStringToObject(object, "version", presence->version);
    put(object, "slots", presence->slots);
    put(object, "busy", presence->busy);
    put(object, "stored", presence->stored);
    put(object, "uptime_s", presence->uptime_s);
    put(object, "rss_kb", presence->rss_kb);
    put(object, "reconnects", presence->reconnects);
    put_gauge(object, "machine_uptime_s", presence->machine_uptime_s);
    put_gauge(object, "load_milli", presence->load_milli);
    put_gauge(object, "memory_kb", presence->memory_kb);
    put_gauge(object, "memory_free_kb", presence->memory_free_kb);
    put_gauge(object, "disk_free_kb", presence->disk_free_kb);
    put_gauge(object, "temperature_mc", presence->temperature_mc);
    put_gauge(object, "throttled", presence->throttled);
    cJSON_AddStringToObject(object, "tls", presence->tls);
}

static void put_facts(cJSON *object, const struct hf_facts *facts)
{
    cJSON_AddStringToObject(object, "kind", facts->board);
    cJSON_AddStringToObject(object, "arch", facts->arch);
    cJSON_AddStringToObject(object, "kernel", facts->kernel);
    put_gauge(object, "cores", facts->cores);
    put(object, "handlers_more", facts->handlers_more);
    put_words(object, "limits", facts->limits);
}

cJSON *hf_board_json(const struct hf_board *board, int64_t now_ms)
{
    char state[HF_BOARD_STATE_MAX];
    cJSON *object = cJSON_CreateObject();
    hf_board_state(board, now_ms, state);
    cJSON_AddStringToObject(object, "board", board->name);
    cJSON_AddStringToObject(object, "pool", board->pool);
    cJSON_AddStringToObject(object, "state", state);
    cJSON_AddBoolToObject(object, "online", hf_board_is_online(board, now_ms));
    cJSON_AddStringToObject(object, "task", board->task);
    put(object, "seen_ms", board->seen_ms);
    put(object, "enrolled_ms", board->enrolled_ms);
    put(object, "retired_ms", board->retired_ms);
    put(object, "certificate_until_s", board->certificate_until_s);
    put(object, "done", board->done);
    put(object, "failed", board->failed);
    put_words(object, "labels", board->facts.labels);
    put_words(object, "handlers", board->facts.handlers);
    if (board->presence_ms)
        put_presence(object, &board->presence);
    if (board->facts_ms)
        put_facts(object, &board->facts);
    return object;
}
