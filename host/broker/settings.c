#include "broker/settings.h"

#include "home/file.h"
#include "home/jsonc.h"
#include "link/brokers.h"
#include "wire/topology.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (64 * 1024)

/* A key of broker.json and where its value goes. */
enum kind { TEXT, PATH, PORT, SECONDS, LIST, OBJECT };

struct field {
    const char *section; /* "" for the top level; else the key of the object it stands in */
    const char *key;
    enum kind kind;
    bool required;
    size_t offset, size;  /* of the value; of one item for a LIST */
    size_t count_at, max; /* LIST */
};

#define AT(member)   offsetof(struct hf_broker_settings, member)
#define SIZE(member) sizeof(((struct hf_broker_settings *)0)->member)

static const struct field fields[] = {
    {"", "host", TEXT, true, AT(host), SIZE(host), 0, 0},
    {"", "port", PORT, false, AT(port), 0, 0, 0},
    {"", "vhost", TEXT, false, AT(vhost), SIZE(vhost), 0, 0},
    {"", "consumer_timeout_s", SECONDS, false, AT(consumer_timeout_s), 0, 0, 0},
    {"", "tls", OBJECT, true, 0, 0, 0, 0},
    {"tls", "ca", PATH, true, AT(ca), SIZE(ca), 0, 0},
    {"tls", "cert", PATH, true, AT(cert), SIZE(cert), 0, 0},
    {"tls", "key", PATH, true, AT(key), SIZE(key), 0, 0},
    {"", "management", OBJECT, false, 0, 0, 0, 0},
    {"management", "url", TEXT, true, AT(management_url), SIZE(management_url), 0, 0},
    {"management", "user", TEXT, true, AT(management_user), SIZE(management_user), 0, 0},
    {"management", "password_file", PATH, true, AT(management_password_file),
     SIZE(management_password_file), 0, 0},
    {"management", "ca", PATH, false, AT(management_ca), SIZE(management_ca), 0, 0},
    {"", "node", OBJECT, false, 0, 0, 0, 0},
    {"node", "epmd_port", PORT, true, AT(node.epmd_port), 0, 0, 0},
    {"node", "dist_port", PORT, true, AT(node.dist_port), 0, 0, 0},
    {"node", "management_port", PORT, true, AT(node.management_port), 0, 0, 0},
    {"node", "listen", LIST, true, AT(node.listen), SIZE(node.listen[0]), AT(node.listen_count),
     HF_LISTEN_MAX},
    {"node", "san", LIST, false, AT(node.san), SIZE(node.san[0]), AT(node.san_count), HF_SAN_MAX},
};

#define FIELD_COUNT (sizeof fields / sizeof fields[0])

struct reader {
    const struct hf_home *home;
    const char *path;
    struct hf_broker_settings *out;
    struct hf_fault *fault;
};

static void *place(const struct reader *reader, size_t offset)
{
    return (char *)reader->out + offset;
}

static enum hf_err complain(const struct reader *reader, const struct field *field, enum hf_err err,
                            const char *what)
{
    return hf_fault_set(reader->fault, err, 0, "%s: \"%s%s%s\" %s", reader->path, field->section,
                        field->section[0] ? "." : "", field->key, what);
}

static enum hf_err take_text(const struct reader *reader, const struct field *field,
                             const cJSON *value, char *into)
{
    if (!cJSON_IsString(value) || value->valuestring[0] == '\0')
        return complain(reader, field, HF_ERR_INVALID, "must be a text that is not empty");
    if (!hf_str_copy(into, field->size, hf_str(value->valuestring)))
        return complain(reader, field, HF_ERR_TOO_LARGE, "is too long");
    return HF_ERR_OK;
}

static enum hf_err take_path(const struct reader *reader, const struct field *field,
                             const cJSON *value)
{
    char *into = place(reader, field->offset);
    char full[2 * HF_PATH_MAX];
    enum hf_err err = take_text(reader, field, value, into);
    if (err || into[0] == '/')
        return err;
    snprintf(full, sizeof full, "%s/%s", reader->home->dir, into);
    if (!hf_str_copy(into, field->size, hf_str(full)))
        return complain(reader, field, HF_ERR_TOO_LARGE, "is too long a path");
    return HF_ERR_OK;
}

static enum hf_err take_port(const struct reader *reader, const struct field *field,
                             const cJSON *value)
{
    if (!cJSON_IsNumber(value) || value->valuedouble < 1 || value->valuedouble > 65535 ||
        value->valuedouble != (double)value->valueint)
        return complain(reader, field, HF_ERR_INVALID, "must be a port from 1 to 65535");
    *(uint16_t *)place(reader, field->offset) = (uint16_t)value->valueint;
    return HF_ERR_OK;
}

static enum hf_err take_seconds(const struct reader *reader, const struct field *field,
                                const cJSON *value)
{
    if (!cJSON_IsNumber(value) || value->valuedouble < 60 || value->valuedouble > INT32_MAX ||
        value->valuedouble != (double)value->valueint)
        return complain(reader, field, HF_ERR_INVALID, "must be a number of seconds, at least 60");
    *(int64_t *)place(reader, field->offset) = value->valueint;
    return HF_ERR_OK;
}

static enum hf_err take_list(const struct reader *reader, const struct field *field,
                             const cJSON *value)
{
    const cJSON *item = NULL;
    size_t *count = place(reader, field->count_at);
    if (!cJSON_IsArray(value))
        return complain(reader, field, HF_ERR_INVALID, "must be a list of texts");
    cJSON_ArrayForEach(item, value)
    {
        if (*count == field->max)
            return complain(reader, field, HF_ERR_TOO_LARGE, "has too many items");
        char *into = (char *)place(reader, field->offset) + *count * field->size;
        enum hf_err err = take_text(reader, field, item, into);
        if (err)
            return err;
        ++*count;
    }
    return HF_ERR_OK;
}

static enum hf_err take_object(const struct reader *reader, const char *section,
                               const cJSON *object);

static enum hf_err take(const struct reader *reader, const struct field *field, const cJSON *value)
{
    switch (field->kind) {
    case TEXT: return take_text(reader, field, value, place(reader, field->offset));
    case PATH: return take_path(reader, field, value);
    case PORT: return take_port(reader, field, value);
    case SECONDS: return take_seconds(reader, field, value);
    case LIST: return take_list(reader, field, value);
    case OBJECT:
        if (!cJSON_IsObject(value))
            return complain(reader, field, HF_ERR_INVALID, "must be an object");
        return take_object(reader, field->key, value);
    }
    return HF_ERR_INVALID;
}

static const struct field *find(const char *section, const char *key)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (strcmp(fields[i].section, section) == 0 && strcmp(fields[i].key, key) == 0)
            return &fields[i];
    return NULL;
}

static enum hf_err take_object(const struct reader *reader, const char *section,
                               const cJSON *object)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (fields[i].required && strcmp(fields[i].section, section) == 0 &&
            !cJSON_GetObjectItemCaseSensitive(object, fields[i].key))
            return complain(reader, &fields[i], HF_ERR_MISSING, "is missing");
    for (const cJSON *value = object->child; value; value = value->next) {
        const struct field *field = find(section, value->string);
        if (!field) {
            const struct field unknown = {.section = section, .key = value->string};
            return complain(reader, &unknown, HF_ERR_INVALID, "is not a key that is known here");
        }
        enum hf_err err = take(reader, field, value);
        if (err)
            return err;
    }
    return HF_ERR_OK;
}

static enum hf_err check_hosts(const struct reader *reader)
{
    struct hf_brokers brokers;
    char key[HF_PATH_MAX + 16];
    snprintf(key, sizeof key, "%s: \"host\"", reader->path);
    return hf_brokers_parse(&brokers, key, reader->out->host, reader->out->port, reader->fault);
}

/* A password must not cross a network in clear. */
enum hf_err hf_broker_settings_check_url(struct hf_broker_settings *settings, const char *key,
                                         struct hf_fault *fault)
{
    static const char *const allowed[] = {
        "https://", "http://127.0.0.1:", "http://localhost:", "http://[::1]:"};
    char *url = settings->management_url;
    size_t len = strlen(url);
    while (len > 0 && url[len - 1] == '/')
        url[--len] = '\0';
    bool plain = strchr(url, '@') == NULL; /* "http://127.0.0.1:x@elsewhere" goes elsewhere */
    for (size_t i = 0; plain && i < sizeof allowed / sizeof allowed[0]; i++)
        if (len == 0 || strncmp(url, allowed[i], strlen(allowed[i])) == 0)
            return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "%s is %s, but must be https://..., or http:// to 127.0.0.1, [::1] or "
                        "localhost with a port",
                        key, url);
}

static enum hf_err check_url(const struct reader *reader)
{
    char key[HF_PATH_MAX + 32];
    snprintf(key, sizeof key, "%s: \"management.url\"", reader->path);
    return hf_broker_settings_check_url(reader->out, key, reader->fault);
}

enum hf_err hf_broker_settings_parse(const struct hf_home *home, const char *path, char *json,
                                     struct hf_broker_settings *out, struct hf_fault *fault)
{
    struct reader reader = {.home = home, .path = path, .out = out, .fault = fault};
    cJSON *root = NULL;
    memset(out, 0, sizeof *out);
    out->port = HF_PORT_AMQPS;
    snprintf(out->vhost, sizeof out->vhost, "%s", HF_VHOST);
    enum hf_err err = hf_jsonc_parse(path, json, &root, fault);
    if (err)
        return err;
    err = take_object(&reader, "", root);
    if (!err)
        err = check_hosts(&reader);
    if (!err)
        err = check_url(&reader);
    out->is_private = cJSON_GetObjectItemCaseSensitive(root, "node") != NULL;
    if (out->consumer_timeout_s == 0)
        out->consumer_timeout_s =
            out->is_private ? HF_CONSUMER_TIMEOUT_PRIVATE_S : HF_CONSUMER_TIMEOUT_S;
    cJSON_Delete(root);
    return err;
}

enum hf_err hf_broker_settings_load(const struct hf_home *home, struct hf_broker_settings *out,
                                    struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    char *json = NULL;
    hf_home_path(home, HF_HOME_BROKER, "", path);
    enum hf_err err = hf_file_read(path, FILE_MAX, &json, NULL, fault);
    if (err == HF_ERR_NOT_FOUND)
        return hf_fault_set(fault, err, 0,
                            "no broker is known here (%s is not there): start a private one with "
                            "\"holdfast up\", or name one with \"holdfast use\"",
                            path);
    if (!err)
        err = hf_broker_settings_parse(home, path, json, out, fault);
    free(json);
    return err;
}

enum hf_err hf_broker_settings_want_private(const struct hf_broker_settings *settings,
                                            const struct hf_home *home, const char *why,
                                            struct hf_fault *fault)
{
    if (settings->is_private)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_INVALID, 0, "%s/broker.json names a broker elsewhere (%s)%s",
                        home->dir, settings->host, why);
}

void hf_broker_settings_init(struct hf_broker_settings *out, const struct hf_home *home)
{
    memset(out, 0, sizeof *out);
    snprintf(out->host, sizeof out->host, "127.0.0.1");
    snprintf(out->vhost, sizeof out->vhost, "%s", HF_VHOST);
    hf_home_path(home, HF_HOME_SERVER_CA, ".pem", out->ca);
    hf_home_path(home, HF_HOME_MANAGER_CERT, ".pem", out->cert);
    hf_home_path(home, HF_HOME_MANAGER_CERT, ".key", out->key);
    hf_home_path(home, HF_HOME_PASSWORD, "", out->management_password_file);
    snprintf(out->management_user, sizeof out->management_user, "admin");
    out->consumer_timeout_s = HF_CONSUMER_TIMEOUT_PRIVATE_S;
    out->is_private = true;
}

/* Paths inside the data folder are written relative to it, so that the folder can be moved. */
static const char *relative(const struct hf_home *home, const char *path)
{
    size_t len = strlen(home->dir);
    return strncmp(path, home->dir, len) == 0 && path[len] == '/' ? path + len + 1 : path;
}

static bool add_field(const struct hf_home *home, const struct hf_broker_settings *settings,
                      const struct field *field, cJSON *to)
{
    const char *at = (const char *)settings + field->offset;
    switch (field->kind) {
    case TEXT: return !at[0] || cJSON_AddStringToObject(to, field->key, at);
    case PATH: return !at[0] || cJSON_AddStringToObject(to, field->key, relative(home, at));
    case PORT: {
        uint16_t port = 0;
        memcpy(&port, at, sizeof port);
        return cJSON_AddNumberToObject(to, field->key, port);
    }
    case SECONDS: {
        int64_t seconds = 0;
        memcpy(&seconds, at, sizeof seconds);
        return cJSON_AddNumberToObject(to, field->key, (double)seconds);
    }
    case LIST: {
        size_t count = 0;
        memcpy(&count, (const char *)settings + field->count_at, sizeof count);
        cJSON *list = cJSON_AddArrayToObject(to, field->key);
        for (size_t i = 0; list && i < count; i++)
            if (!cJSON_AddItemToArray(list, cJSON_CreateString(at + i * field->size)))
                return false;
        return list;
    }
    case OBJECT: return cJSON_AddObjectToObject(to, field->key);
    }
    return false;
}

static bool wanted(const struct hf_broker_settings *settings, const char *name)
{
    if (strcmp(name, "node") == 0)
        return settings->is_private;
    if (strcmp(name, "consumer_timeout_s") == 0)
        return !settings->is_private; /* that of a private one is ours to say */
    return strcmp(name, "management") != 0 || settings->management_url[0];
}

static char *print(const struct hf_home *home, const struct hf_broker_settings *settings)
{
    cJSON *root = cJSON_CreateObject();
    bool ok = root;
    for (size_t i = 0; ok && i < FIELD_COUNT; i++) {
        const struct field *field = &fields[i];
        if (!wanted(settings, field->section[0] ? field->section : field->key))
            continue;
        cJSON *section = field->section[0] ? cJSON_GetObjectItem(root, field->section) : root;
        ok = add_field(home, settings, field, section);
    }
    char *text = ok ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    return text;
}

enum hf_err hf_broker_settings_save(const struct hf_home *home,
                                    const struct hf_broker_settings *settings,
                                    struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    hf_home_path(home, HF_HOME_BROKER, "", path);
    char *text = print(home, settings);
    if (!text)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for writing %s", path);
    enum hf_err err = hf_file_write(path, text, strlen(text), 0600, fault);
    cJSON_free(text);
    return err;
}
