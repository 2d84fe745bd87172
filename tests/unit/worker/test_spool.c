#include "folder.h"
#include "worker/spool.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static char pattern[300 * 1024];

static int make(void **state)
{
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (char)(i * 31 + i / 253);
    return folder_make(state);
}

static void assert_holds(const struct hf_spool *spool, size_t size)
{
    static char got[sizeof pattern];
    size_t len = 0;
    assert_int_equal(spool->size_bytes, size);
    assert_int_equal(hf_spool_read(spool, 0, got, sizeof got, &len, NULL), HF_ERR_OK);
    assert_int_equal(len, size);
    assert_memory_equal(got, pattern, size);
}

static void what_is_appended_in_any_pieces_is_read_back(void **state)
{
    (void)state;
    static const size_t PIECES[] = {1000, 4096, 65536, 65537, sizeof pattern};
    struct hf_spool spool;
    hf_spool_init(&spool);
    for (size_t i = 0; i < sizeof PIECES / sizeof *PIECES; i++) {
        assert_int_equal(hf_spool_open(&spool, folder, sizeof pattern, NULL), HF_ERR_OK);
        for (size_t at = 0; at < sizeof pattern; at += PIECES[i]) {
            size_t left = sizeof pattern - at, len = left < PIECES[i] ? left : PIECES[i];
            assert_int_equal(hf_spool_append(&spool, pattern + at, len, NULL), HF_ERR_OK);
        }
        assert_true(spool.on_disk);
        assert_holds(&spool, sizeof pattern);
    }
    hf_spool_close(&spool);
}

static void up_to_64_kib_stays_in_memory_and_more_moves_to_an_unnamed_file(void **state)
{
    (void)state;
    struct hf_spool spool;
    hf_spool_init(&spool);
    assert_int_equal(hf_spool_open(&spool, folder, sizeof pattern, NULL), HF_ERR_OK);
    assert_int_equal(hf_spool_append(&spool, pattern, HF_SPOOL_RAM_MAX, NULL), HF_ERR_OK);
    assert_false(spool.on_disk);
    assert_int_equal(hf_spool_append(&spool, pattern + HF_SPOOL_RAM_MAX, 1, NULL), HF_ERR_OK);
    assert_true(spool.on_disk);
    assert_int_equal(entries_in(folder), 0);
    assert_holds(&spool, HF_SPOOL_RAM_MAX + 1);
    hf_spool_close(&spool);
}

static void over_the_limit_nothing_is_added_and_what_is_there_stays(void **state)
{
    (void)state;
    struct hf_spool spool;
    struct hf_fault fault;
    hf_spool_init(&spool);
    assert_int_equal(hf_spool_open(&spool, folder, 1000, NULL), HF_ERR_OK);
    assert_int_equal(hf_spool_append(&spool, pattern, 990, NULL), HF_ERR_OK);
    assert_int_equal(hf_spool_append(&spool, pattern, 11, &fault), HF_ERR_TOO_LARGE);
    assert_non_null(strstr(fault.text, "1000 bytes"));
    assert_holds(&spool, 990);
    assert_int_equal(hf_spool_append(&spool, pattern + 990, 10, NULL), HF_ERR_OK);
    assert_int_equal(hf_spool_append(&spool, pattern, 1, NULL), HF_ERR_TOO_LARGE);
    assert_int_equal(hf_spool_append(&spool, pattern, SIZE_MAX, NULL), HF_ERR_TOO_LARGE);
    assert_holds(&spool, 1000);
    hf_spool_close(&spool);
}

static void a_read_ends_where_the_spool_ends(void **state)
{
    (void)state;
    struct hf_spool spool;
    char got[100];
    size_t len = 77;
    hf_spool_init(&spool);
    assert_int_equal(hf_spool_open(&spool, folder, 1000, NULL), HF_ERR_OK);
    assert_int_equal(hf_spool_append(&spool, pattern, 150, NULL), HF_ERR_OK);
    assert_int_equal(hf_spool_read(&spool, 100, got, sizeof got, &len, NULL), HF_ERR_OK);
    assert_int_equal(len, 50);
    assert_memory_equal(got, pattern + 100, 50);
    assert_int_equal(hf_spool_read(&spool, 150, got, sizeof got, &len, NULL), HF_ERR_OK);
    assert_int_equal(len, 0);
    assert_int_equal(hf_spool_read(&spool, INT64_MAX, got, sizeof got, &len, NULL), HF_ERR_OK);
    assert_int_equal(len, 0);
    assert_int_equal(hf_spool_read(&spool, -1, got, sizeof got, &len, NULL), HF_ERR_INVALID);
    hf_spool_close(&spool);
}

static void each_reader_has_its_own_offset_and_cannot_write(void **state)
{
    (void)state;
    static const size_t SIZES[] = {100, HF_SPOOL_RAM_MAX + 100};
    struct hf_spool spool;
    hf_spool_init(&spool);
    for (size_t i = 0; i < 2; i++) {
        char got[100];
        int first = -1, second = -1;
        assert_int_equal(hf_spool_open(&spool, folder, sizeof pattern, NULL), HF_ERR_OK);
        assert_int_equal(hf_spool_append(&spool, pattern, SIZES[i], NULL), HF_ERR_OK);
        assert_int_equal(hf_spool_reader(&spool, &first, NULL), HF_ERR_OK);
        assert_int_equal(hf_spool_reader(&spool, &second, NULL), HF_ERR_OK);
        assert_int_equal(read(first, got, 60), 60);
        assert_int_equal(read(second, got, 100), 100);
        assert_memory_equal(got, pattern, 100);
        assert_int_equal(read(first, got, 40), 40);
        assert_memory_equal(got, pattern + 60, 40);
        assert_int_equal(write(first, "x", 1), -1);
        assert_true(fcntl(first, F_GETFD) & FD_CLOEXEC);
        assert_true(fcntl(spool.fd, F_GETFD) & FD_CLOEXEC);
        (void)close(first);
        (void)close(second);
    }
    hf_spool_close(&spool);
}

static void opening_again_and_closing_twice_leak_nothing(void **state)
{
    (void)state;
    int before = open_descriptors();
    struct hf_spool spool;
    hf_spool_init(&spool);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(hf_spool_open(&spool, folder, sizeof pattern, NULL), HF_ERR_OK);
        assert_int_equal(hf_spool_append(&spool, pattern, sizeof pattern, NULL), HF_ERR_OK);
    }
    hf_spool_close(&spool);
    hf_spool_close(&spool);
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(entries_in(folder), 0);
}

static void a_folder_that_cannot_be_written_is_named_and_what_was_in_memory_stays(void **state)
{
    (void)state;
    struct hf_spool spool;
    struct hf_fault fault;
    hf_spool_init(&spool);
    assert_int_equal(hf_spool_open(&spool, "/nonexistent/state", sizeof pattern, NULL), HF_ERR_OK);
    assert_int_equal(hf_spool_append(&spool, pattern, 1000, NULL), HF_ERR_OK);
    assert_int_equal(hf_spool_append(&spool, pattern, 100000, &fault), HF_ERR_IO);
    assert_non_null(strstr(fault.text, "/nonexistent/state: No such file"));
    assert_holds(&spool, 1000);
    hf_spool_close(&spool);
}

/* The small disk is seen by this process alone and goes with it. */
static void a_full_disk_is_no_space(void **state)
{
    (void)state;
    if (unshare(CLONE_NEWNS) != 0 || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", folder, "tmpfs", 0, "size=128k") != 0)
        skip();
    struct hf_spool spool;
    struct hf_fault fault;
    hf_spool_init(&spool);
    assert_int_equal(hf_spool_open(&spool, folder, sizeof pattern, NULL), HF_ERR_OK);
    assert_int_equal(hf_spool_append(&spool, pattern, 100 * 1024, NULL), HF_ERR_OK);
    assert_int_equal(hf_spool_append(&spool, pattern + 100 * 1024, 100 * 1024, &fault),
                     HF_ERR_NO_SPACE);
    assert_non_null(strstr(fault.text, folder));
    assert_holds(&spool, 100 * 1024);
    hf_spool_close(&spool);
    assert_int_equal(umount(folder), 0);
}

static void a_view_is_a_part_of_a_file_and_takes_nothing(void **state)
{
    (void)state;
    static char got[sizeof pattern];
    struct hf_spool whole;
    struct hf_spool view;
    size_t len = 0;
    int before = open_descriptors();
    hf_spool_init(&whole);
    hf_spool_init(&view);
    assert_int_equal(hf_spool_open(&whole, folder, sizeof pattern, NULL), HF_ERR_OK);
    assert_int_equal(hf_spool_append(&whole, pattern, sizeof pattern, NULL), HF_ERR_OK);
    hf_spool_view(&view, dup(whole.fd), 1000, 5000);
    hf_spool_close(&whole);
    assert_int_equal(view.size_bytes, 5000);
    assert_int_equal(hf_spool_read(&view, 0, got, sizeof got, &len, NULL), HF_ERR_OK);
    assert_int_equal(len, 5000);
    assert_memory_equal(got, pattern + 1000, 5000);
    assert_int_equal(hf_spool_read(&view, 4999, got, sizeof got, &len, NULL), HF_ERR_OK);
    assert_int_equal(len, 1);
    assert_int_equal(got[0], pattern[5999]);
    assert_int_equal(hf_spool_append(&view, "x", 1, NULL), HF_ERR_TOO_LARGE);
    int reader = -1;
    assert_int_equal(hf_spool_reader(&view, &reader, NULL), HF_ERR_OK);
    assert_int_equal(read(reader, got, 100), 100);
    assert_memory_equal(got, pattern + 1000, 100);
    (void)close(reader);
    hf_spool_close(&view);
    assert_int_equal(open_descriptors(), before);
}

static void a_closed_spool_takes_and_gives_nothing(void **state)
{
    (void)state;
    struct hf_spool spool;
    size_t len = 0;
    char byte = 0;
    hf_spool_init(&spool);
    assert_int_equal(hf_spool_append(&spool, "x", 1, NULL), HF_ERR_ILLEGAL);
    assert_int_equal(hf_spool_read(&spool, 0, &byte, 1, &len, NULL), HF_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_appended_in_any_pieces_is_read_back),
        cmocka_unit_test(up_to_64_kib_stays_in_memory_and_more_moves_to_an_unnamed_file),
        cmocka_unit_test(over_the_limit_nothing_is_added_and_what_is_there_stays),
        cmocka_unit_test(a_read_ends_where_the_spool_ends),
        cmocka_unit_test(each_reader_has_its_own_offset_and_cannot_write),
        cmocka_unit_test(opening_again_and_closing_twice_leak_nothing),
        cmocka_unit_test(a_folder_that_cannot_be_written_is_named_and_what_was_in_memory_stays),
        cmocka_unit_test(a_full_disk_is_no_space),
        cmocka_unit_test(a_view_is_a_part_of_a_file_and_takes_nothing),
        cmocka_unit_test(a_closed_spool_takes_and_gives_nothing),
    };
    return cmocka_run_group_tests(tests, make, folder_delete);
}
