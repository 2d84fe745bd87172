#include "handlers/table.h"

#include "handlers/builtins.h"
#include "wire/ident.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct hf_builtin hf_builtins[] = {
    {"echo", hf_handler_echo, true, "gives the payload back"},
    {HF_HANDLER_EXEC, NULL, false,
     "runs the payload in a shell; only where allow_handlers names it"},
    {"files", hf_handler_files, false, "gives away a file, or what a folder holds"},
    {"gpio", hf_handler_gpio, false, "reads, sets or watches a GPIO line"},
    {"i2c-read", hf_handler_i2c_read, false, "reads bytes from a device on an I2C bus"},
    {"nonce-search", hf_handler_nonce_search, false,
     "finds the number whose digest begins as wanted"},
    {"sha256", hf_handler_sha256, true, "SHA-256 of the payload, in hex"},
    {"sleep", hf_handler_sleep, false, "waits for as many seconds as the payload says"},
    {"sysinfo", hf_handler_sysinfo, false, "model, kernel, memory, disk and load of the board"},
    {"temperature", hf_handler_temperature, false, "what the board's temperature sensors say"},
    {NULL, NULL, false, NULL},
};

static bool program_path(const char *folder, const char *name, char out[HF_HANDLER_PATH_MAX + 1])
{
    int len = snprintf(out, HF_HANDLER_PATH_MAX + 1, "%s/%s", folder, name);
    return len > 0 && len <= HF_HANDLER_PATH_MAX;
}

/* A link may lead to a plain name beside it, and to no further link: that stays in the folder. */
static bool leads_away(const char *folder, const char *path)
{
    char target[HF_HANDLER_PATH_MAX + 1], beside[HF_HANDLER_PATH_MAX + 1];
    struct stat info;
    const ssize_t len = readlink(path, target, sizeof target - 1);
    if (len < 0)
        return false; /* no link */
    target[len] = '\0';
    return strchr(target, '/') != NULL || !program_path(folder, target, beside) ||
           lstat(beside, &info) != 0 || S_ISLNK(info.st_mode);
}

/* Whoever can change what a handler is could have anything run by the next task for it. */
static bool is_others_to_change(const struct stat *info)
{
    return (info->st_mode & S_IWOTH) != 0 || (info->st_uid != 0 && info->st_uid != geteuid());
}

static enum hf_err check_safe(const char *folder, const char *path, const char *name,
                              const struct stat *info, struct hf_fault *fault)
{
    struct stat about;
    const char *open = is_others_to_change(info) ? path : NULL;
    if (leads_away(folder, path))
        return hf_fault_set(fault, HF_ERR_DENIED, 0, "handler '%s': %s leads out of its folder",
                            name, path);
    if (open == NULL && (stat(folder, &about) != 0 || is_others_to_change(&about)))
        open = folder;
    if (open != NULL)
        return hf_fault_set(fault, HF_ERR_DENIED, 0,
                            "handler '%s': others may change %s (chown root, chmod o-w)", name,
                            open);
    return HF_ERR_OK;
}

static enum hf_err find_program(const char *folder, const char *path, const char *name,
                                struct hf_fault *fault)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return hf_fault_set(fault, HF_ERR_NOT_FOUND, errno,
                            errno == ENOENT
                                ? "no handler '%s': not built in, and %s does not exist"
                                : "no handler '%s': not built in, and %s cannot be looked at",
                            name, path);
    if (!S_ISREG(info.st_mode))
        return hf_fault_set(fault, HF_ERR_DENIED, 0,
                            "no handler '%s': not built in, and %s is not a file", name, path);
    if (access(path, X_OK) != 0)
        return hf_fault_set(fault, HF_ERR_DENIED, errno,
                            "no handler '%s': not built in, and %s is not executable (chmod +x)",
                            name, path);
    return check_safe(folder, path, name, &info, fault);
}

const struct hf_builtin *hf_builtin_find(const char *name)
{
    for (const struct hf_builtin *builtin = hf_builtins; builtin->name; builtin++) {
        if (strcmp(builtin->name, name) == 0)
            return builtin;
    }
    return NULL;
}

bool hf_handler_allowed(const char *allowed, const char *name)
{
    const size_t len = strlen(name);
    if (allowed[0] == '\0')
        return strcmp(name, HF_HANDLER_EXEC) != 0;
    for (const char *word = allowed; *word != '\0'; word += strspn(word, " ")) {
        const size_t word_len = strcspn(word, " ");
        if (word_len == len && memcmp(word, name, len) == 0)
            return true;
        word += word_len;
    }
    return false;
}

enum hf_err hf_handler_find(const char *folder, const char *name, struct hf_handler *out,
                            struct hf_fault *fault)
{
    if (!hf_handler_name_valid(hf_str(name)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "'%.64s' is no handler name: expected 1 to 32 of A-Z, a-z, 0-9, . _ -, "
                            "beginning with a letter or digit",
                            name);
    struct hf_handler found = {.run = NULL};
    const struct hf_builtin *builtin = hf_builtin_find(name);
    if (builtin) {
        found.run = builtin->run;
        found.plain = builtin->plain;
        (void)snprintf(found.path, sizeof found.path, "%s", found.run ? "" : HF_HANDLER_SHELL);
    } else if (!program_path(folder, name, found.path)) {
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                            "no handler '%s': not built in, and the path of the handlers folder is "
                            "too long",
                            name);
    }
    enum hf_err err = builtin ? HF_ERR_OK : find_program(folder, found.path, name, fault);
    if (err == HF_ERR_OK)
        *out = found;
    return err;
}

bool hf_handler_hidden(const char *folder, const char *name)
{
    char path[HF_HANDLER_PATH_MAX + 1];
    return program_path(folder, name, path) && access(path, F_OK) == 0;
}
