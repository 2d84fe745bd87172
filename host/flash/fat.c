#include "flash/fat.h"

#include "flash/bytes.h"
#include "flash/fat_entry.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CLUSTER_SECTORS 4
#define CLUSTER_BYTES   (CLUSTER_SECTORS * HF_FAT_SECTOR)
#define ROOT_ENTRIES    1024
#define ROOT_SECTORS    (ROOT_ENTRIES * HF_FAT_ENTRY_BYTES / HF_FAT_SECTOR)
#define MEDIA           0xF8
#define FAT_COPIES      2
#define CHAIN_END       0xFFFF
#define FOLDERS_MAX     8

struct folder {
    const char *path; /* of a file in it, whose beginning is its own path: */
    size_t path_len;
    uint32_t cluster; /* 0: the root, which lies before the clusters */
    struct hf_fat_folder in;
};

/* What stands before the files: boot sector, tables, root folder; and the folders. */
struct area {
    uint8_t *bytes;
    size_t len;
    uint32_t table_sectors;
    uint32_t clusters;
    uint32_t next; /* the first cluster that is free */
    struct folder folders[FOLDERS_MAX];
    size_t folder_count; /* the first is the root */
};

static uint8_t *table(const struct area *area, uint32_t copy)
{
    return area->bytes + (size_t)(1 + copy * area->table_sectors) * HF_FAT_SECTOR;
}

static void put_boot_sector(const struct area *area, const struct hf_fat *fat)
{
    uint8_t *at = area->bytes;
    static const uint8_t jump_and_name[11] = "\xEB\x3C\x90HOLDFAST";
    static const uint8_t kind[8] = "FAT16   ";
    memcpy(at, jump_and_name, sizeof jump_and_name);
    hf_put16(at + 11, HF_FAT_SECTOR);
    at[13] = CLUSTER_SECTORS;
    hf_put16(at + 14, 1); /* sectors before the tables: this one */
    at[16] = FAT_COPIES;
    hf_put16(at + 17, ROOT_ENTRIES);
    if (fat->sectors < 65536)
        hf_put16(at + 19, fat->sectors);
    else
        hf_put32(at + 32, fat->sectors);
    at[21] = MEDIA;
    hf_put16(at + 22, area->table_sectors);
    hf_put16(at + 24, 32); /* sectors a track and heads, for who still counts so */
    hf_put16(at + 26, 64);
    hf_put32(at + 28, (uint32_t)(fat->at / HF_FAT_SECTOR));
    at[36] = 0x80;
    at[38] = 0x29;
    hf_put32(at + 39, 0x48464C44); /* a serial number */
    hf_fat_entry_label(at + 43, fat->label);
    memcpy(at + 54, kind, sizeof kind);
    hf_put16(at + 510, 0xAA55);
}

static uint32_t clusters_of(size_t len)
{
    return (uint32_t)((len + CLUSTER_BYTES - 1) / CLUSTER_BYTES);
}

/* The first cluster; 0: the file has none. */
static uint32_t chain(struct area *area, uint32_t count)
{
    const uint32_t first = area->next;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t value = i + 1 < count ? first + i + 1 : CHAIN_END;
        for (uint32_t copy = 0; copy < FAT_COPIES; copy++)
            hf_put16(table(area, copy) + 2 * (size_t)(first + i), value);
    }
    area->next += count;
    return count > 0 ? first : 0;
}

static enum hf_err no_room(const char *name, struct hf_fault *fault)
{
    return hf_fault_set(fault, HF_ERR_NO_SPACE, 0, "%s does not fit into the boot partition", name);
}

/* Where the file's own name begins. */
static const char *own_name(const char *path, size_t len)
{
    const char *slash = memrchr(path, '/', len);
    return slash ? slash + 1 : path;
}

static struct folder *find_folder(struct area *area, const char *path, size_t len)
{
    for (size_t i = 0; i < area->folder_count; i++)
        if (area->folders[i].path_len == len && strncasecmp(area->folders[i].path, path, len) == 0)
            return &area->folders[i];
    return NULL;
}

static bool add_folder(struct area *area, struct folder *parent, const char *path, size_t len)
{
    char name[HF_FAT_NAME_MAX + 1];
    const char *own = own_name(path, len);
    struct folder folder = {.path = path, .path_len = len, .cluster = area->next};
    (void)snprintf(name, sizeof name, "%.*s", (int)(path + len - own), own);
    const struct hf_fat_entry entry = {
        .name = name, .attributes = HF_FAT_FOLDER, .cluster = folder.cluster};
    if (area->folder_count == FOLDERS_MAX || area->next == area->clusters + 2 ||
        !hf_fat_entry_add(&parent->in, &entry))
        return false;
    folder.in = (struct hf_fat_folder){.bytes = calloc(1, CLUSTER_BYTES),
                                       .most = CLUSTER_BYTES / HF_FAT_ENTRY_BYTES};
    if (!folder.in.bytes)
        return false;
    hf_fat_entry_begin(&folder.in, chain(area, 1), parent->cluster);
    area->folders[area->folder_count++] = folder;
    return true;
}

/* That of the first `len` letters of a path, made with those above it when need be. NULL: there is
 * no room. */
static struct folder *folder_of(struct area *area, const char *path, size_t len)
{
    struct folder *folder = &area->folders[0];
    for (size_t end = 0; folder && end < len;) {
        end += strcspn(path + end + (end > 0), "/") + (end > 0);
        struct folder *found = find_folder(area, path, end);
        if (!found && add_folder(area, folder, path, end))
            found = &area->folders[area->folder_count - 1];
        folder = found;
    }
    return folder;
}

static enum hf_err put_file(struct area *area, const struct hf_fat_file *file, uint32_t *first,
                            struct hf_fault *fault)
{
    const char *name = own_name(file->name, strlen(file->name));
    const size_t path_len = name > file->name ? (size_t)(name - file->name) - 1 : 0;
    const uint32_t count = clusters_of(file->len);
    struct folder *folder = folder_of(area, file->name, path_len);
    if (!folder || count > area->clusters + 2 - area->next)
        return no_room(file->name, fault);
    *first = chain(area, count);
    const struct hf_fat_entry entry = {
        .name = name, .attributes = HF_FAT_FILE, .cluster = *first, .len = (uint32_t)file->len};
    return hf_fat_entry_add(&folder->in, &entry) ? HF_ERR_OK : no_room(file->name, fault);
}

static bool part_valid(const char *name, size_t len)
{
    bool valid = len > 0 && len <= HF_FAT_NAME_MAX && name[0] != '.' && name[len - 1] != '.';
    for (size_t i = 0; i < len; i++)
        valid = valid && (isalnum((unsigned char)name[i]) || strchr("_.-+", name[i]));
    return valid;
}

static bool name_valid(const char *name)
{
    for (;;) {
        const size_t len = strcspn(name, "/");
        if (!part_valid(name, len))
            return false;
        if (name[len] == '\0')
            return true;
        name += len + 1;
    }
}

/* Whether both cannot be: they are alike, or `other` is in a folder of that name. */
static bool name_taken(const char *name, const char *other)
{
    const size_t len = strlen(name);
    return strncasecmp(name, other, len) == 0 && (other[len] == '\0' || other[len] == '/');
}

static enum hf_err check(const struct hf_fat *fat, struct hf_fault *fault)
{
    if (fat->sectors < HF_FAT_SECTORS_MIN || fat->sectors > HF_FAT_SECTORS_MAX ||
        fat->count > HF_FAT_FILES_MAX)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "a boot partition of %u sectors with %zu files cannot be made",
                            (unsigned)fat->sectors, fat->count);
    for (size_t i = 0; i < fat->count; i++) {
        bool taken = false;
        for (size_t k = 0; k < fat->count; k++)
            taken = taken || (i != k && name_taken(fat->files[i].name, fat->files[k].name));
        if (taken || !name_valid(fat->files[i].name))
            return hf_fault_set(fault, HF_ERR_INVALID, 0, "\"%s\" %s a file of the boot partition",
                                fat->files[i].name,
                                taken ? "is twice the name of" : "cannot be the name of");
    }
    return HF_ERR_OK;
}

static enum hf_err write_all(int fd, const void *data, size_t len, uint64_t at,
                             struct hf_fault *fault)
{
    for (size_t done = 0; done < len;) {
        const ssize_t wrote = pwrite(fd, (const char *)data + done, len - done, (off_t)(at + done));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return hf_fault_set(fault, errno == ENOSPC ? HF_ERR_NO_SPACE : HF_ERR_IO, errno,
                                "cannot write the boot partition: %s", strerror(errno));
        done += (size_t)wrote;
    }
    return HF_ERR_OK;
}

static bool plan(struct area *area, const struct hf_fat *fat)
{
    const uint32_t most = (fat->sectors - 1 - ROOT_SECTORS) / CLUSTER_SECTORS;
    *area = (struct area){.next = 2};
    area->table_sectors = (2 * (most + 2) + HF_FAT_SECTOR - 1) / HF_FAT_SECTOR;
    const uint32_t before = 1 + FAT_COPIES * area->table_sectors + ROOT_SECTORS;
    area->clusters = (fat->sectors - before) / CLUSTER_SECTORS;
    area->len = (size_t)before * HF_FAT_SECTOR;
    area->bytes = calloc(1, area->len);
    if (!area->bytes)
        return false;
    area->folders[0].path = "";
    area->folders[0].in =
        (struct hf_fat_folder){.bytes = table(area, FAT_COPIES), .most = ROOT_ENTRIES};
    area->folder_count = 1;
    return true;
}

static void begin(struct area *area, const struct hf_fat *fat)
{
    const struct hf_fat_entry volume = {.name = fat->label, .attributes = HF_FAT_VOLUME};
    put_boot_sector(area, fat);
    for (uint32_t copy = 0; copy < FAT_COPIES; copy++) {
        hf_put16(table(area, copy), 0xFF00 | MEDIA);
        hf_put16(table(area, copy) + 2, CHAIN_END);
    }
    (void)hf_fat_entry_add(&area->folders[0].in, &volume);
}

static uint64_t place(const struct area *area, const struct hf_fat *fat, uint32_t cluster)
{
    return fat->at + area->len + (uint64_t)(cluster - 2) * CLUSTER_BYTES;
}

enum hf_err hf_fat_write(int fd, const struct hf_fat *fat, struct hf_fault *fault)
{
    struct area area = {.bytes = NULL};
    uint32_t first = 0;
    enum hf_err err = check(fat, fault);
    if (!err && !plan(&area, fat))
        err = hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a file system");
    if (err)
        return err;
    begin(&area, fat);
    for (size_t i = 0; !err && i < fat->count; i++) {
        const struct hf_fat_file *file = &fat->files[i];
        err = put_file(&area, file, &first, fault);
        if (!err && file->len > 0)
            err = write_all(fd, file->data, file->len, place(&area, fat, first), fault);
    }
    for (size_t i = 1; i < area.folder_count; i++) {
        const struct folder *folder = &area.folders[i];
        if (!err)
            err = write_all(fd, folder->in.bytes, CLUSTER_BYTES, place(&area, fat, folder->cluster),
                            fault);
        free(folder->in.bytes);
    }
    if (!err)
        err = write_all(fd, area.bytes, area.len, fat->at, fault);
    free(area.bytes);
    return err;
}
