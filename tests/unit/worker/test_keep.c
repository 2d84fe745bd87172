#include "fault_disk.h"
#include "folder.h"
#include "worker/keep.h"

#include <string.h>
#include <unistd.h>

static struct hf_keep keep_in(const char *where)
{
    return (struct hf_keep){
        .folder = where, .disk = &fault_disk, .name = "facts", .magic = "HFTESTED", .version = 1};
}

static void write_text(const struct hf_keep *keep, const char *text)
{
    assert_int_equal(hf_keep_write(keep, (const uint8_t *)text, strlen(text), NULL), HF_ERR_OK);
}

static enum hf_err read_text(const struct hf_keep *keep, char text[64], struct hf_fault *fault)
{
    uint8_t data[63];
    size_t len = 0;
    const enum hf_err err = hf_keep_read(keep, data, sizeof data, &len, fault);
    memcpy(text, data, len);
    text[len] = '\0';
    return err;
}

static size_t file_bytes(uint8_t *bytes, size_t size)
{
    FILE *file = fopen(folder_path("facts"), "r");
    assert_non_null(file);
    const size_t len = fread(bytes, 1, size, file);
    assert_int_equal(fclose(file), 0);
    return len;
}

static void put_file(const uint8_t *bytes, size_t len)
{
    FILE *file = fopen(folder_path("facts"), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void what_is_written_reads_back_and_is_replaced_whole(void **state)
{
    (void)state;
    char text[64];
    const struct hf_keep keep = keep_in(folder);
    assert_int_equal(read_text(&keep, text, NULL), HF_ERR_NOT_FOUND);
    write_text(&keep, "the first of them, rather long");
    write_text(&keep, "second");
    assert_int_equal(read_text(&keep, text, NULL), HF_ERR_OK);
    assert_string_equal(text, "second");
    write_text(&keep, "");
    assert_int_equal(read_text(&keep, text, NULL), HF_ERR_OK);
    assert_string_equal(text, "");
    assert_int_equal(entries_in(folder), 1);
}

static void the_file_and_then_its_folder_are_synced(void **state)
{
    (void)state;
    const struct hf_keep keep = keep_in(folder);
    fault_disk_syncs = 0;
    write_text(&keep, "x");
    assert_int_equal(fault_disk_syncs, 2);
}

static void a_power_cut_at_any_moment_leaves_the_old_or_the_new(void **state)
{
    (void)state;
    char text[64];
    const struct hf_keep keep = keep_in(folder);
    bool done = false;
    int old = 0, new = 0;
    fault_disk_for_good = true;
    for (int cut = 0; !done && cut < 100; cut++) {
        fault_disk_left = -1;
        write_text(&keep, "the old ones");
        fault_disk_left = cut;
        done = hf_keep_write(&keep, (const uint8_t *)"new ones", 8, NULL) == HF_ERR_OK;
        fault_disk_left = -1;
        assert_int_equal(read_text(&keep, text, NULL), HF_ERR_OK);
        old += strcmp(text, "the old ones") == 0;
        new += strcmp(text, "new ones") == 0;
        assert_int_equal(old + new, cut + 1);
    }
    fault_disk_for_good = false;
    assert_true(done);
    assert_true(old >= 5);
    assert_int_equal(new, 2); /* the last fsync failed; nothing failed */
}

static void a_disk_that_refuses_is_named_and_nothing_is_left_behind(void **state)
{
    (void)state;
    char text[64];
    struct hf_fault fault;
    const struct hf_keep keep = keep_in(folder);
    write_text(&keep, "old");
    for (int at = 0; at < 4; at++) {
        fault_disk_left = at;
        fault_disk_error = ENOSPC;
        assert_int_equal(hf_keep_write(&keep, (const uint8_t *)"new", 3, &fault), HF_ERR_NO_SPACE);
        assert_non_null(strstr(fault.text, folder_path("facts: No space left")));
        assert_int_equal(entries_in(folder), 1);
    }
    fault_disk_left = -1;
    fault_disk_error = EIO;
    assert_int_equal(read_text(&keep, text, NULL), HF_ERR_OK);
    assert_string_equal(text, "old");
}

static void assert_set_aside(const struct hf_keep *keep, const char *why)
{
    char text[64];
    struct hf_fault fault = {0};
    assert_int_equal(read_text(keep, text, &fault), HF_ERR_MALFORMED);
    assert_string_equal(text, "");
    assert_non_null(strstr(fault.text, why));
    assert_int_equal(access(folder_path("facts"), F_OK), -1);
    assert_int_equal(access(folder_path("facts.torn"), F_OK), 0);
    assert_int_equal(read_text(keep, text, NULL), HF_ERR_NOT_FOUND);
}

static void a_file_cut_off_anywhere_is_moved_aside(void **state)
{
    (void)state;
    uint8_t bytes[64];
    const struct hf_keep keep = keep_in(folder);
    write_text(&keep, "facts");
    const size_t len = file_bytes(bytes, sizeof bytes);
    assert_int_equal(len, 16 + 5);
    for (size_t cut = 0; cut < len; cut++) {
        put_file(bytes, cut);
        assert_set_aside(&keep, cut < 16 ? "cut off" : "checksum");
    }
}

static void a_file_with_any_bit_changed_is_moved_aside(void **state)
{
    (void)state;
    uint8_t bytes[64];
    const struct hf_keep keep = keep_in(folder);
    write_text(&keep, "facts");
    const size_t len = file_bytes(bytes, sizeof bytes);
    for (size_t bit = 0; bit < len * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        put_file(bytes, len);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_set_aside(&keep, bit < 64 ? "something else" : bit < 96 ? "version" : "checksum");
    }
}

static void a_file_longer_than_it_can_be_is_moved_aside(void **state)
{
    (void)state;
    uint8_t data[64] = {0};
    const struct hf_keep keep = keep_in(folder);
    assert_int_equal(hf_keep_write(&keep, data, sizeof data, NULL), HF_ERR_OK);
    assert_set_aside(&keep, "too long");
}

static void a_file_that_cannot_be_read_is_an_error_and_stays(void **state)
{
    (void)state;
    char text[64];
    struct hf_fault fault = {0};
    const struct hf_keep keep = keep_in(folder);
    write_text(&keep, "facts");
    for (int at = 0; at < 6; at++) {
        fault_disk_left = at;
        assert_int_equal(read_text(&keep, text, &fault), HF_ERR_IO);
        assert_non_null(strstr(fault.text, "cannot read"));
    }
    fault_disk_left = -1;
    assert_int_equal(read_text(&keep, text, NULL), HF_ERR_OK);
    assert_string_equal(text, "facts");
}

static void without_a_folder_nothing_is_kept_and_nothing_fails(void **state)
{
    (void)state;
    char text[64];
    const struct hf_keep keep = keep_in(NULL);
    write_text(&keep, "facts");
    assert_int_equal(read_text(&keep, text, NULL), HF_ERR_NOT_FOUND);
}

static void a_folder_that_is_gone_is_told(void **state)
{
    (void)state;
    char text[64];
    struct hf_fault fault = {0};
    const struct hf_keep keep = keep_in("/nonexistent/holdfast");
    assert_int_equal(hf_keep_write(&keep, (const uint8_t *)"x", 1, &fault), HF_ERR_NOT_FOUND);
    assert_non_null(strstr(fault.text, "/nonexistent/holdfast/facts: No such file"));
    assert_int_equal(read_text(&keep, text, NULL), HF_ERR_NOT_FOUND);
}

static void no_descriptor_is_left_open(void **state)
{
    (void)state;
    char text[64];
    const struct hf_keep keep = keep_in(folder);
    const int before = open_descriptors();
    write_text(&keep, "facts");
    (void)read_text(&keep, text, NULL);
    fault_disk_left = 1;
    (void)hf_keep_write(&keep, (const uint8_t *)"x", 1, NULL);
    fault_disk_left = 1;
    (void)read_text(&keep, text, NULL);
    fault_disk_left = -1;
    assert_int_equal(open_descriptors(), before);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_delete)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_written_reads_back_and_is_replaced_whole),
        IN_FOLDER(the_file_and_then_its_folder_are_synced),
        IN_FOLDER(a_power_cut_at_any_moment_leaves_the_old_or_the_new),
        IN_FOLDER(a_disk_that_refuses_is_named_and_nothing_is_left_behind),
        IN_FOLDER(a_file_cut_off_anywhere_is_moved_aside),
        IN_FOLDER(a_file_with_any_bit_changed_is_moved_aside),
        IN_FOLDER(a_file_longer_than_it_can_be_is_moved_aside),
        IN_FOLDER(a_file_that_cannot_be_read_is_an_error_and_stays),
        cmocka_unit_test(without_a_folder_nothing_is_kept_and_nothing_fails),
        cmocka_unit_test(a_folder_that_is_gone_is_told),
        IN_FOLDER(no_descriptor_is_left_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
