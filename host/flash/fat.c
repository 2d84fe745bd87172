#include "flash/fat.h"

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
#define ENTRY_BYTES     32
#define ROOT_SECTORS    (ROOT_ENTRIES * ENTRY_BYTES / HF_FAT_SECTOR)
#define MEDIA           0xF8
#define FAT_COPIES      2
#define CHAIN_END       0xFFFF
#define LONG_PART       13 /* letters of a name in one of its entries */
#define SHORT_LEN       11
#define LOWER_BASE      0x08 /* the short name is meant in small letters */
#define LOWER_EXT       0x10
#define DATE_1980       0x21

/* What stands before the files: boot sector, tables, root folder. */
struct area {
    uint8_t *bytes;
    size_t len;
    uint32_t table_sectors;
    uint32_t clusters;
    uint32_t next; /* the first cluster that is free */
    size_t entries;
};

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value & 0xFFFF);
    put16(at + 2, value >> 16);
}

static uint8_t *table(const struct area *area, uint32_t copy)
{
    return area->bytes + (size_t)(1 + copy * area->table_sectors) * HF_FAT_SECTOR;
}

static uint8_t *root(const struct area *area)
{
    return table(area, FAT_COPIES);
}

static void put_label(uint8_t *at, const char *label)
{
    bool ended = false;
    for (size_t i = 0; i < SHORT_LEN; i++) {
        ended = ended || label[i] == '\0';
        at[i] = ended ? ' ' : (uint8_t)label[i];
    }
}

static void put_boot_sector(const struct area *area, const struct hf_fat *fat)
{
    uint8_t *at = area->bytes;
    static const uint8_t jump_and_name[11] = "\xEB\x3C\x90HOLDFAST";
    static const uint8_t kind[8] = "FAT16   ";
    memcpy(at, jump_and_name, sizeof jump_and_name);
    put16(at + 11, HF_FAT_SECTOR);
    at[13] = CLUSTER_SECTORS;
    put16(at + 14, 1); /* sectors before the tables: this one */
    at[16] = FAT_COPIES;
    put16(at + 17, ROOT_ENTRIES);
    if (fat->sectors < 65536)
        put16(at + 19, fat->sectors);
    else
        put32(at + 32, fat->sectors);
    at[21] = MEDIA;
    put16(at + 22, area->table_sectors);
    put16(at + 24, 32); /* sectors a track and heads, for who still counts so */
    put16(at + 26, 64);
    put32(at + 28, (uint32_t)(fat->at / HF_FAT_SECTOR));
    at[36] = 0x80;
    at[38] = 0x29;
    put32(at + 39, 0x48464C44); /* a serial number */
    put_label(at + 43, fat->label);
    memcpy(at + 54, kind, sizeof kind);
    put16(at + 510, 0xAA55);
}

static void put_volume(struct area *area, const char *label)
{
    uint8_t *entry = root(area) + area->entries++ * ENTRY_BYTES;
    put_label(entry, label);
    entry[11] = 0x08;
    put16(entry + 24, DATE_1980);
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
            put16(table(area, copy) + 2 * (size_t)(first + i), value);
    }
    area->next += count;
    return count > 0 ? first : 0;
}

static bool all_lower(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (isupper((unsigned char)text[i]))
            return false;
    return true;
}

static void put_upper(uint8_t *to, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = (uint8_t)toupper((unsigned char)text[i]);
}

/* "name.ext" with at most 8 and 3 letters, each part in small letters: the short name says it all.
 */
static bool is_short(const char *name, uint8_t out[SHORT_LEN])
{
    const char *dot = strrchr(name, '.');
    const size_t base = dot ? (size_t)(dot - name) : strlen(name);
    const size_t ext = dot ? strlen(dot + 1) : 0;
    if (base < 1 || base > 8 || ext > 3 || (dot && ext == 0) || !all_lower(name, strlen(name)) ||
        memchr(name, '.', base) || strchr(name, '+'))
        return false;
    memset(out, ' ', SHORT_LEN);
    put_upper(out, name, base);
    if (dot)
        put_upper(out + 8, dot + 1, ext);
    return true;
}

/* One that no other file has: by its number. */
static void make_short(const char *name, size_t number, uint8_t out[SHORT_LEN])
{
    char text[SHORT_LEN + 8];
    const char *dot = strrchr(name, '.');
    const size_t ext = dot && strlen(dot + 1) <= 3 ? strlen(dot + 1) : 0;
    (void)snprintf(text, sizeof text, "FILE~%03zu", number % 1000);
    memset(out, ' ', SHORT_LEN);
    memcpy(out, text, 8);
    if (ext > 0)
        put_upper(out + 8, dot + 1, ext);
}

static uint8_t checksum(const uint8_t name[SHORT_LEN])
{
    unsigned sum = 0;
    for (size_t i = 0; i < SHORT_LEN; i++)
        sum = (((sum & 1) << 7) + (sum >> 1) + name[i]) & 0xFF;
    return (uint8_t)sum;
}

/* Part `part` of a long name; letters behind its end are a 0, then ones. */
static void put_long_part(uint8_t *entry, const char *name, size_t part, size_t parts, uint8_t sum)
{
    static const uint8_t places[LONG_PART] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    const size_t len = strlen(name);
    entry[0] = (uint8_t)((part + 1) | (part + 1 == parts ? 0x40 : 0));
    entry[11] = 0x0F;
    entry[13] = sum;
    for (size_t i = 0; i < LONG_PART; i++) {
        const size_t at = part * LONG_PART + i;
        put16(entry + places[i], at < len ? (unsigned char)name[at] : at == len ? 0 : 0xFFFF);
    }
}

static enum hf_err put_entry(struct area *area, const struct hf_fat_file *file, size_t number,
                             struct hf_fault *fault)
{
    uint8_t name[SHORT_LEN];
    const bool small = is_short(file->name, name);
    const size_t parts = small ? 0 : (strlen(file->name) + LONG_PART - 1) / LONG_PART;
    const uint32_t count = clusters_of(file->len);
    if (!small)
        make_short(file->name, number, name);
    if (area->entries + parts + 1 > ROOT_ENTRIES || count > area->clusters + 2 - area->next)
        return hf_fault_set(fault, HF_ERR_NO_SPACE, 0, "%s does not fit into the boot partition",
                            file->name);
    for (size_t i = parts; i > 0; i--)
        put_long_part(root(area) + area->entries++ * ENTRY_BYTES, file->name, i - 1, parts,
                      checksum(name));
    uint8_t *entry = root(area) + area->entries++ * ENTRY_BYTES;
    memcpy(entry, name, SHORT_LEN);
    entry[11] = 0x20;
    entry[12] = small ? LOWER_BASE | LOWER_EXT : 0;
    put16(entry + 16, DATE_1980);
    put16(entry + 18, DATE_1980);
    put16(entry + 24, DATE_1980);
    put16(entry + 26, chain(area, count));
    put32(entry + 28, (uint32_t)file->len);
    return HF_ERR_OK;
}

static bool name_valid(const char *name)
{
    const size_t len = strlen(name);
    bool valid = len > 0 && len <= HF_FAT_NAME_MAX && name[0] != '.' && name[len - 1] != '.';
    for (size_t i = 0; i < len; i++)
        valid = valid && (isalnum((unsigned char)name[i]) || strchr("_.-+", name[i]));
    return valid;
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
        for (size_t k = 0; k < i; k++)
            taken = taken || strcasecmp(fat->files[i].name, fat->files[k].name) == 0;
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
    return area->bytes != NULL;
}

enum hf_err hf_fat_write(int fd, const struct hf_fat *fat, struct hf_fault *fault)
{
    struct area area = {.bytes = NULL};
    enum hf_err err = check(fat, fault);
    if (!err && !plan(&area, fat))
        err = hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a file system");
    if (err)
        return err;
    put_boot_sector(&area, fat);
    for (uint32_t copy = 0; copy < FAT_COPIES; copy++) {
        put16(table(&area, copy), 0xFF00 | MEDIA);
        put16(table(&area, copy) + 2, CHAIN_END);
    }
    put_volume(&area, fat->label);
    for (size_t i = 0; !err && i < fat->count; i++) {
        const uint64_t at = fat->at + area.len + (uint64_t)(area.next - 2) * CLUSTER_BYTES;
        err = put_entry(&area, &fat->files[i], i, fault);
        if (!err)
            err = write_all(fd, fat->files[i].data, fat->files[i].len, at, fault);
    }
    if (!err)
        err = write_all(fd, area.bytes, area.len, fat->at, fault);
    free(area.bytes);
    return err;
}
