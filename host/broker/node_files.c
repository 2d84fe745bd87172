#include "broker/node.h"
#include "broker/password.h"
#include "broker/topology.h"
#include "home/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COOKIE_BYTES 20

static enum hf_err write_text(const struct hf_home *home, const char *name, const char *text,
                              mode_t mode, struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    hf_home_path(home, name, "", path);
    return hf_file_write(path, text, strlen(text), mode, fault);
}

static enum hf_err make_folders(const struct hf_home *home, struct hf_fault *fault)
{
    static const char *const folders[] = {HF_CONF_HOME, HF_CONF_DATA, HF_CONF_LOG};
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; !err && i < sizeof folders / sizeof folders[0]; i++) {
        char path[HF_PATH_MAX + 1];
        hf_home_path(home, folders[i], "", path);
        err = hf_file_make_dir(path, fault);
    }
    return err;
}

/* Erlang refuses a cookie that others may read. It stays the same, for nodes that joined. */
static enum hf_err make_cookie(const struct hf_home *home, struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1], cookie[2 * COOKIE_BYTES + 1];
    hf_home_path(home, HF_CONF_COOKIE, "", path);
    if (hf_file_exists(path))
        return HF_ERR_OK;
    hf_password_random(cookie, COOKIE_BYTES);
    return hf_file_write(path, cookie, strlen(cookie), 0400, fault);
}

static enum hf_err write_definitions(const struct hf_home *home,
                                     const struct hf_broker_settings *settings,
                                     struct hf_fault *fault)
{
    char hash[HF_PASSWORD_HASH_TEXT];
    const struct hf_topology_users users = {.admin = settings->management_user, .admin_hash = hash};
    enum hf_err err = hf_password_ensure(home, hash, fault);
    if (err)
        return err;
    cJSON *definitions = hf_topology_definitions(settings->vhost, &users);
    char *text = definitions ? cJSON_Print(definitions) : NULL;
    cJSON_Delete(definitions);
    if (!text)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for the definitions");
    err = write_text(home, HF_CONF_DEFINITIONS, text, 0600, fault);
    cJSON_free(text);
    return err;
}

static enum hf_err write_shell(const struct hf_home *home,
                               const struct hf_broker_settings *settings, struct hf_fault *fault)
{
    char environment[HF_CONF_TEXT_MAX + 1], text[HF_CONF_TEXT_MAX + 1];
    enum hf_err err = hf_conf_environment(home, settings, hf_node_programs(), environment, fault);
    if (!err)
        err = hf_conf_shell(environment, text, fault);
    return err ? err : write_text(home, HF_CONF_SHELL, text, 0600, fault);
}

static enum hf_err settings_text(const struct hf_home *home,
                                 const struct hf_broker_settings *settings, const char *name,
                                 char text[HF_CONF_TEXT_MAX + 1], struct hf_fault *fault)
{
    return strcmp(name, HF_CONF_FILE) == 0 ? hf_conf_rabbitmq(home, settings, text, fault)
                                           : hf_conf_advanced(home, text, fault);
}

static const char *const settings_files[] = {HF_CONF_FILE, HF_CONF_ADVANCED};

static bool is_written(const struct hf_home *home, const char *name, const char *text)
{
    char path[HF_PATH_MAX + 1];
    char *there = NULL;
    hf_home_path(home, name, "", path);
    bool same = hf_file_read(path, HF_CONF_TEXT_MAX, &there, NULL, NULL) == HF_ERR_OK &&
                strcmp(there, text) == 0;
    free(there);
    return same;
}

bool hf_node_is_prepared(const struct hf_home *home, const struct hf_broker_settings *settings)
{
    char text[HF_CONF_TEXT_MAX + 1];
    bool same = true;
    for (size_t i = 0; same && i < sizeof settings_files / sizeof settings_files[0]; i++)
        same = settings_text(home, settings, settings_files[i], text, NULL) == HF_ERR_OK &&
               is_written(home, settings_files[i], text);
    return same;
}

enum hf_err hf_node_prepare(const struct hf_home *home, const struct hf_broker_settings *settings,
                            struct hf_fault *fault)
{
    char text[HF_CONF_TEXT_MAX + 1];
    enum hf_err err = make_folders(home, fault);
    if (!err)
        err = make_cookie(home, fault);
    for (size_t i = 0; !err && i < sizeof settings_files / sizeof settings_files[0]; i++) {
        err = settings_text(home, settings, settings_files[i], text, fault);
        if (!err)
            err = write_text(home, settings_files[i], text, 0600, fault);
    }
    if (!err)
        err = write_text(home, HF_CONF_PLUGINS, HF_CONF_PLUGINS_TEXT, 0600, fault);
    if (!err)
        err = write_text(home, HF_CONF_EMPTY, "", 0600, fault);
    if (!err)
        err = write_shell(home, settings, fault);
    return err ? err : write_definitions(home, settings, fault);
}
