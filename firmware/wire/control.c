#include "wire/control.h"

#include "wire/fields.h"
#include "wire/json.h"
#include "wire/number.h"
#include "wire/task.h"
#include "wire/task_fields.h"

#include <string.h>

#define ID(member, need)                                                                           \
    {                                                                                              \
#member, HF_FIELD_TEXT, HF_FIELD_AT(hf_control, member), 0, 0, need, hf_id_valid,          \
            HF_TASK_ID_RULE                                                                        \
    }
#define HEAD                                                                                       \
    ID(id, true),                                                                                  \
    {                                                                                              \
        "time", HF_FIELD_I64, HF_FIELD_AT(hf_control, time_ms), HF_NOT_AFTER_MS_MIN,               \
            HF_UNIX_MS_MAX, true, NULL, NULL                                                       \
    }

static const struct hf_field HEAD_FIELDS[] = {HEAD};
static const struct hf_field CANCEL_FIELDS[] = {
    HEAD,
    ID(task, false),
    ID(job, false),
    {"attempt", HF_FIELD_U32, HF_FIELD_AT(hf_control, attempt), 0, HF_ATTEMPTS_MAX, false, NULL,
     NULL},
};
static const struct hf_field LOGS_FIELDS[] = {
    HEAD,
    ID(task, true),
    {"on", HF_FIELD_BOOL, HF_FIELD_AT(hf_control, on), 0, 0, true, NULL, NULL},
};
#define PING_FIELDS   HEAD_FIELDS
#define DRAIN_FIELDS  HEAD_FIELDS
#define RESUME_FIELDS HEAD_FIELDS
#define RELOAD_FIELDS HEAD_FIELDS
#define TIME_FIELDS   HEAD_FIELDS

static const struct hf_form FORMS[] = {
#define X(name, text)                                                                              \
    [HF_CONTROL_##name] = {text, name##_FIELDS, sizeof name##_FIELDS / sizeof *name##_FIELDS},
    HF_CONTROL_LIST(X)
#undef X
};

#define FORM_COUNT (sizeof FORMS / sizeof *FORMS)

const char *hf_control_text(enum hf_control_kind kind)
{
    return (size_t)kind < FORM_COUNT ? FORMS[kind].name : NULL;
}

/* What one field alone cannot say. */
static enum hf_err check_whole(const struct hf_control *control, struct hf_fault *fault)
{
    if (control->kind != HF_CONTROL_CANCEL || !control->task[0] != !control->job[0])
        return HF_ERR_OK;
    return hf_fault_set(fault, control->task[0] ? HF_ERR_INVALID : HF_ERR_MISSING, 0,
                        "a cancel command names one of \"task\" and \"job\": this has %s",
                        control->task[0] ? "both" : "neither");
}

static bool id_ok(const char *id, bool required)
{
    return id[0] ? hf_id_valid(hf_str(id)) : !required;
}

enum hf_err hf_control_encode(const struct hf_control *control, char *body, size_t size,
                              size_t *len)
{
    if ((size_t)control->kind >= FORM_COUNT || !id_ok(control->id, true) ||
        !id_ok(control->task, control->kind == HF_CONTROL_LOGS) || !id_ok(control->job, false) ||
        check_whole(control, NULL) != HF_ERR_OK)
        return HF_ERR_INVALID;
    const size_t room = size > HF_CONTROL_BODY_MAX ? HF_CONTROL_BODY_MAX + 1 : size;
    return hf_fields_encode("command", &FORMS[control->kind], control, body, room, len);
}

/* Id and time are wanted even where the rest is of no use: to answer, and to learn the time. */
static enum hf_err take_head(struct hf_str body, struct hf_control *out, struct hf_str *name,
                             struct hf_fault *fault)
{
    struct hf_json_field found[] = {{.name = "command"}, {.name = "id"}, {.name = "time"}};
    enum hf_err err = hf_json_read(body, found, sizeof found / sizeof *found, fault);
    if (err != HF_ERR_OK)
        return err;
    *name = found[0].value;
    if (hf_json_text_into(found[1].value, out->id, sizeof out->id) != HF_ERR_OK ||
        !hf_id_valid(hf_str(out->id)))
        out->id[0] = '\0';
    (void)hf_number_parse(found[2].value, HF_NOT_AFTER_MS_MIN, HF_UNIX_MS_MAX, &out->time_ms);
    return HF_ERR_OK;
}

static enum hf_err take_kind(struct hf_str value, enum hf_control_kind *out, struct hf_fault *fault)
{
    static const struct hf_field COMMAND = {"command", HF_FIELD_TEXT, 0,   HF_NAME_MAX + 1, 0, 0,
                                            true,      NULL,          NULL};
    char name[HF_NAME_MAX + 1] = "";
    enum hf_err err = hf_json_text_into(value, name, sizeof name);
    if (err != HF_ERR_OK)
        return hf_field_fault("the command", &COMMAND, err, value, fault);
    for (size_t i = 0; i < FORM_COUNT; i++) {
        if (strcmp(name, FORMS[i].name) != 0)
            continue;
        *out = (enum hf_control_kind)i;
        return HF_ERR_OK;
    }
#define X(kind, text) " " text
    return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0,
                        "no such command here: \"%s\"; this board knows" HF_CONTROL_LIST(X), name);
#undef X
}

enum hf_err hf_control_decode(const char *body, size_t len, struct hf_control *out,
                              struct hf_fault *fault)
{
    struct hf_control head = {0};
    struct hf_str view = {body, len};
    struct hf_str name;
    memset(out, 0, sizeof *out);
    if (len > HF_CONTROL_BODY_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "the command is %zu bytes, the limit is %d",
                            len, HF_CONTROL_BODY_MAX);
    enum hf_err err = take_head(view, &head, &name, fault);
    if (err == HF_ERR_OK)
        err = take_kind(name, &out->kind, fault);
    if (err == HF_ERR_OK)
        err = hf_fields_decode("the command", &FORMS[out->kind], view, out, fault);
    if (err == HF_ERR_OK)
        err = check_whole(out, fault);
    if (err != HF_ERR_OK)
        *out = head;
    return err;
}
