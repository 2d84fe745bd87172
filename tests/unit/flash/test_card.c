#include "../cmocka_all.h"
#include "flash/card.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/holdfast-card.XXXXXX";

static int make_folder(void **state)
{
    char data[64];
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(data, sizeof data, "%s/data", folder);
    return mkdir(data, 0700);
}

static int remove_folder(void **state)
{
    char path[64];
    (void)state;
    (void)snprintf(path, sizeof path, "%s/data", folder);
    (void)rmdir(path);
    (void)snprintf(path, sizeof path, "%s/card.img", folder);
    (void)unlink(path);
    return rmdir(folder);
}

static enum hf_err write_card(char path[64], const struct hf_card_loader *loaders, size_t count,
                              struct hf_fault *fault)
{
    char data[64];
    const struct hf_fat_file file = {.name = "kernel.img", .data = "kernel", .len = 6};
    (void)snprintf(path, 64, "%s/card.img", folder);
    (void)snprintf(data, sizeof data, "%s/data", folder);
    const struct hf_card card = {.boot_type = HF_CARD_EFI,
                                 .boot = &file,
                                 .boot_count = 1,
                                 .loaders = loaders,
                                 .loader_count = count,
                                 .data_folder = data,
                                 .data_mb = 16};
    return hf_card_write(path, &card, fault);
}

static void loaders_lie_at_their_places_between_table_and_first_partition(void **state)
{
    (void)state;
    static const struct hf_card_loader loaders[] = {{1024, "first", 5}, {8192, "second", 6}};
    char path[64], found[6];
    unsigned char sector[512];
    assert_int_equal(write_card(path, loaders, 2, NULL), HF_ERR_OK);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, sector, sizeof sector, 0), sizeof sector);
    assert_int_equal(sector[446 + 4], HF_CARD_EFI);
    assert_int_equal(sector[510] | sector[511] << 8, 0xAA55);
    assert_int_equal(pread(fd, found, 5, 1024), 5);
    assert_memory_equal(found, "first", 5);
    assert_int_equal(pread(fd, found, 6, 8192), 6);
    assert_memory_equal(found, "second", 6);
    (void)close(fd);
}

static void loader_that_would_lie_in_anothers_place_is_refused(void **state)
{
    (void)state;
    static char large[HF_CARD_BOOT_AT];
    const struct hf_card_loader bad[][2] = {
        {{0, "a", 1}, {512, "b", 1}},                 /* the partition table */
        {{8192, "second", 6}, {8195, "b", 1}},        /* another loader */
        {{512, "a", 1}, {8192, large, sizeof large}}, /* the boot partition */
        {{512, "a", 1}, {UINT64_MAX - 2, large, 8}},
    };
    struct hf_fault fault = {0};
    char path[64];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(write_card(path, bad[i], 2, &fault), HF_ERR_INVALID);
        assert_non_null(strstr(fault.text, "boot loader"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loaders_lie_at_their_places_between_table_and_first_partition),
        cmocka_unit_test(loader_that_would_lie_in_anothers_place_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
