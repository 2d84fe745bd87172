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
    assert_memory_equal(entries[5], "FILE~002DTB", 11);
    assert_int_equal(entries[0][13], entries[1][13]);
    (void)close(fd);
}

static void file_and_folder_beside_it_have_different_short_names(void **state)
{
    (void)state;
    const struct hf_fat_file files[] = {{"a-long-folder/a", "a", 1}, {"another-long-name", "b", 1}};
    unsigned char entries[6][ENTRY];
    const int fd = disk();
    assert_int_equal(write_files(fd, files, 2, NULL), HF_ERR_OK);
    read_at(fd, ROOT_AT + ENTRY, entries, sizeof entries);
    assert_memory_equal(entries[1], "FILE~0", 6);
    assert_memory_equal(entries[4], "FILE~0", 6);
    assert_memory_not_equal(entries[1], entries[4], 11);
    (void)close(fd);
}

static void name_in_capitals_is_short_for_boot_roms_that_read_no_long_one(void **state)
{
    (void)state;
    const struct hf_fat_file files[] = {{"MLO", "a", 1}, {"README.txt", "b", 1}};
    unsigned char entries[2][ENTRY];
    const int fd = disk();
    assert_int_equal(write_files(fd, files, 2, NULL), HF_ERR_OK);
    read_at(fd, ROOT_AT + ENTRY, entries, sizeof entries);
    assert_memory_equal(entries[0], "MLO        ", 11);
    assert_int_equal(entries[0][12], 0);
    assert_memory_equal(entries[1], "README  TXT", 11);
    assert_int_equal(entries[1][12], 0x10);
    (void)close(fd);
}

static void file_in_folders_is_found_from_the_root_on(void **state)
{
    (void)state;
    const struct hf_fat_file files[] = {{"EFI/BOOT/BOOTX64.EFI", "program", 7},
                                        {"EFI/BOOT/other.efi", "another", 7},
                                        {"efi/third", "third", 5}};
    unsigned char efi[ENTRY], in_efi[4][ENTRY], in_boot[4][ENTRY], data[7];
    const int fd = disk();
    assert_int_equal(write_files(fd, files, 3, NULL), HF_ERR_OK);
    read_at(fd, ROOT_AT + ENTRY, efi, sizeof efi);
    assert_memory_equal(efi, "EFI        \x10", 12);
    assert_int_equal(efi[26], 2);
    read_at(fd, DATA_AT, in_efi, sizeof in_efi);
    assert_memory_equal(in_efi[0], ".          \x10", 12);
    assert_int_equal(in_efi[0][26], 2);
    assert_memory_equal(in_efi[1], "..         \x10", 12);
    assert_int_equal(in_efi[1][26], 0); /* the root */
    assert_memory_equal(in_efi[2], "BOOT       \x10", 12);
    assert_int_equal(in_efi[2][26], 3);
    assert_memory_equal(in_efi[3], "THIRD      \x20", 12);
    read_at(fd, DATA_AT + CLUSTER, in_boot, sizeof in_boot);
    assert_int_equal(in_boot[1][26], 2);
    assert_memory_equal(in_boot[2], "BOOTX64 EFI\x20", 12);
    assert_memory_equal(in_boot[3], "OTHER   EFI\x20", 12);
    read_at(fd, DATA_AT + (in_boot[2][26] - 2) * CLUSTER, data, sizeof data);
    assert_memory_equal(data, "program", sizeof data);
    (void)close(fd);
}

static void folders_and_their_entries_have_a_limit(void **state)
{
    (void)state;
    char names[70][24];
    struct hf_fat_file files[70];
    const int fd = disk();
    for (size_t i = 0; i < 70; i++) {
        (void)snprintf(names[i], sizeof names[i], "sub/f%02zu", i);
        files[i] = (struct hf_fat_file){.name = names[i], .data = "", .len = 0};
    }
    assert_int_equal(write_files(fd, files, 62, NULL), HF_ERR_OK);
    assert_int_equal(write_files(fd, files, 63, NULL), HF_ERR_NO_SPACE);
    for (size_t i = 0; i < 8; i++)
        (void)snprintf(names[i], sizeof names[i], "f%zu/file", i);
    assert_int_equal(write_files(fd, files, 7, NULL), HF_ERR_OK);
    assert_int_equal(write_files(fd, files, 8, NULL), HF_ERR_NO_SPACE);
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
    static const char *const bad[] = {"",    "/a",      "a/",   "a//b",          "a/../b",
                                      "a b", ".hidden", "dot.", "gr\xC3\xBC\x6E"};
    struct hf_fault fault = {0};
    const int fd = disk();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct hf_fat_file file = {.name = bad[i], .data = "", .len = 0};
        assert_int_equal(write_files(fd, &file, 1, &fault), HF_ERR_INVALID);
        assert_non_null(strstr(fault.text, bad[i]));
    }
    const struct hf_fat_file twice[] = {{"start.elf", "", 0}, {"START.elf", "", 0}};
    assert_int_equal(write_files(fd, twice, 2, &fault), HF_ERR_INVALID);
    const struct hf_fat_file both[] = {{"efi", "", 0}, {"EFI/boot", "", 0}};
    assert_int_equal(write_files(fd, both, 2, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "\"efi\""));
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
        cmocka_unit_test(file_and_folder_beside_it_have_different_short_names),
        cmocka_unit_test(name_in_capitals_is_short_for_boot_roms_that_read_no_long_one),
        cmocka_unit_test(file_in_folders_is_found_from_the_root_on),
        cmocka_unit_test(folders_and_their_entries_have_a_limit),
        cmocka_unit_test(empty_file_has_no_cluster),
        cmocka_unit_test(names_that_cannot_be_are_refused_by_name),
        cmocka_unit_test(files_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
