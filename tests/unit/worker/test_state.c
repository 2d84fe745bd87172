#include "folder.h"
#include "worker/state.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_missing_folder_is_made_with_its_parents_and_for_its_owner_only(void **state)
{
    (void)state;
    struct hf_state worker;
    struct stat info;
    assert_int_equal(hf_state_open(&worker, folder_path("var/lib/holdfast/"), NULL), HF_ERR_OK);
    assert_string_equal(worker.folder, folder_path("var/lib/holdfast"));
    assert_string_equal(worker.work, folder_path("var/lib/holdfast/work"));
    assert_int_equal(stat(worker.folder, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    assert_int_equal(stat(worker.work, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    hf_state_close(&worker);
    assert_int_equal(hf_state_open(&worker, folder_path("var/lib/holdfast"), NULL), HF_ERR_OK);
    hf_state_close(&worker);
    hf_state_close(&worker);
}

static void another_user_may_go_through_and_see_nothing_when_it_is_let(void **state)
{
    (void)state;
    struct hf_state worker;
    struct stat info;
    assert_int_equal(hf_state_open(&worker, folder_path("open"), NULL), HF_ERR_OK);
    hf_state_let_pass(&worker);
    assert_int_equal(stat(worker.folder, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0711);
    assert_int_equal(stat(worker.work, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0711);
    hf_state_close(&worker);
}

/* A process that has the folder, and a child of its own; both end when life[1] is closed. */
static pid_t other_worker(const char *name, const int life[2])
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        struct hf_state worker;
        if (hf_state_open(&worker, folder_path(name), NULL) == HF_ERR_OK && fork() >= 0)
            (void)!write(ready[1], "", 1);
        (void)close(ready[1]);
        (void)close(life[1]);
        _exit(read(life[0], &byte, 1) == 0);
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    return pid;
}

static void a_second_worker_is_told_that_the_folder_is_in_use(void **state)
{
    (void)state;
    struct hf_state second;
    struct hf_fault fault;
    int life[2];
    assert_int_equal(pipe(life), 0);
    const pid_t first = other_worker("a", life);
    assert_int_equal(hf_state_open(&second, folder_path("a"), &fault), HF_ERR_BUSY);
    assert_non_null(strstr(fault.text, folder_path("a is in use by another worker")));
    assert_int_equal(second.lock_fd, -1);
    (void)kill(first, SIGKILL);
    (void)waitpid(first, NULL, 0);
    assert_int_equal(hf_state_open(&second, folder_path("a"), NULL), HF_ERR_OK);
    hf_state_close(&second);
    (void)close(life[0]);
    (void)close(life[1]);
}

static void the_lock_goes_with_a_killed_process(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        struct hf_state worker;
        (void)hf_state_open(&worker, folder_path("b"), NULL);
        (void)kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    struct hf_state worker;
    assert_int_equal(hf_state_open(&worker, folder_path("b"), NULL), HF_ERR_OK);
    hf_state_close(&worker);
}

static void a_place_that_cannot_hold_a_folder_is_named_with_the_cause(void **state)
{
    (void)state;
    struct hf_state worker;
    struct hf_fault fault;
    folder_put("file", 0644, "");
    assert_int_equal(hf_state_open(&worker, folder_path("file/state"), &fault), HF_ERR_IO);
    assert_non_null(strstr(fault.text, folder_path("file/state: Not a directory")));
    assert_int_equal(hf_state_open(&worker, "/proc/holdfast", &fault), HF_ERR_IO);
    assert_non_null(strstr(fault.text, "/proc/holdfast"));
    assert_int_equal(worker.lock_fd, -1);
}

static void a_folder_of_somebody_else_is_denied(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    pid_t pid = fork();
    if (pid == 0) {
        struct hf_state worker;
        struct hf_fault fault;
        _exit(setuid(65534) == 0 &&
                      hf_state_open(&worker, folder_path("c"), &fault) == HF_ERR_DENIED &&
                      strstr(fault.text, "Permission denied")
                  ? 0
                  : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void a_path_that_does_not_fit_is_an_error(void **state)
{
    (void)state;
    char deep[HF_STATE_PATH_MAX];
    memset(deep, 'd', sizeof deep);
    deep[0] = '/';
    deep[sizeof deep - 1] = '\0';
    struct hf_state worker;
    assert_int_equal(hf_state_open(&worker, deep, NULL), HF_ERR_TOO_LARGE);
    assert_int_equal(hf_state_open(&worker, "", NULL), HF_ERR_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_folder_is_made_with_its_parents_and_for_its_owner_only),
        cmocka_unit_test(another_user_may_go_through_and_see_nothing_when_it_is_let),
        cmocka_unit_test(a_second_worker_is_told_that_the_folder_is_in_use),
        cmocka_unit_test(the_lock_goes_with_a_killed_process),
        cmocka_unit_test(a_place_that_cannot_hold_a_folder_is_named_with_the_cause),
        cmocka_unit_test(a_folder_of_somebody_else_is_denied),
        cmocka_unit_test(a_path_that_does_not_fit_is_an_error),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
