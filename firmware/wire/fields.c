#include "wire/fields.h"

#include "wire/gauge.h"
#include "wire/json.h"
#include "wire/json_write.h"
#include "wire/number.h"
#include "wire/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define QUOTE_MAX 60 /* bytes of a foreign value that a fault shows */

/* False: there is none to be sent. */
static bool load_number(const struct hf_field *field, const void *facts, int64_t *out)
{
    const char *at = (const char *)facts + field->offset;
    struct hf_gauge gauge = {.known = true};
    uint32_t u32 = 0;
    int32_t i32 = 0;
    if (field->type == HF_FIELD_U32) {
        memcpy(&u32, at, sizeof u32);
        gauge.value = u32;
    } else if (field->type == HF_FIELD_I32) {
        memcpy(&i32, at, sizeof i32);
        gauge.value = i32;
    } else if (field->type == HF_FIELD_I64) {
        memcpy(&gauge.value, at, sizeof gauge.value);
    } else {
        memcpy(&gauge, at, sizeof gauge);
    }
    *out = gauge.value;
    return gauge.known;
}

static void store_number(const struct hf_field *field, void *facts, int64_t number)
{
    char *at = (char *)facts + field->offset;
    const struct hf_gauge gauge = {.known = true, .value = number};
    const uint32_t u32 = (uint32_t)number;
    const int32_t i32 = (int32_t)number;
    if (field->type == HF_FIELD_U32)
        memcpy(at, &u32, sizeof u32);
    else if (field->type == HF_FIELD_I32)
        memcpy(at, &i32, sizeof i32);
    else if (field->type == HF_FIELD_I64)
        memcpy(at, &number, sizeof number);
    else
        memcpy(at, &gauge, sizeof gauge);
}

static enum hf_err put_text(struct hf_json_writer *json, const struct hf_field *field,
                            const char *text)
{
    char clean[HF_FIELD_TEXT_MAX];
    if (!hf_str_copy(clean, sizeof clean, hf_str(text)))
        return HF_ERR_TOO_LARGE;
    hf_utf8_clean(clean, field->type == HF_FIELD_LINES);
    hf_json_write_text(json, hf_str(clean));
    return HF_ERR_OK;
}

static enum hf_err put_word(struct hf_json_writer *json, const char *word, size_t len)
{
    char text[HF_FIELD_WORD_MAX];
    const struct hf_str view = {word, len};
    if (!hf_str_copy(text, sizeof text, view))
        return HF_ERR_TOO_LARGE;
    hf_utf8_clean(text, false);
    hf_json_write_text(json, hf_str(text));
    return HF_ERR_OK;
}

static enum hf_err put_words(struct hf_json_writer *json, const char *words)
{
    enum hf_err err = HF_ERR_OK;
    const char *before = "";
    hf_json_write(json, "[");
    while (err == HF_ERR_OK && *words) {
        const size_t len = strcspn(words, " ");
        if (len > 0) {
            hf_json_write(json, before);
            err = put_word(json, words, len);
            before = ",";
        }
        words += len + (words[len] == ' ');
    }
    hf_json_write(json, "]");
    return err;
}

static enum hf_err put_number(struct hf_json_writer *json, const struct hf_field *field,
                              int64_t number)
{
    char text[24];
    if (number < field->min || number > field->max)
        return HF_ERR_INVALID;
    (void)snprintf(text, sizeof text, "%" PRId64, number);
    hf_json_write(json, text);
    return HF_ERR_OK;
}

static bool is_absent(const struct hf_field *field, const void *facts, int64_t *number)
{
    bool flag = false;
    switch (field->type) {
    case HF_FIELD_TEXT:
    case HF_FIELD_LINES:
    case HF_FIELD_WORDS: return ((const char *)facts)[field->offset] == '\0';
    case HF_FIELD_BOOL:
        memcpy(&flag, (const char *)facts + field->offset, sizeof flag);
        return !field->required && !flag;
    case HF_FIELD_U32:
    case HF_FIELD_I32:
    case HF_FIELD_I64:
    case HF_FIELD_GAUGE: break;
    }
    return !load_number(field, facts, number);
}

static enum hf_err put_field(struct hf_json_writer *json, const struct hf_field *field,
                             const void *facts)
{
    const char *at = (const char *)facts + field->offset;
    int64_t number = 0;
    bool flag = false;
    if (is_absent(field, facts, &number))
        return HF_ERR_OK;
    hf_json_write(json, ",");
    hf_json_write_text(json, hf_str(field->name));
    hf_json_write(json, ":");
    switch (field->type) {
    case HF_FIELD_TEXT:
    case HF_FIELD_LINES: return put_text(json, field, at);
    case HF_FIELD_WORDS: return put_words(json, at);
    case HF_FIELD_BOOL:
        memcpy(&flag, at, sizeof flag);
        hf_json_write(json, flag ? "true" : "false");
        return HF_ERR_OK;
    case HF_FIELD_U32:
    case HF_FIELD_I32:
    case HF_FIELD_I64:
    case HF_FIELD_GAUGE: break;
    }
    return put_number(json, field, number);
}

enum hf_err hf_fields_encode(const char *key, const struct hf_form *form, const void *facts,
                             char *body, size_t size, size_t *len)
{
    struct hf_json_writer json = {.to = body, .size = size};
    enum hf_err err = HF_ERR_OK;
    hf_json_write(&json, "{");
    hf_json_write_text(&json, hf_str(key));
    hf_json_write(&json, ":");
    hf_json_write_text(&json, hf_str(form->name));
    for (size_t i = 0; i < form->count && err == HF_ERR_OK; i++)
        err = put_field(&json, &form->fields[i], facts);
    hf_json_write(&json, "}");
    if (err == HF_ERR_OK && !hf_json_write_end(&json))
        err = HF_ERR_TOO_LARGE;
    if (err == HF_ERR_OK)
        *len = strlen(body);
    return err;
}

static void say_wanted(const struct hf_field *field, char *text, size_t size)
{
    switch (field->type) {
    case HF_FIELD_BOOL: (void)snprintf(text, size, "true or false"); return;
    case HF_FIELD_U32:
    case HF_FIELD_I32:
    case HF_FIELD_I64:
    case HF_FIELD_GAUGE:
        (void)snprintf(text, size, "a whole number from %" PRId64 " to %" PRId64, field->min,
                       field->max);
        return;
    case HF_FIELD_WORDS:
        (void)snprintf(text, size, "a list of at most %" PRId64 " texts%s%s", field->max,
                       field->rule ? ", each " : "", field->rule ? field->rule : "");
        return;
    case HF_FIELD_TEXT:
    case HF_FIELD_LINES: break;
    }
    if (field->rule)
        (void)snprintf(text, size, "%s", field->rule);
    else
        (void)snprintf(text, size, "text of at most %zu bytes", field->size - 1);
}

enum hf_err hf_field_fault(const char *what, const struct hf_field *field, enum hf_err err,
                           struct hf_str value, struct hf_fault *fault)
{
    char wanted[120];
    if (err == HF_ERR_NO_MEMORY)
        return hf_fault_set(fault, err, 0, "out of memory reading %s", what);
    say_wanted(field, wanted, sizeof wanted);
    if (value.len == 0)
        return hf_fault_set(fault, HF_ERR_MISSING, 0, "%s has no \"%s\": wanted %s", what,
                            field->name, wanted);
    return hf_fault_set(fault, HF_ERR_INVALID, 0, "\"%s\" of %s is %.*s: wanted %s", field->name,
                        what, (int)(value.len > QUOTE_MAX ? QUOTE_MAX : value.len), value.data,
                        wanted);
}

static enum hf_err take_text(const struct hf_field *field, struct hf_str value, char *to)
{
    enum hf_err err = hf_json_text_into(value, to, field->size);
    if (err != HF_ERR_OK)
        return err;
    struct hf_str text = hf_str(to);
    if (text.len == 0)
        return field->required ? HF_ERR_INVALID : HF_ERR_OK;
    if (field->valid && !field->valid(text))
        return HF_ERR_INVALID;
    hf_utf8_clean(to, field->type == HF_FIELD_LINES);
    return HF_ERR_OK;
}

static enum hf_err take_word(const struct hf_field *field, struct hf_str value, char *to)
{
    char word[HF_FIELD_WORD_MAX];
    enum hf_err err = hf_json_text_into(value, word, sizeof word);
    if (err != HF_ERR_OK)
        return err;
    const struct hf_str text = hf_str(word);
    if (field->valid && !field->valid(text))
        return HF_ERR_INVALID;
    return hf_words_add(to, field->size, (size_t)field->max, text) ? HF_ERR_OK : HF_ERR_INVALID;
}

static enum hf_err take_words(const struct hf_field *field, struct hf_str value, char *to)
{
    struct hf_str item;
    enum hf_err err = value.data[0] == '[' ? HF_ERR_OK : HF_ERR_INVALID;
    to[0] = '\0';
    while (err == HF_ERR_OK && hf_json_item(&value, &item))
        err = take_word(field, item, to);
    return err;
}

static enum hf_err take_bool(struct hf_str value, char *to)
{
    const bool flag = hf_str_equal(value, hf_str("true"));
    if (!flag && !hf_str_equal(value, hf_str("false")))
        return HF_ERR_INVALID;
    memcpy(to, &flag, sizeof flag);
    return HF_ERR_OK;
}

static enum hf_err take_field(const struct hf_field *field, struct hf_str value, void *facts)
{
    char *to = (char *)facts + field->offset;
    int64_t number = 0;
    switch (field->type) {
    case HF_FIELD_TEXT:
    case HF_FIELD_LINES: return take_text(field, value, to);
    case HF_FIELD_WORDS: return take_words(field, value, to);
    case HF_FIELD_BOOL: return take_bool(value, to);
    case HF_FIELD_U32:
    case HF_FIELD_I32:
    case HF_FIELD_I64:
    case HF_FIELD_GAUGE: break;
    }
    enum hf_err err = hf_number_parse(value, field->min, field->max, &number);
    if (err == HF_ERR_OK)
        store_number(field, facts, number);
    return err;
}

enum hf_err hf_fields_decode(const char *what, const struct hf_form *form, struct hf_str body,
                             void *facts, struct hf_fault *fault)
{
    struct hf_json_field found[HF_FIELDS_MAX] = {0};
    for (size_t i = 0; i < form->count; i++)
        found[i].name = form->fields[i].name;
    enum hf_err err = hf_json_read(body, found, form->count, fault);
    for (size_t i = 0; i < form->count && err == HF_ERR_OK; i++) {
        const struct hf_field *field = &form->fields[i];
        const struct hf_str value = found[i].value;
        if (value.len == 0 && !field->required)
            continue;
        err = value.len == 0 ? HF_ERR_MISSING : take_field(field, value, facts);
        if (err != HF_ERR_OK)
            err = hf_field_fault(what, field, err, value, fault);
    }
    return err;
}

bool hf_words_add(char *words, size_t size, size_t max, struct hf_str word)
{
    const size_t used = strlen(words);
    const size_t blank = used > 0;
    size_t count = blank;
    for (size_t i = 0; i < used; i++)
        count += words[i] == ' ';
    if (word.len == 0 || memchr(word.data, ' ', word.len) || count >= max)
        return false;
    if (blank + word.len >= size - used) /* the final 0 */
        return false;
    if (!hf_str_copy(words + used + blank, size - used - blank, word))
        return false;
    if (blank)
        words[used] = ' ';
    return true;
}
