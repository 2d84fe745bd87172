/* Plain handlers in the warm child: small payloads and results in its messages, whatever else
 * through its descriptors; and what the runner makes of a message. */
#include "handlers/builtins.h"
#include "handlers/io.h"
#include "run.h"

#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void run_plain(hf_handler_fn *function)
{
    handler = (struct hf_handler){.run = function, .plain = true};
    run();
}

static void fill(char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        data[i] = (char)(i * 131 + i / 255);
}

static void expect_output(const char *data, size_t len)
{
    static char got[64 * 1024];
    size_t got_len = 0;
    assert_int_equal(runner.outcome.exit_code, 0);
    assert_int_equal(runner.output.size_bytes, len);
    assert_int_equal(hf_spool_read(&runner.output, 0, got, sizeof got, &got_len, NULL), HF_ERR_OK);
    assert_memory_equal(got, data, len);
    hf_runner_clear(&runner);
}

static void an_echo_of_any_size_is_whole(void **state)
{
    (void)state;
    static const size_t sizes[] = {0,    1, HF_WARM_SMALL - 1, HF_WARM_SMALL, HF_WARM_SMALL + 1,
                                   60000};
    static char data[60000];
    fill(data, sizeof data);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(hf_spool_open(&payload, folder, sizeof data, NULL), HF_ERR_OK);
        run_payload(data, sizes[i]);
        run_plain(hf_handler_echo);
        expect_output(data, sizes[i]);
    }
}

static int say_in_pieces(const struct hf_handler_io *io)
{
    static const char piece[] = "0123456789";
    for (int i = 0; i < 1000; i++) {
        if (hf_io_write(io, piece, 10) != 0)
            return 1;
    }
    return io->memory ? 0 : 2;
}

static void a_result_that_outgrows_the_message_keeps_its_order(void **state)
{
    (void)state;
    static char expected[10000];
    for (size_t i = 0; i < sizeof expected; i++)
        expected[i] = (char)('0' + i % 10);
    run_plain(say_in_pieces);
    expect_output(expected, sizeof expected);
    run_plain(hf_handler_echo);
    expect_output("", 0);
}

static int speak(const struct hf_handler_io *io)
{
    hf_io_progress(io, 1, 4, "parts");
    (void)hf_io_fail(io, 0, "a word");
    return hf_io_write(io, "result", 6);
}

static void log_and_progress_come_with_the_result(void **state)
{
    (void)state;
    run_plain(speak);
    assert_string_equal(runner.outcome.log_tail, "a word\n");
    assert_true(runner.progress.changed);
    expect_output("result", 6);
    run_plain(hf_handler_echo);
    assert_string_equal(runner.outcome.log_tail, "");
    hf_runner_clear(&runner);
}

static void a_small_result_is_bounded_like_any_other(void **state)
{
    (void)state;
    spec.max_output_bytes = 5;
    run_plain(speak);
    assert_int_equal(runner.outcome.end, HF_RUN_OUTPUT_TOO_LARGE);
    hf_runner_clear(&runner);
}

static int burn_100_ms(const struct hf_handler_io *io)
{
    (void)io;
    const clock_t until = clock() + CLOCKS_PER_SEC / 10;
    while (clock() < until)
        continue;
    return 0;
}

static void what_a_long_task_takes_is_its_own(void **state)
{
    (void)state;
    run_plain(burn_100_ms);
    assert_in_range((uint64_t)runner.outcome.cpu_ms, 80, 180);
    assert_true(runner.outcome.peak_kb > 0);
    hf_runner_clear(&runner);
    for (int i = 0; i < 2 * HF_WARM_UNMEASURED_MAX; i++) {
        run_plain(hf_handler_echo);
        assert_true(runner.outcome.cpu_ms < 50);
        assert_true(runner.outcome.peak_kb > 0);
        hf_runner_clear(&runner);
    }
}

static bool is_done_within_2_s(void)
{
    for (int i = 0; i < 2000 && !hf_runner_is_done(&runner, hf_clock_mono_ms()); i++)
        (void)usleep(1000);
    return runner.phase == HF_RUNNER_ENDED;
}

static void a_small_task_is_heard_without_a_poll_once_the_child_is_warm(void **state)
{
    (void)state;
    handler = (struct hf_handler){.run = hf_handler_echo, .plain = true};
    run_start();
    assert_false(hf_runner_is_done(&runner, hf_clock_mono_ms()));
    run_until_end();
    hf_runner_clear(&runner);
    run_payload("again", 5);
    run_start();
    assert_true(is_done_within_2_s());
    assert_false(hf_runner_is_done(&runner, hf_clock_mono_ms()));
    expect_output("again", 5);
}

static int fail_with_70(const struct hf_handler_io *io)
{
    return hf_io_fail(io, 70, "no luck");
}

static int tell_pid(const struct hf_handler_io *io)
{
    char text[32];
    return hf_io_write(io, text, (size_t)snprintf(text, sizeof text, "%d", (int)getpid()));
}

static pid_t pid_of_next(void)
{
    run_plain(tell_pid);
    const pid_t pid = (pid_t)strtol(run_output(), NULL, 10);
    hf_runner_clear(&runner);
    return pid;
}

static void a_failure_replaces_the_child(void **state)
{
    (void)state;
    const pid_t pid = pid_of_next();
    assert_int_equal(pid_of_next(), pid);
    run_plain(fail_with_70);
    assert_int_equal(runner.outcome.exit_code, 70);
    assert_string_equal(runner.outcome.log_tail, "no luck\n");
    hf_runner_clear(&runner);
    assert_int_not_equal(pid_of_next(), pid);
}

/* --- messages --- */

static void hear(const void *data, size_t len, struct hf_warm_word *word)
{
    int ends[2];
    assert_int_equal(hf_warm_socket(ends), 0);
    if (len > 0)
        assert_int_equal(send(ends[1], data, len, 0), len);
    hf_warm_hear(ends[0], word);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void what_is_no_report_is_handed_on_as_it_is(void **state)
{
    (void)state;
    static const char text[HF_WARM_SMALL + 500] = "what is this";
    struct hf_warm_word word;
    hear("", 0, &word);
    assert_int_equal(word.kind, HF_WARM_NOTHING);
    hear("x", 1, &word);
    assert_int_equal(word.kind, HF_WARM_OTHER);
    assert_int_equal(word.len, 1);
    hear(text, sizeof text, &word);
    assert_int_equal(word.kind, HF_WARM_OTHER);
    assert_string_equal(word.bytes, text);
    assert_true(word.len <= sizeof word.message);
}

static void of_a_report_only_what_lies_within_its_bounds_is_believed(void **state)
{
    (void)state;
    char lie[sizeof((struct hf_warm_word *)0)->message + 500];
    struct hf_warm_word word;
    memset(lie, 0xff, sizeof lie);
    hear(lie, sizeof lie, &word);
    assert_int_equal(word.kind, HF_WARM_REPORT);
    assert_in_range((uintmax_t)word.report.exit_code, 0, 255);
    assert_int_equal(word.report.peak_kb, 0);
    assert_int_equal(word.report.cpu_us, 0);
    assert_ptr_equal(word.bytes + word.len, word.message + sizeof word.message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(an_echo_of_any_size_is_whole),
        RUN(a_result_that_outgrows_the_message_keeps_its_order),
        RUN(log_and_progress_come_with_the_result),
        RUN(a_small_result_is_bounded_like_any_other),
        RUN(what_a_long_task_takes_is_its_own),
        RUN(a_small_task_is_heard_without_a_poll_once_the_child_is_warm),
        RUN(a_failure_replaces_the_child),
        cmocka_unit_test(what_is_no_report_is_handed_on_as_it_is),
        cmocka_unit_test(of_a_report_only_what_lies_within_its_bounds_is_believed),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
