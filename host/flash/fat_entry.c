#include "flash/fat_entry.h"

#include "flash/bytes.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LONG_PART  13 /* letters of a name in one of its entries */
#define LONG       0x0F
#define SHORT_LEN  11
#define LOWER_BASE 0x08 /* the short name is meant in small letters */
#define LOWER_EXT  0x10
#define DATE_1980  0x21

void hf_fat_entry_label(uint8_t *at, const char *label)
{
    bool ended = false;
    for (size_t i = 0; i < SHORT_LEN; i++) {
        ended = ended || label[i] == '\0';
        at[i] = ended ? ' ' : (uint8_t)label[i];
    }
}

/* Letters of one case; `small` is added to `*flags` for small ones. */
static bool one_case(const char *text, size_t len, uint8_t small, uint8_t *flags)
{
    bool upper = false, lower = false;
    for (size_t i = 0; i < len; i++) {
        upper = upper || isupper((unsigned char)text[i]);
        lower = lower || islower((unsigned char)text[i]);
    }
    *flags |= lower ? small : 0;
    return !(upper && lower);
}

static void put_upper(uint8_t *to, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = (uint8_t)toupper((unsigned char)text[i]);
}

/* "name.ext" with at most 8 and 3 letters, each part of one case: the short name says it all. */
static bool is_short(const char *name, uint8_t out[SHORT_LEN], uint8_t *flags)
{
    const char *dot = strrchr(name, '.');
    const size_t base = dot ? (size_t)(dot - name) : strlen(name);
    const size_t ext = dot ? strlen(dot + 1) : 0;
    if (base < 1 || base > 8 || ext > 3 || (dot && ext == 0) || memchr(name, '.', base) ||
        strchr(name, '+') || !one_case(name, base, LOWER_BASE, flags) ||
        (dot && !one_case(dot + 1, ext, LOWER_EXT, flags)))
        return false;
    memset(out, ' ', SHORT_LEN);
    put_upper(out, name, base);
    if (dot)
        put_upper(out + 8, dot + 1, ext);
    return true;
}

/* One that nothing else in the folder has, by its place: such a name has two entries at least. */
static void make_short(const char *name, size_t place, uint8_t out[SHORT_LEN])
{
    char text[SHORT_LEN + 8];
    const char *dot = strrchr(name, '.');
    const size_t ext = dot && strlen(dot + 1) <= 3 ? strlen(dot + 1) : 0;
    (void)snprintf(text, sizeof text, "FILE~%03zu", place / 2 % 1000);
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
    entry[11] = LONG;
    entry[13] = sum;
    for (size_t i = 0; i < LONG_PART; i++) {
        const size_t at = part * LONG_PART + i;
        hf_put16(entry + places[i], at < len ? (unsigned char)name[at] : at == len ? 0 : 0xFFFF);
    }
}

static uint8_t *next(struct hf_fat_folder *folder)
{
    return folder->bytes + folder->entries++ * HF_FAT_ENTRY_BYTES;
}

static void put(uint8_t *at, const uint8_t name[SHORT_LEN], const struct hf_fat_entry *entry)
{
    memcpy(at, name, SHORT_LEN);
    at[11] = entry->attributes;
    hf_put16(at + 16, DATE_1980);
    hf_put16(at + 18, DATE_1980);
    hf_put16(at + 24, DATE_1980);
    hf_put16(at + 26, entry->cluster);
    hf_put32(at + 28, entry->len);
}

bool hf_fat_entry_add(struct hf_fat_folder *folder, const struct hf_fat_entry *entry)
{
    uint8_t name[SHORT_LEN], flags = 0;
    const bool label = entry->attributes == HF_FAT_VOLUME;
    const bool small = !label && is_short(entry->name, name, &flags);
    const size_t parts = label || small ? 0 : (strlen(entry->name) + LONG_PART - 1) / LONG_PART;
    if (folder->entries + parts + 1 > folder->most)
        return false;
    if (label)
        hf_fat_entry_label(name, entry->name);
    else if (!small)
        make_short(entry->name, folder->entries, name);
    for (size_t i = parts; i > 0; i--)
        put_long_part(next(folder), entry->name, i - 1, parts, checksum(name));
    uint8_t *at = next(folder);
    put(at, name, entry);
    at[12] = small ? flags : 0;
    return true;
}

void hf_fat_entry_begin(struct hf_fat_folder *folder, uint32_t own, uint32_t parent)
{
    static const uint8_t dots[2][SHORT_LEN + 1] = {".          ", "..         "};
    const uint32_t clusters[2] = {own, parent};
    for (size_t i = 0; i < 2; i++) {
        const struct hf_fat_entry entry = {.attributes = HF_FAT_FOLDER, .cluster = clusters[i]};
        put(next(folder), dots[i], &entry);
    }
}
