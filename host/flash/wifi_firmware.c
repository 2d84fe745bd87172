#include "flash/wifi_firmware.h"

#include "home/file.h"
#include "home/home.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX   (16 * 1024 * 1024)
#define MODULES    "modules.cpio"
#define REGULATORY "regulatory."
#define COPYRIGHT  "copyright"
#define PLACE      "lib/firmware"
#define CHIP_PLACE PLACE "/brcm"

static enum hf_err read_one(const char *folder, const char *name, char **data, size_t *len,
                            struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 300];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return hf_file_read(path, FILE_MAX, data, len, fault);
}

static enum hf_err add_modules(const char *folder, struct hf_cpio *out, struct hf_fault *fault)
{
    char *data = NULL;
    size_t len = 0;
    enum hf_err err = read_one(folder, MODULES, &data, &len, fault);
    if (!err)
        err = hf_cpio_join(out, data, len, fault);
    free(data);
    return err;
}

static enum hf_err add_file(const char *folder, const char *place, const char *name,
                            struct hf_cpio *out, struct hf_fault *fault)
{
    char path[300];
    char *data = NULL;
    size_t len = 0;
    (void)snprintf(path, sizeof path, "%s/%s", place, name);
    enum hf_err err = read_one(folder, name, &data, &len, fault);
    if (!err)
        err = hf_cpio_add(out, path, S_IFREG | 0644, data, len, fault);
    free(data);
    return err;
}

/* Those whose names begin with the first `len` of `begin` and `behind`. */
static enum hf_err add_all(const char *folder, const char *place, const char *begin, size_t len,
                           const char *behind, struct hf_cpio *out, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    bool found = false;
    DIR *entries = opendir(folder);
    if (!entries)
        return hf_file_fault(fault, errno, "cannot read", folder);
    for (struct dirent *entry; !err && (entry = readdir(entries));)
        if (strncmp(entry->d_name, begin, len) == 0 &&
            strncmp(entry->d_name + len, behind, strlen(behind)) == 0) {
            found = true;
            err = add_file(folder, place, entry->d_name, out, fault);
        }
    (void)closedir(entries);
    if (err || found)
        return err;
    return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0, "%s has no firmware %.*s%s*", folder, (int)len,
                        begin, behind);
}

static enum hf_err add_folder(struct hf_cpio *out, const char *path, struct hf_fault *fault)
{
    return hf_cpio_add(out, path, S_IFDIR | 0755, "", 0, fault);
}

enum hf_err hf_wifi_firmware_add(const char *folder, const char *chips, struct hf_cpio *out,
                                 struct hf_fault *fault)
{
    enum hf_err err = add_modules(folder, out, fault);
    if (!err)
        err = add_folder(out, "lib", fault);
    if (!err)
        err = add_folder(out, PLACE, fault);
    if (!err)
        err = add_folder(out, CHIP_PLACE, fault);
    if (!err)
        err = add_all(folder, PLACE, REGULATORY, strlen(REGULATORY), "", out, fault);
    if (!err)
        err = add_file(folder, CHIP_PLACE, COPYRIGHT, out, fault);
    for (const char *chip = chips; !err && *chip; chip += strspn(chip, " ")) {
        const size_t len = strcspn(chip, " ");
        err = add_all(folder, CHIP_PLACE, chip, len, "-", out, fault);
        chip += len;
    }
    return err;
}
