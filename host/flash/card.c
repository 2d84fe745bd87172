#include "flash/card.h"

#include "flash/bytes.h"
#include "flash/data.h"
#include "home/file.h"
#include "home/home.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TYPE_LINUX 0x83
#define TABLE_AT   446
#define ROW_BYTES  16

/* Cylinders and heads are told as "too far to say". */
static void put_partition(uint8_t *row, bool active, uint8_t type, uint64_t at, uint64_t bytes)
{
    static const uint8_t beyond[3] = {0xFE, 0xFF, 0xFF};
    row[0] = active ? 0x80 : 0;
    memcpy(row + 1, beyond, sizeof beyond);
    row[4] = type;
    memcpy(row + 5, beyond, sizeof beyond);
    hf_put32(row + 8, (uint32_t)(at / HF_FAT_SECTOR));
    hf_put32(row + 12, (uint32_t)(bytes / HF_FAT_SECTOR));
}

static bool write_table(int fd, const struct hf_card *card)
{
    uint8_t sector[HF_FAT_SECTOR] = {0};
    put_partition(sector + TABLE_AT, true, card->boot_type, HF_CARD_BOOT_AT,
                  HF_CARD_DATA_AT - HF_CARD_BOOT_AT);
    put_partition(sector + TABLE_AT + ROW_BYTES, false, TYPE_LINUX, HF_CARD_DATA_AT,
                  (uint64_t)card->data_mb << 20);
    sector[510] = 0x55;
    sector[511] = 0xAA;
    return pwrite(fd, sector, sizeof sector, 0) == (ssize_t)sizeof sector;
}

static enum hf_err write_loaders(int fd, const char *path, const struct hf_card *card,
                                 struct hf_fault *fault)
{
    uint64_t from = HF_FAT_SECTOR;
    for (size_t i = 0; i < card->loader_count; i++) {
        const struct hf_card_loader *loader = &card->loaders[i];
        if (loader->at < from || loader->at > HF_CARD_BOOT_AT ||
            loader->len > HF_CARD_BOOT_AT - loader->at)
            return hf_fault_set(fault, HF_ERR_INVALID, 0,
                                "%zu bytes of a boot loader have no room at byte %" PRIu64
                                " of a card: they would lie in another's place",
                                loader->len, loader->at);
        from = loader->at + loader->len;
        if (pwrite(fd, loader->data, loader->len, (off_t)loader->at) != (ssize_t)loader->len)
            return hf_file_fault(fault, errno, "cannot write", path);
    }
    return HF_ERR_OK;
}

static enum hf_err write_boot(int fd, const char *path, const struct hf_card *card,
                              struct hf_fault *fault)
{
    const struct hf_fat fat = {.at = HF_CARD_BOOT_AT,
                               .sectors = (HF_CARD_DATA_AT - HF_CARD_BOOT_AT) / HF_FAT_SECTOR,
                               .label = "HOLDFAST",
                               .files = card->boot,
                               .count = card->boot_count};
    if (ftruncate(fd, (off_t)HF_CARD_BYTES(card->data_mb)) != 0 || !write_table(fd, card))
        return hf_file_fault(fault, errno, "cannot write", path);
    const enum hf_err err = write_loaders(fd, path, card, fault);
    return err ? err : hf_fat_write(fd, &fat, fault);
}

enum hf_err hf_card_write(const char *path, const struct hf_card *card, struct hf_fault *fault)
{
    char part[HF_PATH_MAX + 8];
    const int len = snprintf(part, sizeof part, "%s.part", path);
    if (len < 0 || (size_t)len >= sizeof part)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "the path %s is too long", path);
    const struct hf_data data = {
        .image = part, .at = HF_CARD_DATA_AT, .mb = card->data_mb, .folder = card->data_folder};
    (void)unlink(part);
    const int fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return hf_file_fault(fault, errno, "cannot write", part);
    enum hf_err err = write_boot(fd, part, card, fault);
    if (!err)
        err = hf_data_write(&data, fault);
    if (!err && (fsync(fd) != 0 || rename(part, path) != 0))
        err = hf_file_fault(fault, errno, "cannot write", path);
    (void)close(fd);
    if (err)
        (void)unlink(part);
    return err;
}
