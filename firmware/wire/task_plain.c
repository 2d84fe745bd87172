#include "cJSON.h"
#include "wire/json.h"
#include "wire/task.h"
#include "wire/task_fields.h"
#include "wire/utf8.h"

#include <stdlib.h>
#include <string.h>

static bool is_null(struct hf_str value)
{
    return hf_str_equal(value, hf_str("null"));
}

static bool is_string(struct hf_str value)
{
    return value.len > 0 && value.data[0] == '"';
}

static bool all_digits(struct hf_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
    }
    return true;
}

/* Whole numbers keep the digits they are written with: no id is rounded to a double. */
static enum hf_err read_plain_id(struct hf_str value, struct hf_task *task, struct hf_fault *fault)
{
    if (value.len == 0 || is_null(value))
        return hf_fault_set(fault, HF_ERR_MISSING, 0,
                            "no message_id, and no \"task_id\" in the body: a task needs an id");
    char id[HF_ID_MAX + 1] = "";
    bool ok = is_string(value) ? hf_json_text_into(value, id, sizeof id) == HF_ERR_OK
                               : all_digits(value) && hf_str_copy(id, sizeof id, value);
    if (!ok || !hf_id_valid(hf_str(id)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"task_id\" is %.*s, wanted a whole number or text: " HF_TASK_ID_RULE,
                            HF_TASK_QUOTE(value));
    memcpy(task->id, id, sizeof id);
    return HF_ERR_OK;
}

static enum hf_err read_plain_handler(struct hf_str value, struct hf_task *task,
                                      struct hf_fault *fault)
{
    if (value.len == 0 || is_null(value))
        return HF_ERR_OK;
    char handler[HF_NAME_MAX + 1] = "";
    if (hf_json_text_into(value, handler, sizeof handler) != HF_ERR_OK)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"type\" is %.*s, wanted text: " HF_TASK_HANDLER_RULE,
                            HF_TASK_QUOTE(value));
    return hf_task_read_handler(hf_str(handler), task, fault);
}

static enum hf_err copy_payload(struct hf_str value, char **payload)
{
    char *copy = malloc(value.len + 1);
    if (!copy)
        return HF_ERR_NO_MEMORY;
    if (value.len > 0)
        memcpy(copy, value.data, value.len);
    copy[value.len] = '\0';
    *payload = copy;
    return HF_ERR_OK;
}

static enum hf_err read_plain_data(struct hf_str value, char **payload, size_t *payload_len,
                                   struct hf_fault *fault)
{
    enum hf_err err =
        is_string(value) ? hf_json_text(value, payload) : copy_payload(value, payload);
    if (err == HF_ERR_INVALID)
        return hf_fault_set(fault, err, 0,
                            "\"data\" holds the escape \\u0000, which plain tasks do not carry: "
                            "encode it, as base64 for example");
    if (err != HF_ERR_OK)
        return hf_fault_set(fault, err, 0, "no memory for the %zu bytes of \"data\"", value.len);
    *payload_len = is_string(value) ? strlen(*payload) : value.len;
    return HF_ERR_OK;
}

static enum hf_err read_plain(const struct hf_envelope *envelope, struct hf_str body,
                              struct hf_task *task, struct hf_str *data, struct hf_fault *fault)
{
    struct hf_json_field fields[] = {{.name = "task_id"}, {.name = "type"}, {.name = "data"}};
    struct hf_fault job_fault = {0};
    enum hf_err job_err = hf_task_read_job(envelope, task, &job_fault);
    if (body.len > HF_PLAIN_BODY_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                            "the body of a plain task is %zu bytes, the limit is %d: "
                            "publish it with a message_id and the payload as the body",
                            body.len, HF_PLAIN_BODY_MAX);
    enum hf_err err = hf_json_read(body, fields, sizeof fields / sizeof *fields, fault);
    if (err == HF_ERR_OK)
        err = read_plain_id(fields[0].value, task, fault);
    if (err == HF_ERR_OK && job_err != HF_ERR_OK)
        err = hf_fault_set(fault, job_err, 0, "%s", job_fault.text);
    if (err == HF_ERR_OK)
        err = read_plain_handler(fields[1].value, task, fault);
    if (err == HF_ERR_OK)
        err = hf_task_read_facts(envelope, task, fault);
    *data = fields[2].value;
    return err;
}

enum hf_err hf_task_decode_plain(const struct hf_envelope *envelope, const char *body, size_t len,
                                 struct hf_task *out, char **payload, size_t *payload_len,
                                 struct hf_fault *fault)
{
    memset(out, 0, sizeof *out);
    struct hf_str view = {body, len};
    struct hf_str data = {0};
    enum hf_err err = read_plain(envelope, view, out, &data, fault);
    if (err == HF_ERR_OK)
        err = read_plain_data(data, payload, payload_len, fault);
    if (err != HF_ERR_OK) {
        hf_task_leave_ids(out);
        return err;
    }
    out->plain = true;
    return HF_ERR_OK;
}

static cJSON *plain_object(const struct hf_task *task, const char *payload)
{
    cJSON *object = cJSON_CreateObject();
    bool ok = object && cJSON_AddStringToObject(object, "task_id", task->id) &&
              (!task->handler[0] || cJSON_AddStringToObject(object, "type", task->handler)) &&
              cJSON_AddStringToObject(object, "data", payload);
    if (ok)
        return object;
    cJSON_Delete(object);
    return NULL;
}

enum hf_err hf_task_encode_plain(const struct hf_task *task, struct hf_str payload, char **body,
                                 struct hf_fault *fault)
{
    if (!hf_utf8_valid(payload) || (payload.len > 0 && memchr(payload.data, '\0', payload.len)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "the payload of task %s is not UTF-8 text, or holds a 0 byte: "
                            "submit it without --plain",
                            task->id);
    char *text = NULL;
    char *printed = NULL;
    enum hf_err err = copy_payload(payload, &text);
    cJSON *object = err == HF_ERR_OK ? plain_object(task, text) : NULL;
    if (object)
        printed = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    free(text);
    if (!printed)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for the body of task %s",
                            task->id);
    if (strlen(printed) > HF_PLAIN_BODY_MAX) {
        err = hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                           "the JSON body of task %s is %zu bytes, the limit is %d: "
                           "submit it without --plain",
                           task->id, strlen(printed), HF_PLAIN_BODY_MAX);
        free(printed);
        return err;
    }
    *body = printed;
    return HF_ERR_OK;
}
