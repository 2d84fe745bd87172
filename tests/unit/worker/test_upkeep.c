#include "handlers/io.h"
#include "run.h"
#include "wire/ident.h"
#include "worker/upkeep.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* Upkeep as the runner runs it: a function in a child of its own, with the rights of the worker. */

static int tell_itself(const struct hf_handler_io *io, const struct hf_upkeep *upkeep)
{
    char text[256], payload_text[64] = "";
    (void)hf_io_read_all(io, payload_text, sizeof payload_text - 1);
    const int len = snprintf(text, sizeof text, "%s %s %u %s %d %d", upkeep->task,
                             upkeep->config_path, (unsigned)upkeep->attempt, payload_text,
                             getuid() == geteuid(), getpgrp() == getpid());
    (void)hf_io_write(io, text, (size_t)len);
    return HF_UPKEEP_BECOME;
}

static int wait_for_ever(const struct hf_handler_io *io, const struct hf_upkeep *upkeep)
{
    (void)io;
    (void)upkeep;
    while (pause() < 0)
        continue;
    return 0;
}

/* Exit code 1: another one is at it. */
static int be_alone(const struct hf_handler_io *io, const struct hf_upkeep *upkeep)
{
    (void)io;
    (void)upkeep;
    const char *mark = folder_path("at-it");
    const int fd = open(mark, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return 1;
    (void)usleep(300000);
    return unlink(mark) == 0 ? 0 : 1;
}

static struct hf_config config;
static struct hf_upkeep_row row = {.name = "hf-test", .run = tell_itself};
static struct hf_upkeep upkeep = {.row = &row,
                                  .config = &config,
                                  .config_path = "/etc/worker.json",
                                  .task = "task-1",
                                  .attempt = 3};

static int set_up(void **state)
{
    row.run = tell_itself;
    (void)snprintf(config.state, sizeof config.state, "%s", folder);
    const int failed = run_setup(state);
    spec.upkeep = &upkeep;
    return failed;
}

static void its_function_gets_task_and_payload_and_its_exit_code_is_kept(void **state)
{
    (void)state;
    run_payload("hello", 5);
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_EXITED);
    assert_int_equal(runner.outcome.exit_code, HF_UPKEEP_BECOME);
    assert_string_equal(run_output(), "task-1 /etc/worker.json 3 hello 1 1");
}

static void its_child_is_never_kept_for_another_task(void **state)
{
    (void)state;
    run();
    hf_runner_clear(&runner);
    assert_false(hf_runner_rest(&runner));
}

static void it_is_ended_when_its_time_is_over(void **state)
{
    (void)state;
    row.run = wait_for_ever;
    spec.timeout_ms = 50;
    run();
    assert_int_equal(runner.outcome.end, HF_RUN_TIMED_OUT);
    assert_int_equal(runner.outcome.signal, SIGTERM);
}

static void of_two_slots_upkeep_one_waits_for_the_other(void **state)
{
    (void)state;
    struct hf_runner other;
    hf_runner_init(&other, -1);
    row.run = be_alone;
    const enum hf_err err = hf_runner_start(&other, &spec, hf_clock_mono_ms(), 1234567, &run_fault);
    assert_int_equal(err, HF_ERR_OK);
    run();
    while (!hf_runner_step(&other, hf_clock_mono_ms(), NULL, 0))
        (void)usleep(10000);
    assert_int_equal(runner.outcome.exit_code, 0);
    assert_int_equal(other.outcome.exit_code, 0);
    hf_runner_close(&other);
}

static void every_name_is_a_handlers_and_kept_for_the_worker(void **state)
{
    (void)state;
    for (const struct hf_upkeep_row *each = hf_upkeep_rows; each->name; each++) {
        assert_true(hf_handler_name_valid(hf_str(each->name)));
        assert_memory_equal(each->name, "hf-", 3);
        assert_ptr_equal(hf_upkeep_find(each->name), each);
    }
    assert_null(hf_upkeep_find("echo"));
}

#define with_runner(test) cmocka_unit_test_setup_teardown(test, set_up, run_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_runner(its_function_gets_task_and_payload_and_its_exit_code_is_kept),
        with_runner(its_child_is_never_kept_for_another_task),
        with_runner(of_two_slots_upkeep_one_waits_for_the_other),
        with_runner(it_is_ended_when_its_time_is_over),
        cmocka_unit_test(every_name_is_a_handlers_and_kept_for_the_worker),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
