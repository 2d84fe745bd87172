#include "folder.h"
#include "worker/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static void everything_from_a_number_on_is_closed_and_nothing_below(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(0, 50);
        (void)dup2(0, 51);
        (void)dup2(0, 700);
        hf_fds_close_from(51);
        _exit(fcntl(50, F_GETFD) >= 0 && fcntl(51, F_GETFD) < 0 && fcntl(700, F_GETFD) < 0 ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void a_pipe_is_close_on_exec_and_only_its_reader_does_not_block(void **state)
{
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(hf_fds_pipe(ends), 0);
    assert_true(fcntl(ends[0], F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(ends[1], F_GETFD) & FD_CLOEXEC);
    assert_int_equal(read(ends[0], &byte, 1), -1);
    assert_int_equal(errno, EAGAIN);
    assert_false(fcntl(ends[1], F_GETFL) & O_NONBLOCK);
    hf_fds_close(&ends[0]);
    hf_fds_close(&ends[1]);
    assert_int_equal(ends[0], -1);
    hf_fds_close(&ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_from_a_number_on_is_closed_and_nothing_below),
        cmocka_unit_test(a_pipe_is_close_on_exec_and_only_its_reader_does_not_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
