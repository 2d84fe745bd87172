#include "../cmocka_all.h"
#include "flash/fat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT      (1 << 20)
#define SECTORS HF_FAT_SECTORS_MIN
#define ROOT_AT (AT + 512 * (1 + 2 * 32)) /* behind the boot sector and two tables */
#define CLUSTER 2048
#define ENTRY   32
#define DATA_AT (ROOT_AT + 1024 * ENTRY)

static int disk(void)
{
    char path[] = "/tmp/holdfast-fat.XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)unlink(path);
    return fd;
}

static enum hf_err write_files(int fd, const struct hf_fat_file *files, size_t count,
                               struct hf_fault *fault)
{
    const struct hf_fat fat = {
        .at = AT, .sectors = SECTORS, .label = "HOLDFAST", .files = files, .count = count};
    return hf_fat_write(fd, &fat, fault);
}

static void read_at(int fd, long at, void *out, size_t len)
{
    assert_int_equal(pread(fd, out, len, at), (ssize_t)len);
}

static void short_name_lies_in_one_entry_and_its_file_in_one_piece(void **state)
{
    (void)state;
    static char data[CLUSTER + 1];
    memset(data, 'x', sizeof data);
    const struct hf_fat_file file = {.name = "kernel.img", .data = data, .len = sizeof data};
    unsigned char entry[ENTRY], chain[8], back[sizeof data];
    const int fd = disk();
    assert_int_equal(write_files(fd, &file, 1, NULL), HF_ERR_OK);
    read_at(fd, ROOT_AT + ENTRY, entry, sizeof entry); /* the first is the label */
    assert_memory_equal(entry, "KERNEL  IMG", 11);
    assert_int_equal(entry[12], 0x18);
    assert_int_equal(entry[26] | entry[27] << 8, 2);
    assert_int_equal(entry[28] | entry[29] << 8, sizeof data);
    read_at(fd, AT + 512, chain, sizeof chain);
    assert_memory_equal(chain, "\xF8\xFF\xFF\xFF\x03\x00\xFF\xFF", 8);
    read_at(fd, DATA_AT, back, sizeof back);
    assert_memory_equal(back, data, sizeof data);
    (void)close(fd);
}

static void long_name_lies_in_front_of_a_short_one_that_no_other_file_has(void **state)
{
    (void)state;
    const struct hf_fat_file files[] = {{"bcm2835-rpi-zero.dtb", "a", 1},
                                        {"bcm2835-rpi-zero-w.dtb", "b", 1}};
    unsigned char entries[6][ENTRY];
    const int fd = disk();
    assert_int_equal(write_files(fd, files, 2, NULL), HF_ERR_OK);
    read_at(fd, ROOT_AT + ENTRY, entries, sizeof entries);
    assert_int_equal(entries[0][0], 0x42);
    assert_int_equal(entries[1][0], 1);
    assert_memory_equal(entries[1] + 1, "b\0c\0m\0", 6);
    assert_memory_equal(entries[2], "FILE~000DTB", 11);
    assert_memory_equal(entries[5], "FILE~001DTB", 11);
    assert_int_equal(entries[0][13], entries[1][13]);
    (void)close(fd);
}

static void empty_file_has_no_cluster(void **state)
{
    (void)state;
    const struct hf_fat_file file = {.name = "empty", .data = "", .len = 0};
    unsigned char entry[ENTRY];
    const int fd = disk();
    assert_int_equal(write_files(fd, &file, 1, NULL), HF_ERR_OK);
    read_at(fd, ROOT_AT + ENTRY, entry, sizeof entry);
    assert_int_equal(entry[26] | entry[27], 0);
    (void)close(fd);
}

static void names_that_cannot_be_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "a/b", "a b", ".hidden", "dot.", "gr\xC3\xBC\x6E"};
    struct hf_fault fault = {0};
    const int fd = disk();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct hf_fat_file file = {.name = bad[i], .data = "", .len = 0};
        assert_int_equal(write_files(fd, &file, 1, &fault), HF_ERR_INVALID);
        assert_non_null(strstr(fault.text, bad[i]));
    }
    const struct hf_fat_file twice[] = {{"start.elf", "", 0}, {"START.elf", "", 0}};
    assert_int_equal(write_files(fd, twice, 2, &fault), HF_ERR_INVALID);
    (void)close(fd);
}

static void files_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const size_t len = (size_t)SECTORS * HF_FAT_SECTOR;
    char *data = calloc(1, len);
    const struct hf_fat_file file = {.name = "large", .data = data, .len = len};
    struct hf_fault fault = {0};
    const int fd = disk();
    assert_non_null(data);
    assert_int_equal(write_files(fd, &file, 1, &fault), HF_ERR_NO_SPACE);
    assert_non_null(strstr(fault.text, "large"));
    free(data);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_name_lies_in_one_entry_and_its_file_in_one_piece),
        cmocka_unit_test(long_name_lies_in_front_of_a_short_one_that_no_other_file_has),
        cmocka_unit_test(empty_file_has_no_cluster),
        cmocka_unit_test(names_that_cannot_be_are_refused_by_name),
        cmocka_unit_test(files_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
