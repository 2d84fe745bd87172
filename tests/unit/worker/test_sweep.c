#include "folder.h"
#include "worker/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void in_folder(const char *script)
{
    char command[1024];
    (void)snprintf(command, sizeof command, "cd %s && %s", folder, script);
    assert_int_equal(shell(command), 0);
}

static void files_and_folders_of_any_depth_and_mode_go_and_the_folder_stays(void **state)
{
    (void)state;
    in_folder(
        "mkdir -p work/a/b/c work/.hidden 'work/a b' && touch work/f work/a/b/c/g work/.dot && "
        "seq 3000 | (cd work/.hidden && xargs touch) && chmod 0 work/a/b work/f && "
        "mkfifo work/pipe");
    assert_int_equal(hf_sweep(folder_path("work")), 0);
    assert_int_equal(entries_in(folder_path("work")), 0);
    assert_int_equal(hf_sweep(folder_path("work")), 0);
}

static void links_go_and_what_they_point_to_stays(void **state)
{
    (void)state;
    in_folder("mkdir -p work outside/in && touch outside/file && chmod 0755 outside && "
              "ln -s ../outside work/folder && ln -s ../outside/file work/file && "
              "ln -s /nonexistent work/broken && ln outside/file work/hard");
    assert_int_equal(hf_sweep(folder_path("work")), 0);
    assert_int_equal(entries_in(folder_path("work")), 0);
    assert_int_equal(entries_in(folder_path("outside")), 2);
    assert_int_equal(access(folder_path("outside/in"), F_OK), 0);
}

static void a_link_in_place_of_the_folder_is_refused(void **state)
{
    (void)state;
    in_folder("mkdir -p real && touch real/file && ln -sfn real link");
    assert_int_equal(hf_sweep(folder_path("link")), -1);
    assert_int_equal(access(folder_path("real/file"), F_OK), 0);
}

static void nesting_without_end_goes_too(void **state)
{
    (void)state;
    in_folder("mkdir -p deep && cd deep && touch 0 && mkdir 1 2 && touch 2/file && "
              "for i in $(seq 500); do mkdir d && cd d && touch file; done");
    assert_int_equal(hf_sweep(folder_path("deep")), 0);
    assert_int_equal(entries_in(folder_path("deep")), 0);
}

static mode_t mode_of(const char *name)
{
    struct stat info;
    assert_int_equal(stat(folder_path(name), &info), 0);
    return info.st_mode & 07777;
}

static void a_folder_that_was_closed_or_opened_to_others_is_emptied_and_private_again(void **state)
{
    (void)state;
    static const char *const MODES[] = {"0", "0400", "0100", "1777", "2700"};
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        char script[128];
        (void)snprintf(script, sizeof script,
                       "mkdir -p left/in && touch left/in/f && chmod %s left", MODES[i]);
        in_folder(script);
        assert_int_equal(hf_sweep(folder_path("left")), 0);
        assert_int_equal(mode_of("left"), 0700);
        assert_int_equal(entries_in(folder_path("left")), 0);
    }
}

/* In a root folder of its own, should it not be refused. */
static void the_root_folder_is_refused_by_any_name(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    in_folder("mkdir -p jail && touch jail/file");
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        bool jailed = chroot(folder_path("jail")) == 0 && chdir("/") == 0;
        bool refused = jailed && hf_sweep("/") == -1 && errno == EPERM;
        _exit(refused && access("/file", F_OK) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void a_path_that_depends_on_where_the_process_is_is_refused(void **state)
{
    (void)state;
    assert_int_equal(hf_sweep("relative"), -1);
    assert_int_equal(errno, EINVAL);
}

static void a_missing_folder_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(hf_sweep(folder_path("absent")), -1);
    assert_int_equal(errno, ENOENT);
}

/* One that makes the same file again and again until it is killed, and deletes it in between. */
static pid_t begin_stray(const char *path)
{
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    for (;;) {
        (void)close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        (void)unlink(path);
    }
}

static void end_stray(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_folder_is_filled_on_as_long_as_another_process_is_at_it(void **state)
{
    (void)state;
    in_folder("mkdir -p work");
    const int fd = hf_sweep_open(folder_path("work"));
    const pid_t stray = begin_stray(folder_path("work/file"));
    const bool beside_it = hf_sweep_is_filled_on(fd);
    end_stray(stray);
    assert_true(beside_it);
    assert_false(hf_sweep_is_filled_on(fd));
    assert_int_equal(close(fd), 0);
}

static void what_another_process_deletes_first_is_deleted_too(void **state)
{
    (void)state;
    in_folder("mkdir -p work");
    const pid_t stray = begin_stray(folder_path("work/file"));
    int failed = 0;
    for (int i = 0; i < 1000 && failed == 0; i++)
        failed = hf_sweep(folder_path("work")) == 0 ? 0 : errno;
    end_stray(stray);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_and_folders_of_any_depth_and_mode_go_and_the_folder_stays),
        cmocka_unit_test(links_go_and_what_they_point_to_stays),
        cmocka_unit_test(a_link_in_place_of_the_folder_is_refused),
        cmocka_unit_test(nesting_without_end_goes_too),
        cmocka_unit_test(a_folder_that_was_closed_or_opened_to_others_is_emptied_and_private_again),
        cmocka_unit_test(the_root_folder_is_refused_by_any_name),
        cmocka_unit_test(a_path_that_depends_on_where_the_process_is_is_refused),
        cmocka_unit_test(a_missing_folder_is_an_error),
        cmocka_unit_test(a_folder_is_filled_on_as_long_as_another_process_is_at_it),
        cmocka_unit_test(what_another_process_deletes_first_is_deleted_too),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
