#include "flash/files.h"

#include "home/file.h"
#include "home/home.h"
#include "home/jsonc.h"
#include "wire/ident.h"

#include <dirent.h>
#include <errno.h>
#include <mbedtls/platform_util.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PEM_MAX     (256 * 1024)
#define HANDLER_MAX (64 * 1024 * 1024)
#define SETTINGS    "worker.json"

static enum hf_err join(const char *folder, const char *name, char out[HF_PATH_MAX + 1],
                        struct hf_fault *fault)
{
    const int len = snprintf(out, HF_PATH_MAX + 1, "%s/%s", folder, name);
    if (len > 0 && len <= HF_PATH_MAX)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "the path %s/%s is too long", folder, name);
}

static bool set(cJSON *root, const char *key, const char *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(root, key);
    return cJSON_AddStringToObject(root, key, value) != NULL;
}

enum hf_err hf_files_settings(char *text, const char *name, const struct hf_board_values *values,
                              char **out, struct hf_fault *fault)
{
    cJSON *root = NULL;
    const enum hf_err err = hf_jsonc_parse(SETTINGS, text, &root, fault);
    if (err)
        return err;
    const cJSON *board = cJSON_GetObjectItemCaseSensitive(root, "board");
    const bool own = cJSON_IsString(board) && strcmp(board->valuestring, name) == 0;
    const bool has_clock = strcmp(values->rtc, "ON") == 0;
    cJSON_DeleteItemFromObjectCaseSensitive(root, "set_clock");
    const bool made = (has_clock || cJSON_AddTrueToObject(root, "set_clock")) &&
                      set(root, "state", "/data/state") &&
                      set(root, "handlers", "/data/handlers") &&
                      (values->watchdog[0] == '\0' || set(root, "watchdog", "/run/watchdog"));
    *out = own && made ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    if (!own) {
        (void)hf_fault_set(fault, HF_ERR_INVALID, 0, "the bundle is not that of \"%s\"", name);
        return HF_ERR_INVALID;
    }
    if (*out)
        return HF_ERR_OK;
    (void)hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for settings");
    return HF_ERR_NO_MEMORY;
}

static enum hf_err copy(const char *from_folder, const char *to_folder, const char *name,
                        mode_t mode, struct hf_fault *fault)
{
    char from[HF_PATH_MAX + 1], to[HF_PATH_MAX + 1];
    char *data = NULL;
    size_t len = 0;
    enum hf_err err = join(from_folder, name, from, fault);
    if (!err)
        err = join(to_folder, name, to, fault);
    if (!err)
        err = hf_file_read(from, HANDLER_MAX, &data, &len, fault);
    if (!err)
        err = hf_file_write(to, data, len, mode, fault);
    free(data);
    return err;
}

static enum hf_err copy_settings(const struct hf_files *files, const char *etc, const char *name,
                                 struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    char *text = NULL, *made = NULL;
    enum hf_err err = join(files->bundle, SETTINGS, path, fault);
    if (!err)
        err = hf_file_read(path, PEM_MAX, &text, NULL, fault);
    if (!err)
        err = hf_files_settings(text, name, files->values, &made, fault);
    if (!err)
        err = join(etc, SETTINGS, path, fault);
    if (!err && made)
        err = hf_file_write(path, made, strlen(made), 0644, fault);
    free(text);
    cJSON_free(made);
    return err;
}

static enum hf_err copy_bundle(const struct hf_files *files, const char *etc, const char *name,
                               struct hf_fault *fault)
{
    static const struct {
        const char *name;
        mode_t mode;
    } FILES[] = {{"ca.pem", 0644}, {"cert.pem", 0644}, {"key.pem", 0600}, {"manager.pub", 0644}};
    enum hf_err err = copy_settings(files, etc, name, fault);
    for (size_t i = 0; !err && i < sizeof FILES / sizeof *FILES; i++)
        err = copy(files->bundle, etc, FILES[i].name, FILES[i].mode, fault);
    return err;
}

static enum hf_err copy_handlers(const struct hf_files *files, const char *to, size_t *count,
                                 struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    struct stat info;
    enum hf_err err = HF_ERR_OK;
    DIR *entries = opendir(files->handlers);
    if (!entries)
        return hf_file_fault(fault, errno, "cannot read", files->handlers);
    for (struct dirent *entry; !err && (entry = readdir(entries));) {
        err = join(files->handlers, entry->d_name, path, fault);
        if (err || entry->d_name[0] == '.' || stat(path, &info) != 0 || !S_ISREG(info.st_mode) ||
            !(info.st_mode & S_IXUSR))
            continue;
        if (!hf_handler_name_valid(hf_str(entry->d_name)))
            err =
                hf_fault_set(fault, HF_ERR_INVALID, 0,
                             "%s: the name of a handler has 1 to 32 of A-Z, a-z, 0-9, . _ -", path);
        if (!err)
            err = copy(files->handlers, to, entry->d_name, 0755, fault);
        *count += err == HF_ERR_OK;
    }
    (void)closedir(entries);
    return err;
}

/* hf_file_make_dir's folders are closed to the user that handlers run as. */
static enum hf_err make_open(const char *folder, const char *name, char out[HF_PATH_MAX + 1],
                             struct hf_fault *fault)
{
    enum hf_err err = join(folder, name, out, fault);
    if (!err)
        err = hf_file_make_dir(out, fault);
    if (!err && chmod(out, 0755) != 0)
        err = hf_file_fault(fault, errno, "cannot open up", out);
    return err;
}

static enum hf_err write_wifi(const struct hf_network *network, const char *etc,
                              struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1], text[HF_NETWORK_TEXT_MAX];
    const size_t len = hf_network_write(network, text);
    enum hf_err err = join(etc, HF_NETWORK_FILE, path, fault);
    if (!err)
        err = hf_file_write(path, text, len, 0600, fault);
    mbedtls_platform_zeroize(text, sizeof text);
    return err;
}

enum hf_err hf_files_make(const struct hf_files *files, const char *name, size_t *handlers,
                          struct hf_fault *fault)
{
    char etc[HF_PATH_MAX + 1], programs[HF_PATH_MAX + 1], state[HF_PATH_MAX + 1];
    *handlers = 0;
    enum hf_err err = make_open(files->folder, "etc", etc, fault);
    if (!err)
        err = make_open(files->folder, "handlers", programs, fault);
    if (!err)
        err = make_open(files->folder, "state", state, fault);
    if (!err)
        err = copy_bundle(files, etc, name, fault);
    if (!err && files->wifi)
        err = write_wifi(files->wifi, etc, fault);
    return err || !files->handlers ? err : copy_handlers(files, programs, handlers, fault);
}
