#include "worker/config.h"

#include "handlers/table.h"
#include "wire/number.h"
#include "wire/topology.h"
#include "worker/config_keys.h"
#include "worker/jsonc.h"

#include <cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN_PATH_MAX  100 /* bytes of the file's name in a message */
#define SHOWN_VALUE_MAX 40

/* One reading of a file. */
struct reading {
    const char *path;
    char folder[HF_CONFIG_PATH_MAX + 1]; /* of the file: absolute, ends in '/' */
    char *text;                          /* `len` bytes and a final 0 */
    size_t len;
    cJSON *root;
    struct hf_config config;
    uint64_t seen; /* one bit a row of the table */
    struct hf_fault *fault;
};

static const char *shown_path(const char *path)
{
    size_t len = strlen(path);
    return len <= SHOWN_PATH_MAX ? path : path + len - SHOWN_PATH_MAX;
}

/* --- what is wrong, in words --- */

/* Of a fraction three digits will do: all that is wanted is whole. */
static void show_number(double number, char *out, size_t size)
{
    const double positive = number < 0 ? -number : number;
    if (!(positive <= (double)HF_NUMBER_EXACT_MAX)) {
        (void)snprintf(out, size, "%s %" PRId64, number < 0 ? "below -" : "above",
                       HF_NUMBER_EXACT_MAX);
        return;
    }
    const int64_t whole = (int64_t)positive;
    int milli = (int)((positive - (double)whole) * 1000);
    int digits = 3;
    for (; digits > 0 && milli % 10 == 0; digits--)
        milli /= 10;
    (void)snprintf(out, size, "%s%" PRId64 "%s%.*d", number < 0 ? "-" : "", whole,
                   digits > 0 ? "." : "", digits, milli);
}

static void show_value(const struct hf_key *key, const cJSON *item, char *out, size_t size)
{
    if (key && key->kind == HF_KEY_SECRET)
        (void)snprintf(out, size, "(not shown)");
    else if (cJSON_IsString(item))
        (void)snprintf(out, size, "\"%.*s%s\"", SHOWN_VALUE_MAX, item->valuestring,
                       strlen(item->valuestring) > SHOWN_VALUE_MAX ? "..." : "");
    else if (cJSON_IsNumber(item))
        show_number(item->valuedouble, out, size);
    else if (cJSON_IsBool(item))
        (void)snprintf(out, size, cJSON_IsTrue(item) ? "true" : "false");
    else if (cJSON_IsNull(item))
        (void)snprintf(out, size, "null");
    else
        (void)snprintf(out, size, cJSON_IsArray(item) ? "a list, [...]" : "an object, {...}");
}

static enum hf_err bad_value(const struct reading *reading, const struct hf_key *key, int line,
                             const cJSON *item)
{
    char value[SHOWN_VALUE_MAX + 8], name[HF_KEY_NAME_MAX], expected[HF_KEY_EXPECTED_MAX];
    show_value(key, item, value, sizeof value);
    hf_key_name(key, name);
    hf_key_expected(key, expected);
    return hf_fault_set(reading->fault, HF_ERR_INVALID, 0, "%s:%d: \"%s\" is %s; expected %s",
                        shown_path(reading->path), line, name, value, expected);
}

static enum hf_err unknown_key(const struct reading *reading, const char *section, int line,
                               const cJSON *item)
{
    char value[SHOWN_VALUE_MAX + 8];
    show_value(NULL, item, value, sizeof value);
    return hf_fault_set(reading->fault, HF_ERR_INVALID, 0,
                        "%s:%d: unknown key \"%s%s%.*s\" (it is %s); the nearest that is known is "
                        "\"%s\"",
                        shown_path(reading->path), line, section ? section : "", section ? "." : "",
                        SHOWN_VALUE_MAX, item->string, value,
                        hf_key_nearest(section, item->string)->name);
}

static enum hf_err missing(const struct reading *reading, const struct hf_key *key,
                           const char *because)
{
    char name[HF_KEY_NAME_MAX], expected[HF_KEY_EXPECTED_MAX];
    hf_key_name(key, name);
    hf_key_expected(key, expected);
    return hf_fault_set(reading->fault, HF_ERR_MISSING, 0, "%s: \"%s\" is missing%s; expected %s",
                        shown_path(reading->path), name, because, expected);
}

/* --- values into the struct --- */

static bool store_path(const struct reading *reading, char *to, const char *value)
{
    const char *folder = value[0] == '/' ? "" : reading->folder;
    int len = snprintf(to, HF_CONFIG_PATH_MAX + 1, "%s%s", folder, value);
    return value[0] != '\0' && len > 0 && len <= HF_CONFIG_PATH_MAX;
}

static bool store_number(const struct hf_key *key, void *to, const cJSON *item)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= (double)key->min) ||
        !(item->valuedouble <= (double)key->max))
        return false;
    int64_t number = (int64_t)item->valuedouble;
    *(int64_t *)to = number;
    return (double)number == item->valuedouble;
}

static bool store_flag(void *to, const cJSON *item)
{
    *(bool *)to = cJSON_IsTrue(item);
    return cJSON_IsBool(item);
}

static bool are_handlers(const char *value)
{
    struct hf_str word;
    do {
        word = (struct hf_str){value, strcspn(value, " ")};
        value += word.len;
    } while (hf_handler_name_valid(word) && *value++ == ' ');
    return hf_handler_name_valid(word);
}

static bool store_text(const struct reading *reading, const struct hf_key *key, void *to,
                       const char *value)
{
    switch (key->kind) {
    case HF_KEY_BOARD:
        return hf_name_valid(hf_str(value)) && hf_str_copy(to, key->size, hf_str(value));
    case HF_KEY_HANDLER:
        return hf_handler_name_valid(hf_str(value)) && hf_str_copy(to, key->size, hf_str(value));
    case HF_KEY_HANDLERS: return are_handlers(value) && hf_str_copy(to, key->size, hf_str(value));
    case HF_KEY_SENDER:
        return (value[0] == '\0' || hf_name_valid(hf_str(value))) &&
               hf_str_copy(to, key->size, hf_str(value));
    case HF_KEY_TEXT:
    case HF_KEY_SECRET: return value[0] != '\0' && hf_str_copy(to, key->size, hf_str(value));
    case HF_KEY_PATH: return store_path(reading, to, value);
    case HF_KEY_LEVEL: return hf_log_parse_level(value, to) == 0;
    case HF_KEY_JOURNAL: return hf_journal_mode_parse(hf_str(value), to) == HF_ERR_OK;
    case HF_KEY_ACK:
        *(bool *)to = strcmp(value, "pipelined") == 0;
        return *(bool *)to || strcmp(value, "confirmed") == 0;
    case HF_KEY_LOG:
        *(bool *)to = strcmp(value, "syslog") == 0;
        return *(bool *)to || strcmp(value, "stderr") == 0;
    case HF_KEY_FLAG:
    case HF_KEY_NUMBER:
    case HF_KEY_SECTION: return false;
    }
    return false;
}

static bool store(struct reading *reading, const struct hf_key *key, const cJSON *item)
{
    void *to = (char *)&reading->config + key->offset;
    if (key->kind == HF_KEY_NUMBER)
        return store_number(key, to, item);
    if (key->kind == HF_KEY_FLAG)
        return store_flag(to, item);
    if (key->kind == HF_KEY_SENDER && cJSON_IsNull(item))
        return store_text(reading, key, to, "");
    return cJSON_IsString(item) && store_text(reading, key, to, item->valuestring);
}

static enum hf_err read_object(struct reading *reading, const cJSON *object, const char *section,
                               int place)
{
    int at = 0;
    for (const cJSON *item = object ? object->child : NULL; item; item = item->next, at++) {
        int line = section ? hf_jsonc_line_of(reading->text, place, at)
                           : hf_jsonc_line_of(reading->text, at, -1);
        const struct hf_key *key = hf_key_find(section, item->string);
        if (!key)
            return unknown_key(reading, section, line, item);
        uint64_t bit = UINT64_C(1) << (key - hf_keys);
        if (reading->seen & bit)
            return hf_fault_set(reading->fault, HF_ERR_INVALID, 0,
                                "%s:%d: \"%s\" stands here for the second time; keep one",
                                shown_path(reading->path), line, item->string);
        reading->seen |= bit;
        bool good = key->kind == HF_KEY_SECTION ? cJSON_IsObject(item) : store(reading, key, item);
        if (!good)
            return bad_value(reading, key, line, item);
        enum hf_err err =
            key->kind == HF_KEY_SECTION ? read_object(reading, item, key->name, at) : HF_ERR_OK;
        if (err != HF_ERR_OK)
            return err;
    }
    return HF_ERR_OK;
}

/* --- what is not in the file, and what must fit together --- */

static enum hf_err fill_in(struct reading *reading)
{
    struct hf_config *config = &reading->config;
    for (const struct hf_key *key = hf_keys; key->name; key++) {
        if (reading->seen & (UINT64_C(1) << (key - hf_keys)))
            continue;
        if (key->required)
            return missing(reading, key, "");
        void *to = (char *)config + key->offset;
        if (key->kind == HF_KEY_NUMBER)
            *(int64_t *)to = key->preset_number;
        else if (key->preset)
            (void)store_text(reading, key, to, key->preset);
    }
    const struct hf_key *sender = hf_key_find(NULL, "require_sender");
    if (config->queue[0] != '\0' && !(reading->seen & (UINT64_C(1) << (sender - hf_keys))))
        config->require_sender[0] = '\0';
    return HF_ERR_OK;
}

static enum hf_err check_pairs(const struct reading *reading)
{
    const struct hf_config *config = &reading->config;
    bool user = config->broker.user[0] != '\0', password = config->broker.password[0] != '\0';
    bool cert = config->tls.cert[0] != '\0', key = config->tls.key[0] != '\0';
    if (user && !password)
        return missing(reading, hf_key_find("broker", "password"), ", but \"user\" is given");
    if (password && !user)
        return missing(reading, hf_key_find("broker", "user"), ", but \"password\" is given");
    if (!cert && (key || !user))
        return missing(reading, hf_key_find("tls", "cert"),
                       key ? ", but \"key\" is given" : ": it is the login without \"user\"");
    if (cert && !key)
        return missing(reading, hf_key_find("tls", "key"), ", but \"cert\" is given");
    if (config->allow_handlers[0] != '\0' && config->require_signature[0] == '\0' &&
        hf_handler_allowed(config->allow_handlers, HF_HANDLER_EXEC))
        return missing(reading, hf_key_find(NULL, "require_signature"),
                       ", but \"allow_handlers\" names exec");
    if (config->sign_results && !key)
        return missing(reading, hf_key_find("tls", "key"), ", but \"sign_results\" is true");
    if (config->reconnect_min_ms > config->reconnect_max_ms)
        return hf_fault_set(
            reading->fault, HF_ERR_INVALID, 0,
            "%s: \"reconnect_min_ms\" is %" PRId64 "; expected at most reconnect_max_ms, %" PRId64,
            shown_path(reading->path), config->reconnect_min_ms, config->reconnect_max_ms);
    if (config->task_timeout_s > config->consumer_timeout_s)
        return hf_fault_set(
            reading->fault, HF_ERR_INVALID, 0,
            "%s: \"task_timeout_s\" is %" PRId64 "; expected at most consumer_timeout_s, %" PRId64
            ": the broker would take a longer task away",
            shown_path(reading->path), config->task_timeout_s, config->consumer_timeout_s);
    if (config->ack_pipelined && config->journal == HF_JOURNAL_OFF)
        return hf_fault_set(reading->fault, HF_ERR_INVALID, 0,
                            "%s: \"ack\" is \"pipelined\", and \"journal\" is \"off\"; expected a "
                            "journal",
                            shown_path(reading->path));
    if (config->task_soft_timeout_s >= config->task_timeout_s)
        return hf_fault_set(reading->fault, HF_ERR_INVALID, 0,
                            "%s: \"task_soft_timeout_s\" is %" PRId64
                            "; expected less than task_timeout_s, %" PRId64,
                            shown_path(reading->path), config->task_soft_timeout_s,
                            config->task_timeout_s);
    return HF_ERR_OK;
}

/* --- the file --- */

static enum hf_err file_fault(const struct reading *reading, int error)
{
    enum hf_err err = error == ENOENT || error == ENOTDIR ? HF_ERR_NOT_FOUND
                      : error == EACCES                   ? HF_ERR_DENIED
                                                          : HF_ERR_IO;
    return hf_fault_set(reading->fault, err, error, "cannot read the config file %s: %s",
                        shown_path(reading->path), strerror(error));
}

static enum hf_err read_file(struct reading *reading)
{
    reading->text = malloc(HF_CONFIG_FILE_MAX + 1);
    if (!reading->text)
        return hf_fault_set(reading->fault, HF_ERR_NO_MEMORY, 0, "no memory for the config file");
    int fd = open(reading->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return file_fault(reading, errno);
    ssize_t got = 1;
    while (got > 0 && reading->len <= HF_CONFIG_FILE_MAX) {
        got = read(fd, reading->text + reading->len, HF_CONFIG_FILE_MAX + 1 - reading->len);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            reading->len += (size_t)got;
    }
    int error = errno;
    (void)close(fd);
    if (got < 0)
        return file_fault(reading, error);
    if (reading->len > HF_CONFIG_FILE_MAX)
        return hf_fault_set(reading->fault, HF_ERR_TOO_LARGE, 0,
                            "the config file %s has more than %d bytes", shown_path(reading->path),
                            HF_CONFIG_FILE_MAX);
    reading->text[reading->len] = '\0';
    return HF_ERR_OK;
}

static enum hf_err malformed(const struct reading *reading, size_t offset, const char *what)
{
    const char *near = reading->text + offset;
    int len = (int)strcspn(near, "\n");
    return hf_fault_set(reading->fault, HF_ERR_MALFORMED, 0, "%s:%d: %s near: %.*s",
                        shown_path(reading->path), hf_jsonc_line_at(reading->text, offset), what,
                        len < SHOWN_VALUE_MAX ? len : SHOWN_VALUE_MAX, near);
}

static enum hf_err parse(struct reading *reading)
{
    const size_t len = reading->len;
    if (strlen(reading->text) != len)
        return malformed(reading, strlen(reading->text), "a 0 byte stands here, not text");
    size_t stripped = hf_jsonc_strip(reading->text, len);
    if (stripped != len)
        return malformed(reading, stripped, "this comment is not closed");
    const char *end = reading->text;
    reading->root = cJSON_ParseWithLengthOpts(reading->text, len + 1, &end, true);
    if (!reading->root)
        return malformed(reading, (size_t)(end - reading->text), "not JSON");
    if (!cJSON_IsObject(reading->root))
        return malformed(reading, strspn(reading->text, " \t\r\n"),
                         "expected an object, { \"board\": ... }");
    return HF_ERR_OK;
}

static enum hf_err find_folder(struct reading *reading)
{
    char here[HF_CONFIG_PATH_MAX + 1] = "";
    const char *path = reading->path, *slash = strrchr(path, '/');
    const bool absolute = path[0] == '/';
    if (!absolute && !getcwd(here, sizeof here))
        return hf_fault_set(reading->fault, HF_ERR_IO, errno, "cannot tell the current folder: %s",
                            strerror(errno));
    const int len = snprintf(reading->folder, sizeof reading->folder, "%s%s%.*s", here,
                             absolute ? "" : "/", slash ? (int)(slash - path) + 1 : 0, path);
    if ((size_t)len >= sizeof reading->folder)
        return hf_fault_set(reading->fault, HF_ERR_TOO_LARGE, 0,
                            "the path of the folder of %s has more than %d bytes", shown_path(path),
                            HF_CONFIG_PATH_MAX);
    return HF_ERR_OK;
}

enum hf_err hf_config_load(const char *path, struct hf_config *out, struct hf_fault *fault)
{
    struct reading reading = {.path = path, .fault = fault};
    enum hf_err err = read_file(&reading);
    if (err == HF_ERR_OK)
        err = find_folder(&reading);
    if (err == HF_ERR_OK)
        err = parse(&reading);
    if (err == HF_ERR_OK)
        err = read_object(&reading, reading.root, NULL, 0);
    if (err == HF_ERR_OK)
        err = fill_in(&reading);
    if (err == HF_ERR_OK)
        err = check_pairs(&reading);
    if (err == HF_ERR_OK)
        *out = reading.config;
    cJSON_Delete(reading.root);
    free(reading.text);
    return err;
}
