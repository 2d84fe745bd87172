#include "../cmocka_all.h"
#include "../scratch.h"
#include "flash/device.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/* A card in a reader is a loop device here. */

#define CARD_BYTES (2 * 1024 * 1024)

static char card[32];
static int card_fd = -1;

static void make_file(const char *path, char byte, size_t len)
{
    char *data = malloc(len);
    assert_non_null(data);
    memset(data, byte, len);
    assert_int_equal(hf_file_write(path, data, len, 0600, NULL), HF_ERR_OK);
    free(data);
}

static bool attach(const char *file)
{
    const int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    const int number = control >= 0 ? ioctl(control, LOOP_CTL_GET_FREE) : -1;
    const int backing = open(file, O_RDWR | O_CLOEXEC);
    const struct loop_info64 info = {.lo_flags = LO_FLAGS_AUTOCLEAR};
    (void)snprintf(card, sizeof card, "/dev/loop%d", number);
    card_fd = number >= 0 ? open(card, O_RDWR | O_CLOEXEC) : -1;
    const bool attached = card_fd >= 0 && ioctl(card_fd, LOOP_SET_FD, backing) == 0 &&
                          ioctl(card_fd, LOOP_SET_STATUS64, &info) == 0;
    (void)close(backing);
    (void)close(control);
    return attached;
}

static int put_in(void **state)
{
    if (scratch_make(state) != 0)
        return -1;
    make_file(scratch_path("card"), 'c', CARD_BYTES);
    for (int i = 0; i < 10 && !attach(scratch_path("card")); i++) { /* others look for one too */
        (void)close(card_fd);
        card_fd = -1;
    }
    return 0;
}

static int take_out(void **state)
{
    if (card_fd >= 0)
        (void)close(card_fd);
    card_fd = -1;
    return scratch_drop(state);
}

static char first_byte(void)
{
    char byte = 0;
    assert_int_equal(pread(card_fd, &byte, 1, 0), 1);
    return byte;
}

static void image_is_written_whole_and_what_is_behind_it_stays(void **state)
{
    (void)state;
    if (card_fd < 0)
        skip();
    struct hf_device device;
    char last[2];
    make_file(scratch_path("image"), 'i', CARD_BYTES / 2);
    assert_true(hf_device_is(card) && !hf_device_is(scratch_path("image")));
    assert_int_equal(hf_device_look(card, CARD_BYTES, &device, NULL), HF_ERR_OK);
    assert_int_equal(device.bytes, CARD_BYTES);
    assert_int_equal(hf_device_write(card, scratch_path("image"), NULL), HF_ERR_OK);
    assert_int_equal(first_byte(), 'i');
    assert_int_equal(pread(card_fd, last, 2, CARD_BYTES / 2 - 1), 2);
    assert_memory_equal(last, "ic", 2);
}

static void card_that_is_too_small_is_told_before_anything_is_written(void **state)
{
    (void)state;
    if (card_fd < 0)
        skip();
    struct hf_device device;
    struct hf_fault fault;
    make_file(scratch_path("image"), 'i', CARD_BYTES + 1024 * 1024);
    assert_int_equal(hf_device_look(card, CARD_BYTES + 1, &device, &fault), HF_ERR_NO_SPACE);
    assert_non_null(strstr(fault.text, "2 MB"));
    assert_int_equal(hf_device_write(card, scratch_path("image"), &fault), HF_ERR_NO_SPACE);
    assert_int_equal(first_byte(), 'c');
}

/* As by LVM, RAID and encryption, whose mounts name devices of their own. */
static void disk_that_the_kernel_holds_is_refused(void **state)
{
    (void)state;
    if (card_fd < 0)
        skip();
    struct hf_device device;
    struct hf_fault fault;
    const int holder = open(card, O_RDONLY | O_EXCL | O_CLOEXEC);
    make_file(scratch_path("image"), 'i', CARD_BYTES / 2);
    assert_int_equal(hf_device_look(card, 1, &device, &fault), HF_ERR_BUSY);
    assert_non_null(strstr(fault.text, card));
    assert_int_equal(hf_device_write(card, scratch_path("image"), NULL), HF_ERR_BUSY);
    assert_int_equal(first_byte(), 'c');
    (void)close(holder);
}

static bool format(void)
{
    int status = -1;
    const pid_t pid = fork();
    if (pid == 0) {
        (void)execl("/sbin/mke2fs", "mke2fs", "-q", "-F", card, NULL);
        _exit(127);
    }
    return waitpid(pid, &status, 0) == pid && status == 0;
}

static void mounted_card_is_refused_with_its_place(void **state)
{
    (void)state;
    struct hf_device device;
    struct hf_fault fault;
    if (card_fd < 0 || !format() || unshare(CLONE_NEWNS) != 0 ||
        mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount(card, "/mnt", "ext2", 0, "") != 0)
        skip();
    assert_int_equal(hf_device_look(card, 1, &device, &fault), HF_ERR_BUSY);
    assert_non_null(strstr(fault.text, " on /mnt"));
    assert_int_equal(umount("/mnt"), 0);
    assert_int_equal(hf_device_look(card, 1, &device, &fault), HF_ERR_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, put_in, take_out)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(image_is_written_whole_and_what_is_behind_it_stays),
        TEST(card_that_is_too_small_is_told_before_anything_is_written),
        TEST(disk_that_the_kernel_holds_is_refused),
        TEST(mounted_card_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
