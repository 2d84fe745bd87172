#include "wire/event.h"

#include "wire/fields.h"
#include "wire/json.h"
#include "wire/number.h"
#include "wire/result.h"
#include "wire/task.h"
#include "wire/task_fields.h"
#include "wire/utf8.h"

#include <stdio.h>
#include <string.h>

#define PERCENT_MAX    100
#define KELVIN_ZERO_MC (-273150)
#define HOT_MC         1000000 /* no board lives to tell of more */

#define NAME_RULE  "1 to 32 of a-z 0-9 -, not beginning with '-'"
#define LABEL_RULE "1 to 32 of A-Z a-z 0-9 . _ : = -, beginning with a letter or digit"

#define TEXT(type, member, need, valid, rule)                                                      \
    {                                                                                              \
#member, HF_FIELD_TEXT, HF_FIELD_AT(type, member), 0, 0, need, valid, rule                 \
    }
#define WORDS(type, member, most, valid, rule)                                                     \
    {                                                                                              \
#member, HF_FIELD_WORDS, HF_FIELD_AT(type, member), 0, most, false, valid, rule            \
    }
#define NUMBER(type, member, kind, min, max, need)                                                 \
    {                                                                                              \
#member, kind, HF_FIELD_AT(type, member), min, max, need, NULL, NULL                       \
    }
#define COUNTER(type, member)         NUMBER(type, member, HF_FIELD_I64, 0, HF_NUMBER_EXACT_MAX, false)
#define GAUGE(type, member, min, max) NUMBER(type, member, HF_FIELD_GAUGE, min, max, false)
#define ATTEMPT(type)                 NUMBER(type, attempt, HF_FIELD_U32, 1, HF_ATTEMPTS_MAX, true)

static const struct hf_field PRESENCE_FIELDS[] = {
    TEXT(hf_presence, state, true, hf_name_valid, NAME_RULE),
    TEXT(hf_presence, version, false, NULL, NULL),
    TEXT(hf_presence, board, false, hf_handler_name_valid, HF_TASK_HANDLER_RULE),
    TEXT(hf_presence, task, false, hf_id_valid, HF_TASK_ID_RULE),
    COUNTER(hf_presence, uptime_s),
    COUNTER(hf_presence, rss_kb),
    COUNTER(hf_presence, done),
    COUNTER(hf_presence, failed),
    COUNTER(hf_presence, reconnects),
    COUNTER(hf_presence, slots),
    COUNTER(hf_presence, busy),
    COUNTER(hf_presence, stored),
    GAUGE(hf_presence, machine_uptime_s, 0, HF_NUMBER_EXACT_MAX),
    GAUGE(hf_presence, load_milli, 0, HF_NUMBER_EXACT_MAX),
    GAUGE(hf_presence, memory_kb, 0, HF_NUMBER_EXACT_MAX),
    GAUGE(hf_presence, memory_free_kb, 0, HF_NUMBER_EXACT_MAX),
    GAUGE(hf_presence, disk_free_kb, 0, HF_NUMBER_EXACT_MAX),
    GAUGE(hf_presence, temperature_mc, KELVIN_ZERO_MC, HOT_MC),
    GAUGE(hf_presence, throttled, 0, HF_THROTTLED_MAX),
    TEXT(hf_presence, tls, false, NULL, NULL),
    COUNTER(hf_presence, handshake_ms),
    NUMBER(hf_presence, time_wanted, HF_FIELD_BOOL, 0, 0, false),
};

static const struct hf_field PROGRESS_FIELDS[] = {
    TEXT(hf_progress, task, true, hf_id_valid, HF_TASK_ID_RULE),
    ATTEMPT(hf_progress),
    NUMBER(hf_progress, percent, HF_FIELD_I32, 0, PERCENT_MAX, true),
    TEXT(hf_progress, note, false, NULL, NULL),
};

static const struct hf_field FACTS_FIELDS[] = {
    TEXT(hf_facts, version, false, NULL, NULL),
    TEXT(hf_facts, board, false, hf_handler_name_valid, HF_TASK_HANDLER_RULE),
    TEXT(hf_facts, arch, false, NULL, NULL),
    TEXT(hf_facts, kernel, false, NULL, NULL),
    GAUGE(hf_facts, cores, 1, HF_NUMBER_EXACT_MAX),
    GAUGE(hf_facts, memory_kb, 0, HF_NUMBER_EXACT_MAX),
    WORDS(hf_facts, labels, HF_LABELS_MAX, hf_label_valid, LABEL_RULE),
    WORDS(hf_facts, handlers, HF_HANDLERS_MAX, hf_handler_name_valid, HF_TASK_HANDLER_RULE),
    COUNTER(hf_facts, handlers_more),
    WORDS(hf_facts, limits, HF_GUARDS_MAX, hf_name_valid, NAME_RULE),
};

static const struct hf_field LOG_FIELDS[] = {
    TEXT(hf_log_piece, task, true, hf_id_valid, HF_TASK_ID_RULE),
    ATTEMPT(hf_log_piece),
    COUNTER(hf_log_piece, skipped_bytes),
    {"text", HF_FIELD_LINES, HF_FIELD_AT(hf_log_piece, text), 0, 0, false, NULL, NULL},
};

static const struct hf_field ANSWER_FIELDS[] = {
    TEXT(hf_answer, id, true, hf_id_valid, HF_TASK_ID_RULE),
    NUMBER(hf_answer, ok, HF_FIELD_BOOL, 0, 0, true),
    TEXT(hf_answer, text, false, NULL, NULL),
};

_Static_assert(HF_EVENT_LOG_MAX < HF_FIELD_TEXT_MAX, "the longest text of an event fits");
_Static_assert(HF_NAME_MAX < HF_FIELD_WORD_MAX, "and the longest word");

#define FORM(name, table)                                                                          \
    {                                                                                              \
        name, table, sizeof(table) / sizeof *(table)                                               \
    }
static const struct hf_form FORMS[] = {
#define X(name, text) [HF_EVENT_##name] = FORM(text, name##_FIELDS),
    HF_EVENT_LIST(X)
#undef X
};

#define FORM_COUNT (sizeof FORMS / sizeof *FORMS)

const char *hf_event_text(enum hf_event_kind kind)
{
    return (size_t)kind < FORM_COUNT ? FORMS[kind].name : NULL;
}

void hf_event_route(char out[HF_ROUTE_MAX + 1], enum hf_event_kind kind, const char *board)
{
    char prefix[HF_ROUTE_MAX + 1];
    (void)snprintf(prefix, sizeof prefix, "%s.", hf_event_text(kind));
    hf_route(out, prefix, board);
}

bool hf_event_add_word(char *words, size_t size, size_t max, const char *word)
{
    return hf_words_add(words, size, max, hf_str(word));
}

void hf_event_answer(struct hf_event *out, const char *id, bool ok, const char *text)
{
    const struct hf_str head = hf_utf8_head(hf_str(text), HF_FAULT_TEXT_MAX);
    memset(out, 0, sizeof *out);
    out->kind = HF_EVENT_ANSWER;
    out->answer.ok = ok;
    (void)snprintf(out->answer.id, sizeof out->answer.id, "%s", id[0] ? id : HF_ID_UNREADABLE);
    (void)hf_str_copy(out->answer.text, sizeof out->answer.text, head);
}

enum hf_err hf_event_encode(const struct hf_event *event, char *body, size_t size, size_t *len)
{
    if ((size_t)event->kind >= FORM_COUNT)
        return HF_ERR_INVALID;
    const size_t room = size > HF_EVENT_BODY_MAX ? HF_EVENT_BODY_MAX + 1 : size;
    return hf_fields_encode("event", &FORMS[event->kind], &event->presence, body, room, len);
}

static enum hf_err take_kind(struct hf_str body, enum hf_event_kind *out, struct hf_fault *fault)
{
    static const struct hf_field EVENT = {
        "event", HF_FIELD_TEXT, 0, 0, 0, 0, true, NULL, "an event of this protocol"};
    struct hf_json_field field = {.name = "event"};
    char name[16] = "";
    enum hf_err err = hf_json_read(body, &field, 1, fault);
    if (err != HF_ERR_OK)
        return err;
    err = hf_json_text_into(field.value, name, sizeof name);
    for (size_t i = 0; i < FORM_COUNT && err == HF_ERR_OK; i++) {
        if (strcmp(name, FORMS[i].name) != 0)
            continue;
        *out = (enum hf_event_kind)i;
        return HF_ERR_OK;
    }
    return hf_field_fault("the event", &EVENT, err, field.value, fault);
}

enum hf_err hf_event_decode(const char *body, size_t len, struct hf_event *out,
                            struct hf_fault *fault)
{
    struct hf_str view = {body, len};
    memset(out, 0, sizeof *out);
    if (len > HF_EVENT_BODY_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "the event is %zu bytes, the limit is %d",
                            len, HF_EVENT_BODY_MAX);
    enum hf_err err = take_kind(view, &out->kind, fault);
    if (err == HF_ERR_OK)
        err = hf_fields_decode("the event", &FORMS[out->kind], view, &out->presence, fault);
    if (err != HF_ERR_OK)
        memset(out, 0, sizeof *out);
    return err;
}
