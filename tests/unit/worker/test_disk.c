#include "folder.h"
#include "worker/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void errors_are_told_apart_by_what_to_do_about_them(void **state)
{
    (void)state;
    assert_int_equal(hf_disk_err(ENOSPC), HF_ERR_NO_SPACE);
    assert_int_equal(hf_disk_err(EDQUOT), HF_ERR_NO_SPACE);
    assert_int_equal(hf_disk_err(EROFS), HF_ERR_DENIED);
    assert_int_equal(hf_disk_err(EACCES), HF_ERR_DENIED);
    assert_int_equal(hf_disk_err(EPERM), HF_ERR_DENIED);
    assert_int_equal(hf_disk_err(ENOENT), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_disk_err(EIO), HF_ERR_IO);
    assert_int_equal(hf_disk_err(0), HF_ERR_IO);
}

static void the_real_disk_keeps_what_it_is_given(void **state)
{
    (void)state;
    char got[8] = "";
    const int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir >= 0);
    int fd = hf_disk_real.create(dir, "one");
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(hf_disk_real.write(fd, "xyz", 3, 2), 3);
    assert_int_equal(hf_disk_real.sync(fd), 0);
    (void)close(fd);
    assert_int_equal(hf_disk_real.rename(dir, "one", "two"), 0);
    assert_int_equal(hf_disk_real.sync(dir), 0);
    assert_int_equal(hf_disk_real.open(dir, "one"), -1);
    fd = hf_disk_real.open(dir, "two");
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(hf_disk_real.read(fd, got, sizeof got, 0), 5);
    assert_memory_equal(got, "\0\0xyz", 5);
    (void)close(fd);
    assert_true(hf_disk_real.room(dir) > 0);
    assert_int_equal(hf_disk_real.remove(dir, "two"), 0);
    assert_int_equal(hf_disk_real.remove(dir, "two"), -1);
    assert_int_equal(errno, ENOENT);
    (void)close(dir);
}

static void no_link_is_followed(void **state)
{
    (void)state;
    const int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    folder_put("target", 0600, "mine");
    assert_int_equal(symlink("target", folder_path("link")), 0);
    assert_int_equal(hf_disk_real.open(dir, "link"), -1);
    assert_int_equal(hf_disk_real.create(dir, "link"), -1);
    (void)close(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_told_apart_by_what_to_do_about_them),
        cmocka_unit_test(the_real_disk_keeps_what_it_is_given),
        cmocka_unit_test(no_link_is_followed),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
