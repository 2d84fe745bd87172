/* What has the child that built-ins share replaced by another one. */
#include "handlers/builtins.h"
#include "warm_child.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail_with_3(const struct hf_handler_io *io)
{
    (void)dprintf(io->log, "no luck\n");
    return 3;
}

static int crash(const struct hf_handler_io *io)
{
    (void)dprintf(io->out, "so far");
    (void)signal(SIGSEGV, SIG_DFL); /* a sanitizer's report is not asked for */
    (void)raise(SIGSEGV);
    return 0;
}

static void a_failure_is_that_task_s_only_and_replaces_the_child(void **state)
{
    (void)state;
    const pid_t pid = pid_of_next();
    handler.run = fail_with_3;
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_EXITED);
    assert_int_equal(runner.outcome.exit_code, 3);
    assert_string_equal(runner.outcome.log_tail, "no luck\n");
    hf_runner_clear(&runner);
    assert_int_not_equal(pid_of_next(), pid);
}

static void a_crash_of_the_warm_child_is_that_task_s_failure_only(void **state)
{
    (void)state;
    const pid_t pid = pid_of_next();
    handler.run = crash;
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_EXITED);
    assert_int_equal(runner.outcome.exit_code, -1);
    assert_int_equal(runner.outcome.signal, SIGSEGV);
    assert_string_equal(run_output(), "so far");
    hf_runner_clear(&runner);
    const pid_t next = pid_of_next();
    assert_int_not_equal(next, pid);
    assert_int_equal(pid_of_next(), next);
}

static void a_timeout_replaces_it(void **state)
{
    (void)state;
    const pid_t pid = pid_of_next();
    spec.timeout_ms = 100;
    handler.run = hang;
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_TIMED_OUT);
    assert_int_equal(runner.outcome.signal, SIGTERM);
    hf_runner_clear(&runner);
    spec.timeout_ms = 20000;
    assert_int_not_equal(pid_of_next(), pid);
}

static void a_stop_replaces_it(void **state)
{
    (void)state;
    const pid_t pid = pid_of_next();
    handler.run = hang;
    run_start();
    hf_runner_stop(&runner, HF_RUN_CANCELLED, hf_clock_mono_ms());
    run_until_end();
    assert_int_equal(runner.outcome.end, HF_RUN_CANCELLED);
    hf_runner_clear(&runner);
    assert_int_not_equal(pid_of_next(), pid);
}

static int flood(const struct hf_handler_io *io)
{
    for (int i = 0; i < 300; i++) {
        if (dprintf(io->out, "%01000d", i) < 0)
            return 1;
    }
    return 0;
}

static void output_over_the_limit_ends_it_and_none_of_it_is_seen_by_the_next(void **state)
{
    (void)state;
    spec.max_output_bytes = 150000;
    handler.run = flood;
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_OUTPUT_TOO_LARGE);
    hf_runner_clear(&runner);
    char pid[32];
    (void)snprintf(pid, sizeof pid, "%d", (int)pid_of_next());
    assert_string_equal(run_one(echo_pid), pid);
}

static int grow(const struct hf_handler_io *io)
{
    (void)io;
    volatile unsigned char *memory = malloc(8 * 1024 * 1024);
    for (size_t i = 0; memory && i < 8 * 1024 * 1024; i += 512)
        memory[i] = (unsigned char)i;
    return memory ? 0 : 1;
}

static void one_that_has_grown_is_replaced_and_its_memory_is_not_the_next_task_s(void **state)
{
    (void)state;
    const pid_t pid = pid_of_next();
    (void)run_one(grow);
    assert_int_equal(runner.outcome.exit_code, 0);
    const int64_t peak_kb = runner.outcome.peak_kb;
    assert_true(peak_kb > 8 * 1024);
    assert_int_not_equal(pid_of_next(), pid);
    assert_true(runner.outcome.peak_kb < peak_kb - 6 * 1024);
}

static int leave_a_process(const struct hf_handler_io *io)
{
    int said[2];
    char word;
    if (pipe(said) != 0)
        return 1;
    pid_t child = fork();
    if (child == 0) {
        if (fork() == 0) { /* forgotten by its parent, too */
            (void)dprintf(io->log, "%d", (int)getpid());
            (void)close(said[0]);
            (void)close(said[1]);
            (void)usleep(300000);
            (void)dprintf(io->out, "too late");
            (void)sleep(60);
        }
        _exit(0);
    }
    (void)close(said[1]);
    (void)!read(said[0], &word, 1); /* ends when the stray has said its number */
    (void)close(said[0]);
    return waitpid(child, NULL, 0) == child ? 0 : 1;
}

static void what_a_handler_leaves_running_dies_and_does_not_write_into_the_next_result(void **state)
{
    (void)state;
    const pid_t pid = pid_of_next();
    assert_string_equal(run_one(leave_a_process), "");
    assert_int_equal(runner.outcome.exit_code, 0);
    const pid_t left = (pid_t)strtol(runner.outcome.log_tail, NULL, 10);
    assert_true(left > 0);
    const pid_t next = pid_of_next();
    assert_int_not_equal(next, pid);
    assert_true(ends_within_2_s(left));
    (void)usleep(400000);
    assert_int_equal(pid_of_next(), next);
}

static int close_the_output(const struct hf_handler_io *io)
{
    return close(io->out) == 0 && close(io->log) == 0 ? 0 : 1;
}

static void one_whose_handler_closed_a_descriptor_is_replaced(void **state)
{
    (void)state;
    const pid_t pid = pid_of_next();
    (void)run_one(close_the_output);
    assert_int_equal(runner.outcome.exit_code, 0);
    assert_int_not_equal(pid_of_next(), pid);
}

static void one_that_was_killed_while_it_waited_is_no_task_s_failure(void **state)
{
    (void)state;
    const pid_t pid = pid_of_next();
    siginfo_t info;
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_not_equal(pid_of_next(), pid);
    assert_int_equal(runner.outcome.exit_code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(a_failure_is_that_task_s_only_and_replaces_the_child),
        RUN(a_crash_of_the_warm_child_is_that_task_s_failure_only),
        RUN(a_timeout_replaces_it),
        RUN(a_stop_replaces_it),
        RUN(output_over_the_limit_ends_it_and_none_of_it_is_seen_by_the_next),
        RUN(one_that_has_grown_is_replaced_and_its_memory_is_not_the_next_task_s),
        RUN(what_a_handler_leaves_running_dies_and_does_not_write_into_the_next_result),
        RUN(one_whose_handler_closed_a_descriptor_is_replaced),
        RUN(one_that_was_killed_while_it_waited_is_no_task_s_failure),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
