#include "run.h"
#include "worker/guard.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* A worker of its own process, that starts the script and is then killed as a power cut would. */
static void kill_a_worker_in_the_middle_of(const char *script, int sleepers)
{
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t worker = fork();
    if (worker == 0) {
        hf_runner_init(&runner, -1);
        run_script(script);
        run_start();
        while (runner.tail.fill == 0)
            (void)run_turn();
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_true(run_sleepers_are(sleepers));
    assert_int_equal(kill(worker, SIGKILL), 0);
    assert_int_equal(waitpid(worker, NULL, 0), worker);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

static void the_child_of_a_killed_worker_dies(void **state)
{
    (void)state;
    kill_a_worker_in_the_middle_of("echo ready >&2; exec $long_sleep", 1);
    assert_true(run_left_nothing());
}

static void the_grandchildren_of_a_killed_worker_die(void **state)
{
    (void)state;
    kill_a_worker_in_the_middle_of("trap '' TERM HUP; $long_sleep & ($long_sleep & wait) & "
                                   "echo ready >&2; wait",
                                   2);
    assert_true(run_left_nothing());
}

static void a_lost_guard_is_replaced_for_the_next_task(void **state)
{
    (void)state;
    pid_t first = runner.brood.guard.pid;
    assert_true(first > 0);
    assert_int_equal(kill(first, SIGKILL), 0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)first, &info, WEXITED | WNOWAIT), 0);
    (void)signal(SIGPIPE, SIG_IGN);
    run_script("echo fine");
    run();
    assert_string_equal(run_output(), "fine\n");
    assert_true(runner.brood.guard.pid > 0 && runner.brood.guard.pid != first);
}

static void it_heeds_no_signal_that_is_meant_for_the_worker(void **state)
{
    (void)state;
    struct hf_guard guard;
    hf_guard_init(&guard);
    assert_int_equal(hf_guard_ensure(&guard), 0);
    pid_t pid = guard.pid;
    (void)usleep(100000);
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(kill(pid, SIGINT), 0);
    (void)usleep(100000);
    assert_int_equal(hf_guard_ensure(&guard), 0);
    assert_int_equal(guard.pid, pid);
    hf_guard_close(&guard);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
}

/* The worker's death is the closing of its end of the pipe. */
static void it_kills_the_last_group_that_it_was_told_to_watch_and_no_other(void **state)
{
    (void)state;
    pid_t children[2];
    for (int i = 0; i < 2; i++) {
        struct hf_guard guard;
        hf_guard_init(&guard);
        children[i] = fork();
        if (children[i] == 0) {
            (void)setpgid(0, 0);
            for (;;)
                (void)pause();
        }
        (void)setpgid(children[i], children[i]);
        assert_int_equal(hf_guard_ensure(&guard), 0);
        hf_guard_watch(guard.fd, children[i]);
        if (i == 0)
            hf_guard_watch(guard.fd, 0);
        (void)close(guard.fd);
        assert_int_equal(waitpid(guard.pid, NULL, 0), guard.pid);
    }
    int status = 0;
    assert_int_equal(waitpid(children[1], &status, 0), children[1]);
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_int_equal(waitpid(children[0], NULL, WNOHANG), 0);
    assert_int_equal(kill(children[0], SIGKILL), 0);
    assert_int_equal(waitpid(children[0], NULL, 0), children[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(the_child_of_a_killed_worker_dies),
        RUN(the_grandchildren_of_a_killed_worker_die),
        RUN(a_lost_guard_is_replaced_for_the_next_task),
        RUN(it_heeds_no_signal_that_is_meant_for_the_worker),
        RUN(it_kills_the_last_group_that_it_was_told_to_watch_and_no_other),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
