#include "deploy/archive.h"

#include "home/file.h"
#include "wire/ident.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK 512

static enum hf_err grow(struct hf_archive *archive, size_t more, struct hf_fault *fault)
{
    if (archive->len + more <= archive->size)
        return HF_ERR_OK;
    size_t size = archive->size ? archive->size : 65536;
    while (size < archive->len + more)
        size *= 2;
    char *larger = size <= 4 * (size_t)HF_ARCHIVE_BYTES_MAX ? realloc(archive->data, size) : NULL;
    if (!larger)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for an archive");
    archive->data = larger;
    archive->size = size;
    return HF_ERR_OK;
}

/* Whole blocks, the last filled up with zeros. */
static enum hf_err append(struct hf_archive *archive, const void *data, size_t len,
                          struct hf_fault *fault)
{
    const size_t padded = (len + BLOCK - 1) / BLOCK * BLOCK;
    const enum hf_err err = grow(archive, padded, fault);
    if (err)
        return err;
    const char *from = data;
    for (size_t i = 0; i < padded; i++)
        archive->data[archive->len + i] = i < len ? from[i] : '\0';
    archive->len += padded;
    return HF_ERR_OK;
}

/* The fields of a POSIX ustar header: name, mode, owners, size, time, sum, type, magic. */
static void make_head(char head[BLOCK], const char *name, size_t len, bool executable)
{
    static const char MAGIC[8] = {'u', 's', 't', 'a', 'r', '\0', '0', '0'};
    unsigned sum = 0;
    memset(head, 0, BLOCK);
    (void)snprintf(head, 100, "%s", name);
    (void)snprintf(head + 100, 8, "%07o", executable ? 0755U : 0644U);
    (void)snprintf(head + 108, 8, "%07o", 0U);
    (void)snprintf(head + 116, 8, "%07o", 0U);
    (void)snprintf(head + 124, 12, "%011zo", len);
    (void)snprintf(head + 136, 12, "%011o", 0U);
    memset(head + 148, ' ', 8);
    head[156] = '0';
    memcpy(head + 257, MAGIC, sizeof MAGIC);
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)head[i];
    (void)snprintf(head + 148, 8, "%06o", sum);
}

static enum hf_err add_file(struct hf_archive *archive, const char *path, const char *name,
                            bool executable, struct hf_fault *fault)
{
    char *data = NULL, head[BLOCK];
    size_t len = 0;
    enum hf_err err = hf_file_read(path, HF_ARCHIVE_BYTES_MAX, &data, &len, fault);
    if (!err && archive->len + len > HF_ARCHIVE_BYTES_MAX)
        err = hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "the handlers have more than %d MiB",
                           HF_ARCHIVE_BYTES_MAX / 1048576);
    make_head(head, name, len, executable);
    if (!err)
        err = append(archive, head, sizeof head, fault);
    if (!err)
        err = append(archive, data, len, fault);
    free(data);
    archive->files++;
    archive->programs += executable;
    return err;
}

static enum hf_err add(struct hf_archive *archive, const char *folder, const char *name,
                       struct hf_fault *fault)
{
    char path[PATH_MAX];
    struct stat info;
    const int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (len < 0 || (size_t)len >= sizeof path)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "the path of %s is too long", name);
    if (!hf_handler_name_valid(hf_str(name)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "%s: \"%.64s\" cannot be a handler's name: expected 1 to %d of A-Z, "
                            "a-z, 0-9, . _ -",
                            folder, name, HF_NAME_MAX);
    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "%s is no plain file: boards take neither folders nor links", path);
    if (archive->files == HF_ARCHIVE_FILES_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "%s has more than %d files", folder,
                            HF_ARCHIVE_FILES_MAX);
    return add_file(archive, path, name, (info.st_mode & 0111) != 0, fault);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

enum hf_err hf_archive_make(const char *folder, struct hf_archive *out, struct hf_fault *fault)
{
    static const char END[2 * BLOCK];
    struct dirent **entries = NULL;
    *out = (struct hf_archive){.data = NULL};
    const int count = scandir(folder, &entries, visible, by_name);
    if (count < 0)
        return hf_fault_set(fault, errno == EACCES ? HF_ERR_DENIED : HF_ERR_NOT_FOUND, errno,
                            "cannot read the folder %s: %s", folder, strerror(errno));
    enum hf_err err = HF_ERR_OK;
    for (int i = 0; i < count; i++) {
        if (!err)
            err = add(out, folder, entries[i]->d_name, fault);
        free(entries[i]);
    }
    free(entries);
    return err ? err : append(out, END, sizeof END, fault);
}
