/* Each test is a process of its own: what a signal does to one must not be seen by the next. */
#include "../cmocka_all.h"
#include "worker/signals.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define must(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            _exit(__LINE__ % 250 + 1);                                                             \
    } while (0)

static void in_a_child(void (*part)(void))
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        hf_signals_init(false);
        part();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("status 0x%x (an exit is the line of what failed, modulo 250, and 1)", status);
}

/* As the loop sleeps; true when a signal ended it. */
static bool sleep_is_interrupted(long ms)
{
    const struct timespec most = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    return ppoll(NULL, 0, &most, hf_signals_mask()) < 0 && errno == EINTR;
}

static void terminate_once_and_again(void)
{
    must(hf_signals_terminations() == 0);
    must(raise(SIGTERM) == 0);
    must(hf_signals_terminations() == 0); /* it waits until the loop sleeps */
    must(sleep_is_interrupted(5000));
    must(hf_signals_terminations() == 1);
    must(raise(SIGINT) == 0 && sleep_is_interrupted(5000));
    must(hf_signals_terminations() == 2);
    must(raise(SIGTERM) == 0 && sleep_is_interrupted(5000));
    must(hf_signals_terminations() == 2); /* more than twice is no more than twice */
}

static void terminations_are_counted_when_the_loop_sleeps(void **state)
{
    (void)state;
    in_a_child(terminate_once_and_again);
}

static void come_before_the_sleep(void)
{
    must(kill(getpid(), SIGTERM) == 0);
    must(sleep_is_interrupted(60000)); /* at once, or the test's own time is up */
    must(!sleep_is_interrupted(1));
}

static void a_signal_just_before_the_sleep_is_not_slept_through(void **state)
{
    (void)state;
    in_a_child(come_before_the_sleep);
}

static void lose_a_child(void)
{
    const pid_t child = fork();
    if (child == 0)
        _exit(0);
    must(sleep_is_interrupted(10000));
    must(waitpid(child, NULL, WNOHANG) == child);
    must(hf_signals_terminations() == 0);
}

static void the_end_of_a_child_wakes_the_loop(void **state)
{
    (void)state;
    in_a_child(lose_a_child);
}

static void ask_for_a_reload(void)
{
    must(!hf_signals_take_reload());
    must(raise(SIGHUP) == 0 && sleep_is_interrupted(5000));
    must(hf_signals_take_reload());
    must(!hf_signals_take_reload());
    must(hf_signals_terminations() == 0);
}

static void a_hangup_asks_once_for_the_settings_to_be_read(void **state)
{
    (void)state;
    in_a_child(ask_for_a_reload);
}

static void write_to_nobody(void)
{
    int ends[2];
    must(pipe(ends) == 0 && close(ends[0]) == 0);
    must(write(ends[1], "x", 1) < 0 && errno == EPIPE);
}

static void a_pipe_that_nobody_reads_is_an_error_and_no_end(void **state)
{
    (void)state;
    in_a_child(write_to_nobody);
}

/* What a terminal or a service manager sends to all is the monitor's, which says it in its words.
 */
static void heed_the_monitor_alone(void)
{
    hf_signals_init(true);
    must(raise(SIGTERM) == 0 && raise(SIGINT) == 0 && raise(SIGHUP) == 0);
    must(!sleep_is_interrupted(10));
    must(hf_signals_terminations() == 0 && !hf_signals_take_reload());
    must(raise(SIGUSR1) == 0 && sleep_is_interrupted(5000));
    must(hf_signals_terminations() == 1);
    must(raise(SIGUSR2) == 0 && sleep_is_interrupted(5000));
    must(hf_signals_take_reload());
}

static void under_a_monitor_only_its_own_signals_count(void **state)
{
    (void)state;
    in_a_child(heed_the_monitor_alone);
}

/* It may be told to go before it has got so far as to listen. */
static void come_before_the_worker_listens(void)
{
    must(raise(SIGUSR1) == 0);
    hf_signals_init(true);
    must(sleep_is_interrupted(60000));
    must(hf_signals_terminations() == 1);
}

static void what_the_monitor_sends_before_the_worker_listens_is_kept(void **state)
{
    (void)state;
    in_a_child(come_before_the_worker_listens);
}

static void keep_a_foreign_block(void)
{
    must(sigismember(hf_signals_mask(), SIGALRM) == 1);
    must(sigismember(hf_signals_mask(), SIGTERM) == 0);
    must(raise(SIGALRM) == 0);
    must(!sleep_is_interrupted(10));
}

static void what_was_blocked_before_stays_blocked(void **state)
{
    (void)state;
    sigset_t foreign, before;
    (void)sigemptyset(&foreign);
    (void)sigaddset(&foreign, SIGALRM);
    (void)sigprocmask(SIG_BLOCK, &foreign, &before);
    in_a_child(keep_a_foreign_block);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminations_are_counted_when_the_loop_sleeps),
        cmocka_unit_test(a_signal_just_before_the_sleep_is_not_slept_through),
        cmocka_unit_test(the_end_of_a_child_wakes_the_loop),
        cmocka_unit_test(a_hangup_asks_once_for_the_settings_to_be_read),
        cmocka_unit_test(a_pipe_that_nobody_reads_is_an_error_and_no_end),
        cmocka_unit_test(under_a_monitor_only_its_own_signals_count),
        cmocka_unit_test(what_the_monitor_sends_before_the_worker_listens_is_kept),
        cmocka_unit_test(what_was_blocked_before_stays_blocked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
