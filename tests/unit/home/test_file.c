#include "../cmocka_all.h"
#include "../scratch.h"
#include "home/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool links_are_refused;

/* The C library's, on a disk that has them or not. */
int link(const char *from, const char *to)
{
    if (!links_are_refused)
        return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
    errno = EPERM;
    return -1;
}

static void a_secret_file_is_secret_whatever_the_umask_and_leaves_no_other_behind(void **state)
{
    struct stat about;
    char *data = NULL;
    size_t len = 0;
    mode_t before = umask(0);
    (void)state;
    assert_int_equal(hf_file_write(scratch_path("key"), "first", 5, 0600, NULL), HF_ERR_OK);
    assert_int_equal(hf_file_write(scratch_path("key"), "sec\0nd", 6, 0600, NULL), HF_ERR_OK);
    umask(before);
    assert_int_equal(stat(scratch_path("key"), &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_int_equal(hf_file_read(scratch_path("key"), 6, &data, &len, NULL), HF_ERR_OK);
    assert_int_equal(len, 6);
    assert_memory_equal(data, "sec\0nd", 7);
    free(data);
    unlink(scratch_path("key"));
    assert_int_equal(rmdir(scratch.dir), 0);
}

static void a_write_that_fails_names_the_path_and_leaves_the_old_content(void **state)
{
    struct hf_fault fault;
    (void)state;
    assert_int_equal(hf_file_write(scratch_path("no/such/folder"), "x", 1, 0600, &fault),
                     HF_ERR_NOT_FOUND);
    assert_non_null(strstr(fault.text, "no/such/folder"));
    mkdir(scratch_path("folder"), 0700);
    assert_int_equal(hf_file_write(scratch_path("folder"), "x", 1, 0600, &fault), HF_ERR_IO);
    assert_true(hf_file_exists(scratch_path("folder")));
}

static void check_made_once(void)
{
    char *data = NULL;
    assert_int_equal(hf_file_write_new(scratch_path("key"), "first", 5, 0600, NULL), HF_ERR_OK);
    assert_int_equal(hf_file_write_new(scratch_path("key"), "second", 6, 0600, NULL),
                     HF_ERR_EXISTS);
    assert_int_equal(hf_file_read(scratch_path("key"), 6, &data, NULL, NULL), HF_ERR_OK);
    assert_string_equal(data, "first");
    free(data);
    unlink(scratch_path("key"));
    assert_int_equal(rmdir(scratch.dir), 0); /* nothing else was left there */
    assert_int_equal(mkdir(scratch.dir, 0700), 0);
}

static void a_file_that_is_there_is_not_made_again(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        links_are_refused = round == 1;
        check_made_once();
    }
    links_are_refused = false;
}

static void a_file_over_the_limit_is_not_read(void **state)
{
    char *data = NULL;
    struct hf_fault fault;
    (void)state;
    hf_file_write(scratch_path("big"), "12345", 5, 0600, NULL);
    assert_int_equal(hf_file_read(scratch_path("big"), 4, &data, NULL, &fault), HF_ERR_TOO_LARGE);
    assert_null(data);
    assert_int_equal(hf_file_read(scratch_path("none"), 4, &data, NULL, &fault), HF_ERR_NOT_FOUND);
}

static void deleting_a_tree_follows_no_link_out_of_it(void **state)
{
    (void)state;
    hf_file_make_dir(scratch_path("tree/sub"), NULL);
    hf_file_make_dir(scratch_path("other"), NULL);
    hf_file_write(scratch_path("other/kept"), "x", 1, 0600, NULL);
    assert_int_equal(symlink(scratch_path("other"), scratch_path("tree/link")), 0);
    assert_int_equal(hf_file_remove_tree(scratch_path("tree"), NULL), HF_ERR_OK);
    assert_false(hf_file_exists(scratch_path("tree")));
    assert_true(hf_file_exists(scratch_path("other/kept")));
    assert_int_equal(hf_file_remove_tree(scratch_path("tree"), NULL), HF_ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_secret_file_is_secret_whatever_the_umask_and_leaves_no_other_behind),
        SCRATCH_TEST(a_write_that_fails_names_the_path_and_leaves_the_old_content),
        SCRATCH_TEST(a_file_that_is_there_is_not_made_again),
        SCRATCH_TEST(a_file_over_the_limit_is_not_read),
        SCRATCH_TEST(deleting_a_tree_follows_no_link_out_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
