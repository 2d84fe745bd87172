#include "wire/event.h"

#include "cJSON.h"
#include "wire/json.h"
#include "wire/number.h"
#include "wire/task.h"
#include "wire/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PERCENT_MAX 100

/* One field of an event's JSON; the tables below are the two events, for both directions. */
struct field {
    const char *name;
    enum { TEXT, U32, I32, I64 } type;
    size_t offset;    /* in the struct */
    size_t size;      /* TEXT: of the array */
    int64_t min, max; /* numbers */
    bool required;
    bool (*valid)(struct hf_str text); /* TEXT, when not empty; NULL: any */
};

static bool state_valid(struct hf_str text)
{
    return hf_name_valid(text);
}

#define PRESENCE(member)        offsetof(struct hf_presence, member)
#define PROGRESS(member)        offsetof(struct hf_progress, member)
#define TEXT_SIZE(type, member) sizeof(((struct type *)0)->member)
#define COUNTER(name)                                                                              \
    {                                                                                              \
#name, I64, PRESENCE(name), 0, 0, HF_NUMBER_EXACT_MAX, false, NULL                         \
    }

static const struct field PRESENCE_FIELDS[] = {
    {"state", TEXT, PRESENCE(state), TEXT_SIZE(hf_presence, state), 0, 0, true, state_valid},
    {"version", TEXT, PRESENCE(version), TEXT_SIZE(hf_presence, version), 0, 0, false, NULL},
    {"board", TEXT, PRESENCE(board), TEXT_SIZE(hf_presence, board), 0, 0, false, hf_name_valid},
    {"task", TEXT, PRESENCE(task), TEXT_SIZE(hf_presence, task), 0, 0, false, hf_id_valid},
    COUNTER(uptime_s),
    COUNTER(rss_kb),
    COUNTER(done),
    COUNTER(failed),
    COUNTER(reconnects),
};

static const struct field PROGRESS_FIELDS[] = {
    {"task", TEXT, PROGRESS(task), TEXT_SIZE(hf_progress, task), 0, 0, true, hf_id_valid},
    {"attempt", U32, PROGRESS(attempt), 0, 1, HF_ATTEMPTS_MAX, true, NULL},
    {"percent", I32, PROGRESS(percent), 0, 0, PERCENT_MAX, true, NULL},
    {"note", TEXT, PROGRESS(note), TEXT_SIZE(hf_progress, note), 0, 0, false, NULL},
};

#define FIELDS_MAX 16 /* at least as many as either table has, and "event" */

/* The kinds: what stands in "event", and the fields that go with it. */
struct kind {
    const char *name;
    const struct field *fields;
    size_t count;
};

static const struct kind KINDS[] = {
    [HF_EVENT_PRESENCE] = {"presence", PRESENCE_FIELDS,
                           sizeof PRESENCE_FIELDS / sizeof *PRESENCE_FIELDS},
    [HF_EVENT_PROGRESS] = {"progress", PROGRESS_FIELDS,
                           sizeof PROGRESS_FIELDS / sizeof *PROGRESS_FIELDS},
};

#define KIND_COUNT (sizeof KINDS / sizeof *KINDS)

static int64_t load_number(const struct field *field, const void *from)
{
    const char *at = (const char *)from + field->offset;
    uint32_t u32 = 0;
    int32_t i32 = 0;
    int64_t i64 = 0;
    switch (field->type) {
    case U32: memcpy(&u32, at, sizeof u32); return u32;
    case I32: memcpy(&i32, at, sizeof i32); return i32;
    case I64: memcpy(&i64, at, sizeof i64); return i64;
    case TEXT: break;
    }
    return 0;
}

static void store_number(const struct field *field, void *to, int64_t number)
{
    char *at = (char *)to + field->offset;
    uint32_t u32 = (uint32_t)number;
    int32_t i32 = (int32_t)number;
    switch (field->type) {
    case U32: memcpy(at, &u32, sizeof u32); break;
    case I32: memcpy(at, &i32, sizeof i32); break;
    case I64: memcpy(at, &number, sizeof number); break;
    case TEXT: break;
    }
}

static enum hf_err put_text(cJSON *object, const struct field *field, const char *text)
{
    char clean[HF_EVENT_NOTE_MAX + 1];
    if (!text[0])
        return HF_ERR_OK;
    if (!hf_str_copy(clean, sizeof clean, hf_str(text)))
        return HF_ERR_TOO_LARGE;
    hf_utf8_clean(clean, false);
    return cJSON_AddStringToObject(object, field->name, clean) ? HF_ERR_OK : HF_ERR_NO_MEMORY;
}

/* As raw text: cJSON would print a round large number with an exponent. */
static enum hf_err put_number(cJSON *object, const struct field *field, int64_t number)
{
    char text[24];
    if (number < field->min || number > field->max)
        return HF_ERR_INVALID;
    (void)snprintf(text, sizeof text, "%" PRId64, number);
    return cJSON_AddRawToObject(object, field->name, text) ? HF_ERR_OK : HF_ERR_NO_MEMORY;
}

static enum hf_err put_fields(cJSON *object, const struct kind *kind, const void *facts)
{
    if (!cJSON_AddStringToObject(object, "event", kind->name))
        return HF_ERR_NO_MEMORY;
    for (size_t i = 0; i < kind->count; i++) {
        const struct field *field = &kind->fields[i];
        enum hf_err err = field->type == TEXT
                              ? put_text(object, field, (const char *)facts + field->offset)
                              : put_number(object, field, load_number(field, facts));
        if (err != HF_ERR_OK)
            return err;
    }
    return HF_ERR_OK;
}

/* Both structs begin where the union does. */
static void *facts_of(struct hf_event *event)
{
    return &event->presence;
}

enum hf_err hf_event_encode(const struct hf_event *event, char *body, size_t size, size_t *len)
{
    if ((size_t)event->kind >= KIND_COUNT)
        return HF_ERR_INVALID;
    cJSON *object = cJSON_CreateObject();
    if (!object)
        return HF_ERR_NO_MEMORY;
    enum hf_err err = put_fields(object, &KINDS[event->kind], &event->presence);
    int room = size > HF_EVENT_BODY_MAX ? HF_EVENT_BODY_MAX + 1 : (int)size;
    if (err == HF_ERR_OK && !cJSON_PrintPreallocated(object, body, room, false))
        err = HF_ERR_TOO_LARGE;
    cJSON_Delete(object);
    if (err == HF_ERR_OK)
        *len = strlen(body);
    return err;
}

static enum hf_err bad_field(struct hf_fault *fault, enum hf_err err, const char *name,
                             struct hf_str value)
{
    if (value.len == 0)
        return hf_fault_set(fault, HF_ERR_MISSING, 0, "the event has no \"%s\"", name);
    return hf_fault_set(fault, err == HF_ERR_NO_MEMORY ? err : HF_ERR_INVALID, 0,
                        "\"%s\" of the event is %.*s, which is not allowed there", name,
                        (int)(value.len > 80 ? 80 : value.len), value.data);
}

static enum hf_err take_text(const struct field *field, struct hf_str value, void *facts)
{
    char *to = (char *)facts + field->offset;
    enum hf_err err = hf_json_text_into(value, to, field->size);
    if (err != HF_ERR_OK)
        return err;
    struct hf_str text = hf_str(to);
    if (text.len == 0)
        return field->required ? HF_ERR_INVALID : HF_ERR_OK;
    if (field->valid && !field->valid(text))
        return HF_ERR_INVALID;
    hf_utf8_clean(to, false);
    return HF_ERR_OK;
}

static enum hf_err take_number(const struct field *field, struct hf_str value, void *facts)
{
    int64_t number = 0;
    enum hf_err err = hf_number_parse(value, field->min, field->max, &number);
    if (err == HF_ERR_OK)
        store_number(field, facts, number);
    return err;
}

static enum hf_err take_fields(const struct kind *kind, struct hf_str body, void *facts,
                               struct hf_fault *fault)
{
    struct hf_json_field found[FIELDS_MAX] = {0};
    for (size_t i = 0; i < kind->count; i++)
        found[i].name = kind->fields[i].name;
    enum hf_err err = hf_json_read(body, found, kind->count, fault);
    for (size_t i = 0; i < kind->count && err == HF_ERR_OK; i++) {
        const struct field *field = &kind->fields[i];
        struct hf_str value = found[i].value;
        if (value.len == 0 && !field->required)
            continue;
        err =
            field->type == TEXT ? take_text(field, value, facts) : take_number(field, value, facts);
        if (err != HF_ERR_OK)
            err = bad_field(fault, err, field->name, value);
    }
    return err;
}

static enum hf_err take_kind(struct hf_str body, enum hf_event_kind *out, struct hf_fault *fault)
{
    struct hf_json_field field = {.name = "event"};
    char name[16] = "";
    enum hf_err err = hf_json_read(body, &field, 1, fault);
    if (err != HF_ERR_OK)
        return err;
    err = hf_json_text_into(field.value, name, sizeof name);
    for (size_t i = 0; i < KIND_COUNT && err == HF_ERR_OK; i++) {
        if (strcmp(name, KINDS[i].name) != 0)
            continue;
        *out = (enum hf_event_kind)i;
        return HF_ERR_OK;
    }
    return bad_field(fault, err, "event", field.value);
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
        err = take_fields(&KINDS[out->kind], view, facts_of(out), fault);
    if (err != HF_ERR_OK)
        memset(out, 0, sizeof *out);
    return err;
}
