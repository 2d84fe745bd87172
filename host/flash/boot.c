#include "flash/boot.h"

#include "flash/tool.h"
#include "home/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX (64 * 1024 * 1024)
#define MODULES  "modules.cpio"

static enum hf_err own(struct hf_boot *boot, char *data, struct hf_fault *fault)
{
    if (!data || boot->owned_count == sizeof boot->owned / sizeof *boot->owned) {
        free(data);
        (void)hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for the boot files");
        return HF_ERR_NO_MEMORY;
    }
    boot->owned[boot->owned_count++] = data;
    return HF_ERR_OK;
}

enum hf_err hf_boot_add(struct hf_boot *boot, const char *name, const void *data, size_t len,
                        struct hf_fault *fault)
{
    if (boot->count == HF_FAT_FILES_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "over %d boot files", HF_FAT_FILES_MAX);
    boot->files[boot->count++] = (struct hf_fat_file){.name = name, .data = data, .len = len};
    return HF_ERR_OK;
}

/* Owned by `boot`. */
static enum hf_err read_file(struct hf_boot *boot, const char *path, char **data, size_t *len,
                             struct hf_fault *fault)
{
    const enum hf_err err = hf_file_read(path, FILE_MAX, data, len, fault);
    return err ? err : own(boot, *data, fault);
}

static enum hf_err take_file(struct hf_boot *boot, const char *path, const char *name,
                             struct hf_fault *fault)
{
    char *data = NULL, *kept = strdup(name);
    size_t len = 0;
    enum hf_err err = own(boot, kept, fault);
    if (!err)
        err = read_file(boot, path, &data, &len, fault);
    return err ? err : hf_boot_add(boot, kept, data, len, fault);
}

static enum hf_err take_loader(struct hf_boot *boot, const char *path, const char *name,
                               struct hf_fault *fault)
{
    char *data = NULL, *end = NULL;
    size_t len = 0;
    const uint64_t at = strtoull(name, &end, 10);
    if (*end != '\0' || boot->loader_count == HF_CARD_LOADERS_MAX)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "%s is not a boot loader's place, or one of over %d", path,
                            HF_CARD_LOADERS_MAX);
    const enum hf_err err = read_file(boot, path, &data, &len, fault);
    if (!err)
        boot->loaders[boot->loader_count++] =
            (struct hf_card_loader){.at = at, .data = data, .len = len};
    return err;
}

static int by_name(const void *left, const void *right)
{
    const struct hf_fat_file *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static int by_place(const void *left, const void *right)
{
    const struct hf_card_loader *a = left, *b = right;
    return (a->at > b->at) - (a->at < b->at);
}

typedef enum hf_err taker(struct hf_boot *boot, const char *path, const char *name,
                          struct hf_fault *fault);

/* All of a folder and of those in it, by their paths below `folder`, of which `below` is one ("" or
 * "EFI/"). */
static enum hf_err read_folder(struct hf_boot *boot, const char *folder, const char *below,
                               taker *take, struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1], name[HF_PATH_MAX + 1];
    struct stat info;
    enum hf_err err = HF_ERR_OK;
    (void)snprintf(path, sizeof path, "%s/%s", folder, below);
    DIR *entries = opendir(path);
    if (!entries)
        return hf_file_fault(fault, errno, "cannot read", path);
    for (struct dirent *entry; !err && (entry = readdir(entries));) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, MODULES) == 0)
            continue;
        const int name_len = snprintf(name, sizeof name, "%s%s", below, entry->d_name);
        const int path_len = snprintf(path, sizeof path, "%s/%s", folder, name);
        if (name_len >= HF_PATH_MAX || path_len > HF_PATH_MAX || stat(path, &info) != 0)
            err = hf_file_fault(fault, errno, "cannot read", path);
        else if (!S_ISDIR(info.st_mode))
            err = take(boot, path, name, fault);
        else {
            (void)snprintf(name + name_len, sizeof name - (size_t)name_len, "/");
            err = read_folder(boot, folder, name, take, fault);
        }
    }
    (void)closedir(entries);
    return err;
}

static enum hf_err read_card(struct hf_boot *boot, struct hf_fault *fault)
{
    char folder[HF_PATH_MAX + 8];
    (void)snprintf(folder, sizeof folder, "%s/boot", boot->folder);
    enum hf_err err = read_folder(boot, folder, "", take_file, fault);
    (void)snprintf(folder, sizeof folder, "%s/raw", boot->folder);
    if (!err && hf_file_exists(folder))
        err = read_folder(boot, folder, "", take_loader, fault);
    qsort(boot->loaders, boot->loader_count, sizeof *boot->loaders, by_place);
    return err;
}

enum hf_err hf_boot_fetch(struct hf_boot *boot, const char *root,
                          const struct hf_board_values *values, bool emulated,
                          struct hf_fault *fault)
{
    char program[HF_PATH_MAX + 32];
    *boot = (struct hf_boot){.count = 0};
    (void)snprintf(program, sizeof program, "%s/host/flash/fetch", root);
    const char *const words[] = {program, emulated ? values->kernel : "--card",
                                 emulated ? NULL : values->board, NULL};
    const struct hf_tool tool = {
        .words = words, .package = "python3", .output = boot->folder, .size = sizeof boot->folder};
    enum hf_err err = hf_tool_run(&tool, fault);
    if (err)
        return hf_fault_set(fault, err, 0, "the kernel \"%s\" cannot be had%s: see above",
                            values->kernel, emulated ? "" : " with the board's boot files");
    boot->folder[strcspn(boot->folder, "\n")] = '\0';
    err = emulated ? read_folder(boot, boot->folder, "", take_file, fault) : read_card(boot, fault);
    qsort(boot->files, boot->count, sizeof *boot->files, by_name);
    return err;
}

enum hf_err hf_boot_add_text(struct hf_boot *boot, const char *name, const char *text,
                             struct hf_fault *fault)
{
    char *copy = strdup(text);
    const enum hf_err err = own(boot, copy, fault);
    return err ? err : hf_boot_add(boot, name, copy, strlen(copy), fault);
}

void hf_boot_models(const struct hf_boot *boot, char *out, size_t size)
{
    static const char before[] = "-rpi-", behind[] = ".dtb";
    out[0] = '\0';
    for (size_t i = 0; i < boot->count; i++) {
        const char *name = boot->files[i].name, *end = strstr(name, behind);
        const char *model = strstr(name, before);
        const size_t at = strlen(out);
        if (!end)
            continue;
        model = model ? model + sizeof before - 1 : name;
        (void)snprintf(out + at, size - at, "%s%.*s", at > 0 ? ", " : "", (int)(end - model),
                       model);
    }
}

size_t hf_boot_size(const struct hf_boot *boot, const char *name)
{
    for (size_t i = 0; i < boot->count; i++)
        if (strcmp(boot->files[i].name, name) == 0)
            return boot->files[i].len;
    return 0;
}

void hf_boot_free(struct hf_boot *boot)
{
    for (size_t i = 0; i < boot->owned_count; i++)
        free(boot->owned[i]);
    *boot = (struct hf_boot){.count = 0};
}
