/* A runner that ends what will not end by itself. */
#include "run.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_child_that_ignores_term_is_killed_after_the_grace(void **state)
{
    (void)state;
    run_script("trap '' TERM; echo begun; while :; do sleep 0.05; done");
    spec.timeout_ms = 300;
    spec.grace_ms = 300;
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_TIMED_OUT);
    assert_int_equal(runner.outcome.signal, SIGKILL);
    assert_int_equal(runner.outcome.exit_code, -1);
    assert_int_equal(runner.outcome.limit, 300);
    assert_in_range((uint64_t)runner.outcome.duration_ms, 600, 5000);
    assert_string_equal(run_output(), "begun\n");
}

static void a_child_that_heeds_term_may_still_write(void **state)
{
    (void)state;
    run_script("trap 'echo tidied up; exit 7' TERM; sleep 60 & wait");
    spec.timeout_ms = 300;
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_TIMED_OUT);
    assert_int_equal(runner.outcome.exit_code, 7);
    assert_string_equal(run_output(), "tidied up\n");
    assert_true(runner.outcome.duration_ms < 4000);
}

static void at_the_soft_timeout_a_child_is_asked_and_may_end_well(void **state)
{
    (void)state;
    run_script("trap 'echo saved; exit 0' TERM; sleep 60 & wait");
    spec.soft_timeout_ms = 300;
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_EXITED);
    assert_int_equal(runner.outcome.exit_code, 0);
    assert_int_equal(runner.outcome.soft_limit_ms, 300);
    assert_string_equal(run_output(), "saved\n");
}

static void at_the_timeout_one_that_was_asked_is_killed_without_more_grace(void **state)
{
    (void)state;
    run_script("trap '' TERM; echo begun; while :; do sleep 0.05; done");
    spec.soft_timeout_ms = 200;
    spec.timeout_ms = 500;
    spec.grace_ms = 20000;
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_TIMED_OUT);
    assert_int_equal(runner.outcome.signal, SIGKILL);
    assert_int_equal(runner.outcome.limit, 500);
    assert_in_range((uint64_t)runner.outcome.duration_ms, 500, 5000);
}

static void a_soft_timeout_that_is_not_below_the_timeout_is_none(void **state)
{
    (void)state;
    run_script("exec sleep 60");
    spec.soft_timeout_ms = spec.timeout_ms = 300;
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_TIMED_OUT);
    assert_int_equal(runner.outcome.soft_limit_ms, 0);
}

static void a_stopped_child_is_ended_all_the_same(void **state)
{
    (void)state;
    run_script("kill -STOP $$");
    spec.timeout_ms = 300;
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_TIMED_OUT);
    assert_true(runner.outcome.duration_ms < 4000);
}

static void grandchildren_are_ended_when_the_time_is_up(void **state)
{
    (void)state;
    run_script("sh -c 'trap \"\" TERM; exec $long_sleep' & sh -c '$long_sleep & wait' & wait");
    spec.timeout_ms = 300;
    spec.grace_ms = 200;
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_TIMED_OUT);
    assert_true(run_left_nothing());
}

static void grandchildren_that_outlive_a_good_child_are_ended(void **state)
{
    (void)state;
    run_script("(trap '' TERM HUP; $long_sleep) & echo done");
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_EXITED);
    assert_int_equal(runner.outcome.exit_code, 0);
    assert_string_equal(run_output(), "done\n");
    assert_true(runner.outcome.duration_ms < 4000);
    assert_true(run_left_nothing());
}

static void an_escaped_grandchild_that_holds_the_pipes_holds_nothing_up(void **state)
{
    (void)state;
    run_script("setsid sh -c 'echo $$ >pid; while echo flood; do :; done 2>/dev/null' & "
               "while ! [ -s pid ]; do sleep 0.02; done; echo done >&2");
    spec.work_folder = folder_path("work");
    (void)mkdir(spec.work_folder, 0700);
    spec.max_output_bytes = 512 * 1024 * 1024;
    run();
    assert_int_equal(runner.outcome.exit_code, 0);
    assert_string_equal(runner.outcome.log_tail, "done\n");
    assert_true(runner.outcome.duration_ms < 10000);
    hf_runner_clear(&runner); /* closes its pipe: it ends by SIGPIPE */
    char command[256];
    (void)snprintf(command, sizeof command,
                   "for i in $(seq 100); do "
                   "grep -q 'State:.[^Z]' /proc/$(cat %s/work/pid)/status || exit 0; sleep 0.05; "
                   "done; exit 1",
                   folder);
    assert_int_equal(shell(command), 0);
}

static void a_flood_of_output_is_stopped_at_the_limit(void **state)
{
    (void)state;
    run_script("trap '' TERM; exec yes");
    spec.max_output_bytes = 100000;
    spec.grace_ms = 500;
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_OUTPUT_TOO_LARGE);
    assert_int_equal(runner.outcome.limit, 100000);
    assert_in_range((uint64_t)runner.output.size_bytes, 1, 100000);
}

static void output_of_exactly_the_limit_is_taken(void **state)
{
    (void)state;
    run_script("head -c 100000 /dev/zero");
    spec.max_output_bytes = 100000;
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_EXITED);
    assert_int_equal(runner.output.size_bytes, 100000);
    hf_runner_clear(&runner);
    run_script("head -c 100001 /dev/zero");
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_OUTPUT_TOO_LARGE);
}

static volatile sig_atomic_t signalled;

static void note_signal(int number)
{
    signalled = number;
}

/* Its number was given back when what it left in the pipe is read. */
static void too_much_output_that_is_found_after_the_end_signals_nobody(void **state)
{
    (void)state;
    siginfo_t info;
    struct sigaction noted = {.sa_handler = note_signal}, before;
    (void)setpgid(0, 0);
    assert_int_equal(sigaction(SIGTERM, &noted, &before), 0);
    run_script("echo more than this");
    spec.max_output_bytes = 5;
    run_start();
    assert_int_equal(waitid(P_PID, (id_t)runner.child.pid, &info, WEXITED | WNOWAIT), 0);
    assert_true(hf_runner_step(&runner, hf_clock_mono_ms(), NULL, 0));
    assert_int_equal(runner.outcome.end, HF_RUN_OUTPUT_TOO_LARGE);
    assert_int_equal(signalled, 0);
    assert_int_equal(sigaction(SIGTERM, &before, NULL), 0);
}

static void one_step_takes_a_bounded_part_of_a_flood(void **state)
{
    (void)state;
    run_script("exec yes");
    spec.max_output_bytes = 512 * 1024 * 1024;
    run_start();
    for (int i = 0; i < 50; i++) {
        int64_t before = runner.output.size_bytes;
        assert_false(run_turn());
        assert_true(runner.output.size_bytes - before <= 64 * 1024 + 8192);
    }
    assert_true(runner.output.size_bytes > 0);
}

static void a_cancelled_run_says_so_even_when_the_child_exits_well(void **state)
{
    (void)state;
    run_script("trap 'exit 0' TERM; echo ready >&2; sleep 60 & wait");
    run_start();
    while (runner.tail.fill == 0)
        assert_false(run_turn());
    hf_runner_stop(&runner, HF_RUN_CANCELLED, hf_clock_mono_ms());
    hf_runner_stop(&runner, HF_RUN_STOPPED, hf_clock_mono_ms());
    run_until_end();
    assert_int_equal(runner.outcome.end, HF_RUN_CANCELLED);
    assert_int_equal(runner.outcome.exit_code, 0);
}

static void a_stop_after_the_end_changes_nothing(void **state)
{
    (void)state;
    run_script("exit 4");
    run();
    hf_runner_stop(&runner, HF_RUN_CANCELLED, hf_clock_mono_ms());
    assert_int_equal(runner.phase, HF_RUNNER_ENDED);
    assert_int_equal(runner.outcome.end, HF_RUN_EXITED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(a_child_that_ignores_term_is_killed_after_the_grace),
        RUN(a_child_that_heeds_term_may_still_write),
        RUN(at_the_soft_timeout_a_child_is_asked_and_may_end_well),
        RUN(at_the_timeout_one_that_was_asked_is_killed_without_more_grace),
        RUN(a_soft_timeout_that_is_not_below_the_timeout_is_none),
        RUN(a_stopped_child_is_ended_all_the_same),
        RUN(grandchildren_are_ended_when_the_time_is_up),
        RUN(grandchildren_that_outlive_a_good_child_are_ended),
        RUN(an_escaped_grandchild_that_holds_the_pipes_holds_nothing_up),
        RUN(a_flood_of_output_is_stopped_at_the_limit),
        RUN(output_of_exactly_the_limit_is_taken),
        RUN(too_much_output_that_is_found_after_the_end_signals_nobody),
        RUN(one_step_takes_a_bounded_part_of_a_flood),
        RUN(a_cancelled_run_says_so_even_when_the_child_exits_well),
        RUN(a_stop_after_the_end_changes_nothing),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
