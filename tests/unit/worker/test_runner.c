#include "handlers/builtins.h"
#include "run.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* --- a run that goes well --- */

static void a_built_in_gets_the_payload_and_its_result_is_kept(void **state)
{
    (void)state;
    handler.run = hf_handler_echo;
    run_payload("hello\n", 6);
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_EXITED);
    assert_int_equal(runner.outcome.exit_code, 0);
    assert_int_equal(runner.outcome.signal, 0);
    assert_int_equal(runner.outcome.started_unix_ms, 1234567);
    assert_string_equal(runner.outcome.log_tail, "");
    assert_string_equal(run_output(), "hello\n");
}

static void a_program_gets_the_payload_and_its_result_log_and_progress_are_kept(void **state)
{
    (void)state;
    run_script("cat; echo so far so good >&2; echo '50 half' >&3; exit 3");
    run_payload("hello\n", 6);
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_EXITED);
    assert_int_equal(runner.outcome.exit_code, 3);
    assert_string_equal(run_output(), "hello\n");
    assert_string_equal(runner.outcome.log_tail, "so far so good\n");
    assert_true(runner.progress.changed);
    assert_int_equal(runner.progress.percent, 50);
    assert_string_equal(runner.progress.note, "half");
}

static void a_large_payload_and_result_pass_whole(void **state)
{
    (void)state;
    static char data[5 * 1024 * 1024];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 131 + i / 255);
    handler.run = hf_handler_echo;
    spec.max_output_bytes = sizeof data;
    run_payload(data, sizeof data);
    run();
    assert_int_equal(runner.outcome.exit_code, 0);
    assert_int_equal(runner.output.size_bytes, sizeof data);
    static char got[sizeof data];
    size_t len = 0;
    assert_int_equal(hf_spool_read(&runner.output, 0, got, sizeof got, &len, NULL), HF_ERR_OK);
    assert_memory_equal(got, data, sizeof data);
}

static void a_payload_that_is_never_read_holds_nothing_up(void **state)
{
    (void)state;
    static char data[8 * 1024 * 1024];
    run_script("echo done");
    run_payload(data, sizeof data);
    run();
    assert_int_equal(runner.outcome.exit_code, 0);
    assert_string_equal(run_output(), "done\n");
}

static void the_payload_may_be_closed_once_the_run_has_started(void **state)
{
    (void)state;
    run_script("sleep 0.1; cat");
    run_payload("still here", 10);
    run_start();
    hf_spool_close(&payload);
    run_until_end();
    assert_string_equal(run_output(), "still here");
}

static void the_same_payload_can_be_run_again(void **state)
{
    (void)state;
    handler.run = hf_handler_echo;
    run_payload("twice", 5);
    for (int i = 0; i < 2; i++) {
        run();
        assert_string_equal(run_output(), "twice");
        hf_runner_clear(&runner);
    }
}

static int burn(const struct hf_handler_io *io)
{
    (void)io;
    volatile unsigned char *memory = malloc(20 * 1024 * 1024);
    for (size_t i = 0; i < 20 * 1024 * 1024; i += 512)
        memory[i] = (unsigned char)i;
    while (clock() < CLOCKS_PER_SEC / 10) /* of this process */
        continue;
    return 0;
}

static void time_cpu_and_memory_are_measured(void **state)
{
    (void)state;
    handler.run = burn;
    run();
    assert_int_equal(runner.outcome.exit_code, 0);
    assert_in_range((uint64_t)runner.outcome.cpu_ms, 90, spec.timeout_ms);
    assert_in_range((uint64_t)runner.outcome.duration_ms, 90, spec.timeout_ms);
    assert_in_range((uint64_t)runner.outcome.peak_kb, 20 * 1024, 400 * 1024);
}

static void the_end_of_a_long_log_is_kept(void **state)
{
    (void)state;
    run_script("i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i+1)); done; "
               "printf 'the \\000 end' >&2");
    run();
    size_t len = strlen(runner.outcome.log_tail);
    assert_int_equal(len, HF_LOG_TAIL_MAX);
    assert_string_equal(runner.outcome.log_tail + len - 20, "\nline 1999\nthe ? end");
}

/* --- what cannot start --- */

static void a_program_that_the_kernel_refuses_is_an_outcome_with_words(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *words;
        enum hf_status status;
    } CASES[] = {
        {"none", "just text", "/none: Exec format error", HF_STATUS_REFUSED},
        {"lost", "#!/nonexistent/sh\n", "/lost: No such file", HF_STATUS_REFUSED},
        {"elf",
         "\x7f"
         "ELF",
         "/elf: Exec format error", HF_STATUS_REFUSED},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct hf_result result;
        folder_put(CASES[i].name, 0755, CASES[i].text);
        (void)snprintf(handler.path, sizeof handler.path, "%s/%s", folder, CASES[i].name);
        run();
        assert_int_equal(runner.outcome.end, HF_RUN_NOT_STARTED);
        assert_int_equal(runner.outcome.exit_code, -1);
        hf_outcome_result(&runner.outcome, &result);
        assert_int_equal(result.status, CASES[i].status);
        if (!strstr(result.reason, CASES[i].words))
            fail_msg("%s: %s", CASES[i].name, result.reason);
        hf_runner_clear(&runner);
    }
}

static void an_exit_of_127_by_the_handler_itself_is_its_own(void **state)
{
    (void)state;
    run_script("exit 127");
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_EXITED);
    assert_int_equal(runner.outcome.exit_code, 127);
}

static void a_work_folder_that_is_not_there_is_to_be_tried_again(void **state)
{
    (void)state;
    struct hf_result result;
    handler.run = hf_handler_echo;
    spec.work_folder = "/proc/self/nonexistent";
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_NOT_STARTED);
    hf_outcome_result(&runner.outcome, &result);
    assert_int_equal(result.status, HF_STATUS_RETRY);
    assert_non_null(strstr(result.reason, "cannot enter the work folder /proc/self/nonexistent"));
}

static void a_work_folder_that_cannot_be_emptied_is_no_fault_of_the_program(void **state)
{
    (void)state;
    struct hf_result result;
    run_script("exit 0");
    spec.work_folder = "/proc/self/task";
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_NOT_STARTED);
    hf_outcome_result(&runner.outcome, &result);
    assert_int_equal(result.status, HF_STATUS_RETRY);
    assert_non_null(strstr(result.reason, "cannot empty the work folder "));
    assert_non_null(strstr(result.reason, spec.work_folder));
}

static void output_that_cannot_be_stored_is_to_be_tried_again(void **state)
{
    (void)state;
    struct hf_result result;
    run_script("head -c 200000 /dev/zero; exec sleep 60");
    spec.state_folder = "/nonexistent/state";
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_OUTPUT_LOST);
    hf_outcome_result(&runner.outcome, &result);
    assert_int_equal(result.status, HF_STATUS_RETRY);
    assert_non_null(strstr(result.reason, "/nonexistent/state"));
}

static void a_second_task_while_one_is_in_hand_is_illegal(void **state)
{
    (void)state;
    run_script("exit 5");
    run_start();
    assert_int_equal(hf_runner_start(&runner, &spec, 0, 0, &run_fault), HF_ERR_ILLEGAL);
    run_until_end();
    assert_int_equal(hf_runner_start(&runner, &spec, 0, 0, &run_fault), HF_ERR_ILLEGAL);
    assert_int_equal(runner.outcome.exit_code, 5);
}

static void a_spec_out_of_range_starts_nothing(void **state)
{
    (void)state;
    handler.run = hf_handler_echo;
    spec.timeout_ms = 0;
    assert_int_equal(hf_runner_start(&runner, &spec, 0, 0, &run_fault), HF_ERR_INVALID);
    assert_int_equal(runner.phase, HF_RUNNER_IDLE);
    assert_int_equal(runner.child.pid, 0);
}

/* --- time and descriptors --- */

static void the_deadline_is_the_timeout_then_the_grace_then_none(void **state)
{
    (void)state;
    run_script("trap '' TERM; while :; do sleep 0.05; done");
    spec.timeout_ms = 60000;
    spec.grace_ms = 7000;
    assert_int_equal(hf_runner_deadline(&runner), HF_RUNNER_NEVER);
    assert_int_equal(hf_runner_start(&runner, &spec, 1000, 0, NULL), HF_ERR_OK);
    assert_int_equal(hf_runner_deadline(&runner), 61000);
    assert_false(hf_runner_step(&runner, 60999, NULL, 0));
    assert_int_equal(runner.phase, HF_RUNNER_RUNNING);
    (void)hf_runner_step(&runner, 61000, NULL, 0);
    if (runner.phase == HF_RUNNER_ENDING) {
        assert_int_equal(hf_runner_deadline(&runner), 68000);
        (void)hf_runner_step(&runner, 68000, NULL, 0);
    }
    if (runner.phase == HF_RUNNER_ENDING)
        assert_int_equal(hf_runner_deadline(&runner), HF_RUNNER_NEVER);
    while (!hf_runner_step(&runner, 68500, NULL, 0))
        (void)usleep(1000);
    assert_int_equal(runner.outcome.end, HF_RUN_TIMED_OUT);
    assert_int_equal(runner.outcome.duration_ms, 67500);
}

static void two_hundred_runs_leak_no_descriptor_and_no_process(void **state)
{
    (void)state;
    run_payload("x", 1);
    int before = open_descriptors();
    run_script("cat; echo log >&2; echo 1 >&3");
    struct hf_handler program = handler, built_in = {.run = hf_handler_echo};
    struct hf_handler unrunnable = {.path = "/nonexistent/program"};
    for (int i = 0; i < 200; i++) {
        handler = i % 3 == 0 ? program : i % 3 == 1 ? built_in : unrunnable;
        run();
        hf_runner_clear(&runner);
    }
    hf_runner_rest(&runner);
    assert_int_equal(open_descriptors(), before);
    hf_runner_close(&runner);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void closing_ends_what_runs(void **state)
{
    (void)state;
    int before = open_descriptors();
    run_script("trap '' TERM; $long_sleep & wait");
    run_start();
    hf_runner_close(&runner);
    assert_int_equal(runner.phase, HF_RUNNER_IDLE);
    assert_true(run_left_nothing());
    assert_int_equal(open_descriptors(), before - 1); /* the guard's pipe */
    run_script("echo again");
    run();
    assert_string_equal(run_output(), "again\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(a_built_in_gets_the_payload_and_its_result_is_kept),
        RUN(a_program_gets_the_payload_and_its_result_log_and_progress_are_kept),
        RUN(a_large_payload_and_result_pass_whole),
        RUN(a_payload_that_is_never_read_holds_nothing_up),
        RUN(the_payload_may_be_closed_once_the_run_has_started),
        RUN(the_same_payload_can_be_run_again),
        RUN(time_cpu_and_memory_are_measured),
        RUN(the_end_of_a_long_log_is_kept),
        RUN(a_program_that_the_kernel_refuses_is_an_outcome_with_words),
        RUN(an_exit_of_127_by_the_handler_itself_is_its_own),
        RUN(a_work_folder_that_is_not_there_is_to_be_tried_again),
        RUN(a_work_folder_that_cannot_be_emptied_is_no_fault_of_the_program),
        RUN(output_that_cannot_be_stored_is_to_be_tried_again),
        RUN(a_second_task_while_one_is_in_hand_is_illegal),
        RUN(a_spec_out_of_range_starts_nothing),
        RUN(the_deadline_is_the_timeout_then_the_grace_then_none),
        RUN(two_hundred_runs_leak_no_descriptor_and_no_process),
        RUN(closing_ends_what_runs),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
