#include "handlers/builtins.h"
#include "warm_child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__ /* it keeps what was freed, so that the child grows */
#define MEMORY_IS_TRUE false
#else
#define MEMORY_IS_TRUE true
#endif

static void use_work_folder(void)
{
    assert_int_equal(mkdir(folder_path("work"), 0700) == 0 || errno == EEXIST, 1);
    spec.work_folder = folder_path("work");
}

/* --- kept --- */

static void built_ins_run_one_after_the_other_in_the_same_child(void **state)
{
    (void)state;
    const pid_t pid = pid_of_next();
    assert_true(pid > 0 && pid != getpid());
    for (int i = 0; i < 20; i++)
        assert_int_equal(pid_of_next(), pid);
}

static void a_program_in_between_has_a_child_of_its_own_and_the_warm_one_stays(void **state)
{
    (void)state;
    const pid_t pid = pid_of_next();
    run_script("echo $$");
    run();
    assert_int_not_equal(strtol(run_output(), NULL, 10), pid);
    hf_runner_clear(&runner);
    assert_int_equal(pid_of_next(), pid);
}

static int make_a_mess(const struct hf_handler_io *io)
{
    (void)dprintf(io->out, "output");
    (void)dprintf(io->log, "log\n");
    (void)dprintf(io->progress, "77 note\n");
    int file = open("left-over", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    return file > 4 && dup(file) > 4 && chdir("..") == 0 ? 0 : 1;
}

/* 0: a clean place; else what was found. */
static int look_around(const struct hf_handler_io *io)
{
    char byte, place[512];
    for (int fd = 7; fd < 200; fd++) { /* 5 is the work folder, 6 the empty payload */
        if (fcntl(fd, F_GETFD) >= 0)
            return 10;
    }
    if (read(io->in, &byte, 1) != 0)
        return 11;
    if (!getcwd(place, sizeof place) || !strstr(place, "/work"))
        return 12;
    return access("left-over", F_OK) == 0 ? 13 : 0;
}

static void state_of_one_task_is_not_seen_by_the_next(void **state)
{
    (void)state;
    use_work_folder();
    const pid_t pid = pid_of_next();
    run_payload("payload of the first", 20);
    handler.run = make_a_mess;
    run();
    assert_int_equal(runner.outcome.exit_code, 0);
    assert_string_equal(run_output(), "output");
    hf_runner_clear(&runner);

    assert_int_equal(hf_spool_open(&payload, folder, 100, NULL), HF_ERR_OK);
    handler.run = look_around;
    run();
    assert_int_equal(runner.outcome.exit_code, 0);
    assert_string_equal(run_output(), "");
    assert_string_equal(runner.outcome.log_tail, "");
    assert_false(runner.progress.changed);
    hf_runner_clear(&runner);
    assert_int_equal(pid_of_next(), pid);
}

static int look_for_leavings(const struct hf_handler_io *io)
{
    return dprintf(io->out, access("left-over", F_OK) == 0 ? "found" : "none") > 0 ? 0 : 1;
}

/* Written when the program's own leavings have been deleted already. */
static void what_a_program_s_stray_leaves_in_the_folder_is_not_seen_by_the_next_built_in(
    void **state)
{
    (void)state;
    use_work_folder();
    (void)pid_of_next();
    run_script("true");
    run();
    hf_runner_clear(&runner);
    const int file = open(folder_path("work/left-over"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    (void)close(file);
    assert_string_equal(run_one(look_for_leavings), "none");
}

static int files_at_once(const struct hf_handler_io *io)
{
    struct rlimit limit = {0};
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    return dprintf(io->out, "%d", (int)limit.rlim_cur) > 0 ? 0 : 1;
}

static void bounds_are_those_of_each_task_whatever_the_one_before_had(void **state)
{
    (void)state;
    static const int files[] = {100, 100, 20, 100, 90, 8, 8, 100};
    const pid_t pid = pid_of_next();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        spec.limits.files = files[i];
        assert_int_equal(strtol(run_one(files_at_once), NULL, 10), files[i]);
    }
    spec.limits.files = 0;
    assert_int_equal(pid_of_next(), pid);
}

static void payload_and_result_of_1_mb_pass_whole_again_and_again(void **state)
{
    (void)state;
    static char data[1024 * 1024], got[sizeof data];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 131 + i / 255);
    run_payload(data, sizeof data);
    handler.run = hf_handler_echo;
    for (int i = 0; i < 3; i++) {
        size_t len = 0;
        run();
        assert_int_equal(runner.outcome.exit_code, 0);
        assert_int_equal(runner.output.size_bytes, sizeof data);
        assert_int_equal(hf_spool_read(&runner.output, 0, got, sizeof got, &len, NULL), HF_ERR_OK);
        assert_memory_equal(got, data, sizeof data);
        hf_runner_clear(&runner);
    }
}

static int burn_100_ms(const struct hf_handler_io *io)
{
    (void)io;
    struct timespec used = {0};
    struct timespec begin = {0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    do {
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    } while ((used.tv_sec - begin.tv_sec) * 1000 + (used.tv_nsec - begin.tv_nsec) / 1000000 < 100);
    return 0;
}

static void cpu_is_that_of_the_task_and_not_of_the_child_s_life(void **state)
{
    (void)state;
    handler.run = burn_100_ms;
    for (int i = 0; i < 3; i++) {
        run();
        assert_in_range((uint64_t)runner.outcome.cpu_ms, 80, 180);
        hf_runner_clear(&runner);
    }
    (void)run_one(echo_pid);
    assert_true(runner.outcome.cpu_ms < 50);
}

static void a_thousand_tasks_leak_no_descriptor_and_no_memory(void **state)
{
    (void)state;
    use_work_folder();
    run_payload("x", 1);
    handler.run = hf_handler_echo;
    run();
    hf_runner_clear(&runner);
    const int before = open_descriptors();
    const pid_t first = pid_of_next();
    const int64_t peak_kb = runner.outcome.peak_kb;
    for (int i = 2; i < HF_WARM_TASKS_MAX - 1; i++) {
        handler.run = hf_handler_echo;
        run();
        assert_string_equal(run_output(), "x");
        hf_runner_clear(&runner);
    }
    assert_int_equal(open_descriptors(), before);
    const pid_t last = pid_of_next();
    assert_int_not_equal(pid_of_next(), first);
    if (MEMORY_IS_TRUE) {
        assert_int_equal(last, first);
        assert_in_range(runner.outcome.peak_kb, 0, peak_kb + 256); /* code comes in by 64 KB */
    }
    assert_int_equal(open_descriptors(), before);
    hf_runner_rest(&runner);
    assert_int_equal(open_descriptors(), before - 4);
}

static void rest_lets_it_go_and_does_nothing_while_it_works(void **state)
{
    (void)state;
    const int before = open_descriptors();
    const pid_t pid = pid_of_next();
    handler.run = burn_100_ms;
    run_start();
    hf_runner_rest(&runner);
    run_until_end();
    assert_int_equal(runner.outcome.exit_code, 0);
    hf_runner_clear(&runner);
    assert_int_equal(pid_of_next(), pid);
    hf_runner_rest(&runner);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(open_descriptors(), before);
    assert_int_not_equal(pid_of_next(), pid);
}

/* --- the worker's death --- */

static void a_killed_worker_leaves_no_warm_child_behind(void **state)
{
    (void)state;
    static const bool BUSY[] = {false, true};
    for (size_t i = 0; i < 2; i++) {
        int said[2];
        pid_t warm = 0;
        assert_int_equal(pipe(said), 0);
        const pid_t worker = fork();
        if (worker == 0) {
            hf_runner_init(&runner, -1);
            warm = pid_of_next();
            if (BUSY[i]) {
                handler.run = hang;
                run_start();
            }
            if (write(said[1], &warm, sizeof warm) < 0)
                _exit(1);
            for (;;)
                (void)pause();
        }
        assert_int_equal(read(said[0], &warm, sizeof warm), sizeof warm);
        assert_int_equal(kill(warm, 0), 0);
        assert_int_equal(kill(worker, SIGKILL), 0);
        assert_int_equal(waitpid(worker, NULL, 0), worker);
        assert_true(ends_within_2_s(warm));
        (void)close(said[0]);
        (void)close(said[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(built_ins_run_one_after_the_other_in_the_same_child),
        RUN(a_program_in_between_has_a_child_of_its_own_and_the_warm_one_stays),
        RUN(state_of_one_task_is_not_seen_by_the_next),
        RUN(what_a_program_s_stray_leaves_in_the_folder_is_not_seen_by_the_next_built_in),
        RUN(bounds_are_those_of_each_task_whatever_the_one_before_had),
        RUN(payload_and_result_of_1_mb_pass_whole_again_and_again),
        RUN(cpu_is_that_of_the_task_and_not_of_the_child_s_life),
        RUN(a_thousand_tasks_leak_no_descriptor_and_no_memory),
        RUN(rest_lets_it_go_and_does_nothing_while_it_works),
        RUN(a_killed_worker_leaves_no_warm_child_behind),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
