#include "flash/boot.h"

#include "flash/tool.h"
#include "home/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (64 * 1024 * 1024)
#define MODULES  "modules.cpio"

static enum hf_err own(struct hf_boot *boot, char *data, struct hf_fault *fault)
{
    if (!data || boot->owned_count == 2 * (size_t)HF_FAT_FILES_MAX) {
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

static enum hf_err read_one(struct hf_boot *boot, const char *folder, const char *entry,
                            struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 300];
    char *data = NULL, *name = strdup(entry);
    size_t len = 0;
    (void)snprintf(path, sizeof path, "%s/%s", folder, entry);
    enum hf_err err = own(boot, name, fault);
    if (!err)
        err = hf_file_read(path, FILE_MAX, &data, &len, fault);
    if (!err)
        err = own(boot, data, fault);
    return err ? err : hf_boot_add(boot, name, data, len, fault);
}

static int by_name(const void *left, const void *right)
{
    const struct hf_fat_file *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static enum hf_err read_files(struct hf_boot *boot, const char *folder, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    DIR *entries = opendir(folder);
    if (!entries)
        return hf_file_fault(fault, errno, "cannot read", folder);
    for (struct dirent *entry; !err && (entry = readdir(entries));)
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, MODULES) != 0)
            err = read_one(boot, folder, entry->d_name, fault);
    (void)closedir(entries);
    qsort(boot->files, boot->count, sizeof *boot->files, by_name);
    return err;
}

enum hf_err hf_boot_fetch(struct hf_boot *boot, const char *root,
                          const struct hf_board_values *values, bool emulated,
                          struct hf_fault *fault)
{
    char program[HF_PATH_MAX + 32], folder[HF_PATH_MAX + 8];
    *boot = (struct hf_boot){.count = 0};
    (void)snprintf(program, sizeof program, "%s/host/flash/fetch", root);
    const char *const words[] = {program, emulated ? values->kernel : "--card",
                                 emulated ? NULL : values->kernel, NULL};
    const struct hf_tool tool = {
        .words = words, .package = "python3", .output = boot->folder, .size = sizeof boot->folder};
    const enum hf_err err = hf_tool_run(&tool, fault);
    if (err)
        return hf_fault_set(fault, err, 0, "the kernel \"%s\" cannot be had%s: see above",
                            values->kernel, emulated ? "" : " with the board's boot files");
    boot->folder[strcspn(boot->folder, "\n")] = '\0';
    (void)snprintf(folder, sizeof folder, "%s%s", boot->folder, emulated ? "" : "/boot");
    return read_files(boot, folder, fault);
}

static enum hf_err add_text(struct hf_boot *boot, const char *name, const char *text,
                            struct hf_fault *fault)
{
    char *copy = strdup(text);
    const enum hf_err err = own(boot, copy, fault);
    return err ? err : hf_boot_add(boot, name, copy, strlen(copy), fault);
}

enum hf_err hf_boot_settings(struct hf_boot *boot, const struct hf_board_values *values,
                             const char *name, bool emulated, struct hf_fault *fault)
{
    const bool is_64_bit = strcmp(values->machine, "aarch64") == 0;
    const char *consoles =
        is_64_bit ? "console=ttyS1,115200 console=tty0 " : "console=ttyAMA0,115200 console=tty0 ";
    char words[256];
    (void)snprintf(words, sizeof words, "%squiet panic=10 holdfast_name=%s\n",
                   emulated ? "" : consoles, name);
    enum hf_err err = add_text(boot, "cmdline.txt", words, fault);
    if (err || emulated)
        return err;
    (void)snprintf(words, sizeof words,
                   "# Made by holdfast flash.\n"
                   "kernel=kernel.img\n"
                   "initramfs initrd.img followkernel\n"
                   "upstream_kernel=1\n"
                   "enable_uart=1\n"
                   "%s",
                   is_64_bit ? "arm_64bit=1\n" : "");
    return add_text(boot, "config.txt", words, fault);
}

void hf_boot_models(const struct hf_boot *boot, char *out, size_t size)
{
    static const char before[] = "-rpi-", behind[] = ".dtb";
    out[0] = '\0';
    for (size_t i = 0; i < boot->count; i++) {
        const char *model = strstr(boot->files[i].name, before);
        const char *end = model ? strstr(model, behind) : NULL;
        const size_t at = strlen(out);
        if (!end)
            continue;
        model += sizeof before - 1;
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
