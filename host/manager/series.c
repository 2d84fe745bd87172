#include "manager/series.h"

#include <cJSON.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *skip_blanks(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

/* What stands between the braces of an object. */
static struct hf_str inside(const char *object)
{
    const char *from = skip_blanks(skip_blanks(object) + 1);
    const char *to = strrchr(object, '}');
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    return (struct hf_str){from, (size_t)(to - from)};
}

enum hf_err hf_series_check_args(const char *args, struct hf_fault *fault)
{
    cJSON *root = args ? cJSON_ParseWithOpts(args, NULL, true) : NULL;
    bool good = !args || cJSON_IsObject(root);
    cJSON_Delete(root);
    if (good)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "--handler-args wants a JSON object such as {\"content\": \"text\"}, not "
                        "%.60s",
                        args);
}

/* HEAD, the fields of args with a comma before them, and the closing brace. */
static enum hf_err add_object(struct hf_submission *submission, struct hf_str head,
                              const char *args, bool comma, struct hf_fault *fault)
{
    static const char what[] = "the payload";
    struct hf_str more = args ? inside(args) : hf_str("");
    enum hf_err err = HF_ERR_OK;
    hf_submission_task_begin(submission);
    err = hf_submission_task_piece(submission, head, what, fault);
    if (err == HF_ERR_OK && more.len > 0 && comma)
        err = hf_submission_task_piece(submission, hf_str(","), what, fault);
    if (err == HF_ERR_OK)
        err = hf_submission_task_piece(submission, more, what, fault);
    if (err == HF_ERR_OK)
        err = hf_submission_task_piece(submission, hf_str("}"), what, fault);
    return err ? err : hf_submission_task_end(submission, NULL, fault);
}

enum hf_err hf_series_add_args(struct hf_submission *submission, const char *args,
                               struct hf_fault *fault)
{
    return hf_submission_add_bytes(submission, NULL, hf_str(args), fault);
}

enum hf_err hf_series_add_range(struct hf_submission *submission, const struct hf_range *range,
                                const char *args, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    uint64_t count = hf_range_count(range);
    for (uint64_t i = 0; i < count && err == HF_ERR_OK; i++) {
        char head[80];
        int64_t from = 0;
        int64_t to = 0;
        hf_range_part(range, i, &from, &to);
        snprintf(head, sizeof head, "{\"start\":%" PRId64 ",\"end\":%" PRId64, from, to);
        err = add_object(submission, hf_str(head), args, true, fault);
    }
    return err;
}

/* --- The elements of an array, as they are written: numbers of any size stay as they are --- */

static const char *end_of_text(const char *at)
{
    for (at++; *at != '"'; at++) {
        if (*at == '\\')
            at++;
    }
    return at + 1;
}

/* Behind the value that begins at `at`. The JSON was checked. */
static const char *end_of_value(const char *at)
{
    int depth = 0;
    for (;;) {
        if (*at == '"') {
            at = end_of_text(at);
            if (depth == 0)
                return at;
            continue;
        }
        if (depth == 0 && (*at == ',' || *at == ']' || isspace((unsigned char)*at)))
            return at;
        if (*at == '[' || *at == '{')
            depth++;
        at++;
        if ((at[-1] == ']' || at[-1] == '}') && --depth == 0)
            return at;
    }
}

static enum hf_err add_element(struct hf_submission *submission, const cJSON *item,
                               struct hf_str text, const char *args, struct hf_fault *fault)
{
    if (args && !cJSON_IsObject(item))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--handler-args go into objects, and %.*s is none",
                            (int)(text.len > 60 ? 60 : text.len), text.data);
    if (args) {
        text.len = (size_t)(memrchr(text.data, '}', text.len) - (const void *)text.data);
        return add_object(submission, text, args, cJSON_GetArraySize(item) > 0, fault);
    }
    if (cJSON_IsString(item))
        text = hf_str(item->valuestring);
    return hf_submission_add_bytes(submission, NULL, text, fault);
}

enum hf_err hf_series_add_array(struct hf_submission *submission, const char *json,
                                const char *args, struct hf_fault *fault)
{
    cJSON *root = cJSON_ParseWithOpts(json, NULL, true);
    enum hf_err err = HF_ERR_OK;
    if (!cJSON_IsArray(root)) {
        cJSON_Delete(root);
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--array wants a JSON array such as [1, 2, 3], not %.60s", json);
    }
    const char *at = skip_blanks(json) + 1;
    for (const cJSON *item = root->child; item && err == HF_ERR_OK; item = item->next) {
        at = skip_blanks(at);
        const char *end = end_of_value(at);
        err = add_element(submission, item, (struct hf_str){at, (size_t)(end - at)}, args, fault);
        at = skip_blanks(end) + 1; /* the comma */
    }
    cJSON_Delete(root);
    return err;
}
